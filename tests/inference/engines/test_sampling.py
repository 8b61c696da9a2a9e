import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engines.sampling import Sampling, choose, penalised

PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=1.0)


def draws_of(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def shares(sampling: Sampling, logits: torch.Tensor, count: int = 4000) -> torch.Tensor:
    """How often each token is drawn, by draws spread evenly."""
    draws = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    tokens = choose(logits.expand(count, -1), [sampling] * count, draws)
    return torch.bincount(torch.tensor(tokens), minlength=len(logits)) / count


def test_tokens_come_as_often_as_they_are_likely() -> None:
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])

    torch.testing.assert_close(shares(PLAIN, logits), logits.softmax(-1), atol=1e-3, rtol=0)


def test_a_lower_temperature_sharpens() -> None:
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])
    cool = Sampling(temperature=0.5, top_k=0, top_p=1.0, repetition_penalty=1.0)

    torch.testing.assert_close(shares(cool, logits), (logits * 2).softmax(-1), atol=1e-3, rtol=0)


def test_top_k_comes_before_top_p() -> None:
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()
    # Of the two likeliest, the first alone has 4/7 of the mass; of all four it would have 0.4.
    both = Sampling(temperature=1.0, top_k=2, top_p=0.55, repetition_penalty=1.0)

    assert shares(both, logits).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0.0, top_k=0, top_p=1.0, repetition_penalty=1.0),
        Sampling(temperature=1.0, top_k=1, top_p=1.0, repetition_penalty=1.0),
        Sampling(temperature=1.0, top_k=0, top_p=0.0, repetition_penalty=1.0),
    ],
)
def test_the_least_freedom_leaves_the_likeliest(sampling: Sampling) -> None:
    assert choose(torch.tensor([[0.0, 3.0, 1.0]]), [sampling], draws_of(0.999999)) == [1]


@pytest.mark.parametrize("draw", [0.0, 0.5, 1 - 2**-53])
def test_a_token_ruled_out_is_never_drawn(draw: float) -> None:
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf]])

    assert choose(logits, [PLAIN], draws_of(draw)) == [1]


def test_rounding_that_swaps_the_ranks_of_equals_does_not_change_the_token() -> None:
    logits = torch.tensor([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5]])
    logits[0, 0] += 1e-6
    logits[1, 1] += 1e-6

    assert choose(logits, [PLAIN, PLAIN], draws_of(0.2, 0.2)) == [0, 0]
    assert choose(logits, [PLAIN, PLAIN], draws_of(0.6, 0.6)) == [1, 1]


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2**31), st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.floats(0, 1)),
        min_size=1,
        max_size=8,
    )
)
def test_a_row_s_token_does_not_depend_on_its_neighbours(rows: list[tuple[int, float, int, float]]) -> None:
    logits = torch.stack([torch.randn(50, generator=torch.Generator().manual_seed(seed)) for seed, *_ in rows])
    samplings = [Sampling(temperature=0.9, top_k=k, top_p=p, repetition_penalty=1.0) for _, _, k, p in rows]
    draws = draws_of(*(draw for _, draw, _, _ in rows))

    together = choose(logits, samplings, draws)

    alone = [choose(logits[[row]], [samplings[row]], draws[[row]])[0] for row in range(len(rows))]
    assert together == alone


def test_what_was_said_becomes_less_likely_whatever_its_sign() -> None:
    logits = torch.tensor([[2.0, -2.0, 2.0]])
    seen = torch.tensor([[True, True, False]])

    assert penalised(logits, seen, torch.tensor([2.0])).tolist() == [[1.0, -4.0, 2.0]]


@pytest.mark.parametrize("logits", [[0.0, torch.nan], [torch.inf, 0.0], [-torch.inf, -torch.inf]])
def test_from_what_is_no_number_nothing_is_drawn(logits: list[float]) -> None:
    together = torch.tensor([logits, [-torch.inf, 1.0]])
    assert choose(together, [PLAIN, PLAIN], draws_of(0.3, 0.3)) == [None, 1]
