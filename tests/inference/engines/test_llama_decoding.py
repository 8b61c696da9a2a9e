from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from inference.engines.checkpoint import Backend
from inference.engines.decoding import Decoder, RowDecoder
from inference.engines.llama import load
from tests.inference.engines.tiny_gguf import TINY_GGUF, build_tiny_gguf, tiny_gguf_catalog

pytest.importorskip("xllamacpp", reason="the extra llama is not installed")

MAX_ROWS = 4


@pytest.fixture(scope="module")
def backend(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    folder = tmp_path_factory.mktemp("tiny-gguf")
    build_tiny_gguf(tiny_folder, folder)
    return load(tiny_gguf_catalog(folder).get(TINY_GGUF), folder, max_rows=MAX_ROWS).backend


def logits_alone(backend: Backend, tokens: Sequence[int]) -> torch.Tensor:
    decoder = backend.open_decoder()
    logits = decoder.join(tokens)[0]
    decoder.leave([0])
    return logits


TOKENS = st.lists(st.integers(3, 400), min_size=1, max_size=24)


@settings(max_examples=30, deadline=None)
@given(
    prompts=st.lists(TOKENS, min_size=3, max_size=4),
    course=st.lists(
        st.sampled_from([*range(3), "join", "join", "step", "step", "step", "step"]), min_size=8, max_size=14
    ),
)
@example(prompts=[[3] * 4, [5] * 20, [7] * 9], course=["step", "join", "step", "join", "step", 1, "step", 0, "step"])
def test_rows_that_come_and_go_get_the_logits_that_they_would_get_alone(
    backend: Backend, prompts: list[list[int]], course: list[int | str]
) -> None:
    decoder, rows, waiting = backend.open_decoder(), list[list[int]](), list(prompts)
    for number, act in enumerate(["join", *course]):
        if act == "join" and waiting:
            rows.append(waiting.pop())
            assert_close(decoder.join(rows[-1])[0], logits_alone(backend, rows[-1]))
        elif isinstance(act, int) and act < len(rows):
            del rows[act]
            decoder.leave([act])
        elif rows:
            tokens = [3 + (7 * number + 5 * row) % 390 for row in range(len(rows))]
            rows = [[*row, token] for row, token in zip(rows, tokens, strict=True)]
            together = decoder.advance(tokens)
            assert_rounded(together, torch.stack([logits_alone(backend, row) for row in rows]))
    assert decoder.rows == len(rows)


def test_copies_of_a_row_begin_alike_and_go_their_own_ways(backend: Backend) -> None:
    prompt = list(range(5, 40))
    decoder = backend.open_decoder()
    decoder.join([9, 8, 7])

    begun = decoder.join(prompt, copies=3)
    gone_on = decoder.advance([50, 60, 70, 80])

    assert_close(begun, logits_alone(backend, prompt).expand(3, -1))
    for logits, last in zip(gone_on[1:], (60, 70, 80), strict=True):
        assert_close(logits, logits_alone(backend, [*prompt, last]))


def test_a_prompt_may_be_longer_than_one_piece(backend: Backend, tiny_folder: Path) -> None:
    prompt = [3 + (7 * number) % 390 for number in range(500)]

    assert_like(logits_alone(backend, prompt), transformers(tiny_folder).join(prompt)[0])


def test_it_says_what_transformers_says_of_the_same_weights(backend: Backend, tiny_folder: Path) -> None:
    theirs, ours = transformers(tiny_folder), backend.open_decoder()

    assert_like(ours.join([5, 6, 7]), theirs.join([5, 6, 7]))
    assert_like(ours.join([30, 31]), theirs.join([30, 31]))
    assert_like(ours.advance([8, 9]), theirs.advance([8, 9]))


def test_a_context_serves_one_batch_after_the_other(backend: Backend) -> None:
    first = backend.open_decoder()
    before = first.join([5, 6, 7])
    first.leave([0])

    second, third = backend.open_decoder(), backend.open_decoder()
    third.join([100, 101, 102, 103])

    assert_close(second.join([5, 6, 7]), before)


def transformers(folder: Path) -> RowDecoder:
    torch.set_grad_enabled(False)
    return Decoder(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32))


def assert_close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=0)


def assert_rounded(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Of 500 courses of chance half were within 2e-6, and the farthest 9e-3 apart.

    In company a key or a value may be rounded to the other of two neighbours in half precision. What another row's
    tokens would give, or a place that was not forgotten, is apart by 1 and more.
    """
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)


def assert_like(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Keys and values are of half precision there; the logits reach from about -6 to 6."""
    torch.testing.assert_close(found, expected, atol=0.1, rtol=0)
