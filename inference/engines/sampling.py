"""Draws the next token of each row, so that a row's chance is its own, whoever shares its batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How one row's tokens are drawn."""

    temperature: float  # 0: always the likeliest.
    top_k: int  # 0: no limit.
    top_p: float
    repetition_penalty: float  # 1: none.


def penalised(logits: torch.Tensor, seen: torch.Tensor, penalties: torch.Tensor) -> torch.Tensor:
    """Lower the logits of the tokens that a row has already (Keskar et al., 2019, arXiv:1909.05858, section 4.1).

    `logits` and `seen` (bool) are (rows, vocabulary), `penalties` (rows).
    """
    factor = penalties[:, None]
    return torch.where(seen, torch.where(logits > 0, logits / factor, logits * factor), logits)


def choose(logits: torch.Tensor, samplings: Sequence[Sampling], draws: torch.Tensor) -> list[int | None]:
    """One token a row: temperature, then top-k, then top-p, then the inverse of the cumulative distribution.

    None for a row whose logits are no numbers: nothing could be drawn from them, or only garbage.

    `logits` is (rows, vocabulary) in float32; `draws` (rows) holds uniform numbers of [0, 1) in float64. The candidates
    are laid out by token id and not by probability: where two are nearly equally likely, rounding that differs from
    batch to batch may swap their ranks, but moves the bounds between ids by no more than itself.
    """
    temperatures = torch.tensor([sampling.temperature or 1.0 for sampling in samplings], dtype=torch.float64)
    limits = torch.tensor([_limit(sampling, logits.shape[-1]) for sampling in samplings])
    masses = torch.tensor([sampling.top_p for sampling in samplings], dtype=torch.float64)
    # A few candidates are left after this, which any device's host can take in double precision.
    scores, ids = (part.cpu() for part in logits.topk(int(limits.max()), dim=-1))
    is_sound = scores[:, 0].isfinite()  # NaN and infinity come before every number; all at minus infinity leave none.
    scores[~is_sound] = 0.0
    scores = (scores.double() - scores[:, :1]) / temperatures[:, None]  # A difference: no temperature is too low.
    scores[torch.arange(scores.shape[1]) >= limits[:, None]] = -torch.inf
    likely = scores.softmax(dim=-1)
    likely[likely.cumsum(dim=-1) - likely >= masses[:, None]] = 0.0
    likely[:, 0] += (likely.sum(dim=-1) == 0).double()  # A mass of 0 still leaves the likeliest.
    ids, order = ids.sort(dim=-1)
    bounds = likely.gather(-1, order).cumsum(dim=-1)
    marks = draws[:, None] * bounds[:, -1:]  # Below the last bound: a draw is at most 1 - 2**-53.
    chosen: list[int] = ids.gather(-1, torch.searchsorted(bounds, marks, right=True))[:, 0].tolist()
    return [token if sound else None for token, sound in zip(chosen, is_sound.tolist(), strict=True)]


def _limit(sampling: Sampling, vocabulary: int) -> int:
    if sampling.temperature == 0:
        return 1
    return min(sampling.top_k or vocabulary, vocabulary)
