from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, MistralConfig, MistralForCausalLM

from inference.engines import cache, wide
from inference.engines.decoding import Decoder


@pytest.fixture(scope="module", params=["llama", "sliding"])
def network(request: pytest.FixtureRequest, tiny_folder: Path) -> Any:
    torch.set_grad_enabled(False)
    if request.param == "llama":
        return AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    torch.manual_seed(3)
    config = MistralConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=8,
        initializer_range=0.4,
    )
    network: Any = MistralForCausalLM(config)
    return network.eval()


def logits_of(network: Any, tokens: list[int]) -> torch.Tensor:
    """Without any cache of ours."""
    return network(torch.tensor([tokens]), use_cache=False).logits[0, -1].float()  # type: ignore[no-any-return]  # Untyped.


TOKENS = st.lists(st.integers(3, 99), min_size=1, max_size=24)


@settings(max_examples=30, deadline=None)
@given(
    prompts=st.lists(TOKENS, min_size=3, max_size=4),
    course=st.lists(
        st.sampled_from([*range(3), "join", "join", "step", "step", "step", "step"]), min_size=8, max_size=14
    ),
)
@example(prompts=[[3] * 4, [5] * 20, [7] * 9], course=["step", "join", "step", "join", "step", 1, "step", 0, "step"])
@example(prompts=[[3] * 20, [5] * 4], course=["join", "step", 1, "step"])
def test_rows_that_come_and_go_get_the_logits_that_they_would_get_alone(
    network: Any, prompts: list[list[int]], course: list[int | str]
) -> None:
    decoder, rows, waiting = Decoder(network), list[list[int]](), list(prompts)
    for number, act in enumerate(["join", *course]):
        if act == "join" and waiting:
            rows.append(waiting.pop())
            got = decoder.join(rows[-1])[0]
            torch.testing.assert_close(got, logits_of(network, rows[-1]), atol=2e-3, rtol=0)
        elif isinstance(act, int) and act < len(rows):
            del rows[act]
            decoder.leave([act])
        elif rows:
            tokens = [3 + (7 * number + 5 * row) % 90 for row in range(len(rows))]
            rows = [[*row, token] for row, token in zip(rows, tokens, strict=True)]
            together = decoder.advance(tokens)
            alone = torch.stack([logits_of(network, row) for row in rows])
            torch.testing.assert_close(together, alone, atol=2e-3, rtol=0)
    assert decoder.rows == len(rows)


def test_the_cache_grows_by_chunks(network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[int] = []
    moved = cache._moved

    def counting(states: torch.Tensor, length: int) -> torch.Tensor:
        copies.append(length)
        return moved(states, length)

    monkeypatch.setattr(cache, "_moved", counting)
    decoder = Decoder(network)
    decoder.join([5, 6, 7])
    copies.clear()

    for step in range(252):
        decoder.advance([3 + step % 90])

    assert copies == []


def test_many_tokens_are_multiplied_in_float32_and_few_as_they_are() -> None:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(7, 32, generator=generator).bfloat16()
    many, few = (torch.randn(1, count, 32, generator=generator).bfloat16() for count in (40, 2))
    widened = [wide.is_worth_widening(inputs) for inputs in (many, few, many.float())]

    with wide.WideLinear():
        product = torch.nn.functional.linear(many, weight)

    assert widened == [True, False, False]
    assert torch.equal(product, (many.float() @ weight.float().T).bfloat16())


def test_a_prompt_is_read_alike_when_widened(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_grad_enabled(False)
    coarse: Any = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.bfloat16)
    prompt = list(range(3, 80))
    plain = logits_of(coarse, prompt)

    monkeypatch.setattr("inference.engines.decoding.for_prompts", lambda _: wide.WideLinear())

    torch.testing.assert_close(Decoder(coarse).join(prompt)[0], plain, atol=0.15, rtol=0.05)
