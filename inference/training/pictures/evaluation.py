"""Whether our pictures show what was asked for, by a judge that learned from a vendor whom our model has not seen."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor

from inference.training.pictures import checkpoint
from inference.training.pictures.captions import Style, asked_for
from inference.training.pictures.collection import Collection, as_input
from inference.training.pictures.drawings import Pixels
from inference.training.pictures.judge import Judge, train_judge

NOUNS: Final = 100
SEEDS: Final = (9001, 9002, 9003, 9004)
_SHARE_OF_NOUNS: Final = 0.5  # Of what the judge learns from; the rest teaches it to see.


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many pictures were named rightly, of how many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of

    @property
    def error(self) -> float:
        """The standard error of the share, each picture counted as one draw."""
        return math.sqrt(self.share * (1 - self.share) / self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """What a judge learns from."""

    pixels: Pixels  # (n, 64, 64, 3)
    labels: tuple[str, ...]

    @classmethod
    def of(cls, drawn: Iterable[tuple[str, Pixels]]) -> Self:
        labels, pixels = zip(*drawn, strict=True)
        return cls(pixels=np.stack(pixels), labels=labels)


def examiner_of(
    school: School, nouns: Sequence[str], *, kept: Path, log: Callable[[str], None], steps: int = 800, batch: int = 64
) -> "Examiner":
    """A judge of the `nouns`; other things are in its school too, and not in its answers. Taught once, and kept."""
    torch.manual_seed(0)
    numbers = {label: number for number, label in enumerate(dict.fromkeys([*nouns, *school.labels]))}
    judge, wanted = Judge(len(numbers)), set(nouns)
    if (state := checkpoint.load(kept)) is not None:
        judge.load_state_dict(state)
    else:
        known = sum(label in wanted for label in school.labels)
        weight = _SHARE_OF_NOUNS / (1 - _SHARE_OF_NOUNS) * len(school.labels) / known
        weights = [weight if label in wanted else 1.0 for label in school.labels]
        names = torch.tensor([numbers[label] for label in school.labels])
        train_judge(judge, as_input(school.pixels), names, weights, steps=steps, batch=batch, log=log)
        checkpoint.save(kept, judge.state_dict())
    return Examiner(judge, nouns)


class Examiner:
    """A judge that may only answer with one of the nouns."""

    def __init__(self, judge: Judge, nouns: Sequence[str]) -> None:
        self.judge = judge
        self.nouns = list(nouns)

    def verdict(self, pixels: Tensor, asked: Sequence[str]) -> Verdict:
        """Of pictures (n, 3, 64, 64), and what each is to show."""
        named = self.judge.named(pixels, among=len(self.nouns)).tolist()
        right = sum(self.nouns[number] == noun for number, noun in zip(named, asked, strict=True))
        return Verdict(right=right, of=len(asked))


def of_real(examiner: Examiner, collection: Collection, styles: Iterable[Style] = Style) -> Verdict:
    """Of the real emoji of the nouns: what our pictures could reach if they were as good (the ceiling)."""
    wanted, nouns = set(styles), set(examiner.nouns)
    rows = [
        row
        for row, (thing, style) in enumerate(zip(collection.things, collection.styles, strict=True))
        if style in wanted and thing.label in nouns
    ]
    return examiner.verdict(collection.as_input(rows), [collection.things[row].label for row in rows])


def of_ours(
    examiner: Examiner,
    paint: Callable[[Sequence[str], Sequence[int]], Pixels],
    style: Style | None,
    seeds: Sequence[int] = SEEDS,
) -> Verdict:
    """Of pictures that `paint` makes of prompts and seeds: each noun in the style, once for each seed."""
    asked = [(noun, seed) for noun in examiner.nouns for seed in seeds]
    pixels = paint([asked_for(noun, style) for noun, _ in asked], [seed for _, seed in asked])
    return examiner.verdict(as_input(pixels), [noun for noun, _ in asked])


def figures(
    examiner: Examiner, collection: Collection, paint: Callable[[Sequence[str], Sequence[int]], Pixels]
) -> Iterator[str]:
    """Lines for people: all seeds of prompts that name no style, and then the first seed in each style."""
    top, ours = of_real(examiner, collection), of_ours(examiner, paint, None)
    yield f"real, of all styles: {_said(top)}"
    yield f"ours, of no named style: {_said(ours)}, {ours.share / top.share:.0%} of the ceiling"
    for style in Style:
        top, ours = of_real(examiner, collection, [style]), of_ours(examiner, paint, style, SEEDS[:1])
        yield f"{style}: real {_said(top)}, ours {_said(ours)}"


def _said(verdict: Verdict) -> str:
    return f"{verdict.right} of {verdict.of} ({verdict.share:.1%} ± {verdict.error:.1%})"
