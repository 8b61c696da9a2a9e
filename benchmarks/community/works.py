"""The works of a simulated community, one after the other: who made what, of which earlier work, and how it looks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from benchmarks.bulk import FIRST_DAY, FIRST_MEMBER, prompt_of
from benchmarks.community.pictures import Pixels, drawn, touched_up
from inference.contract.identifiers import MemberId
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium

DAYS: Final = 400.0
_PICTURES: Final = 0.6  # Share of works.
_SETS: Final = 0.25  # Of those, of two pictures.
_AGAIN: Final = 0.08
_REMIXED: Final = 0.04
_NEAR_DUPLICATES: Final = 0.03  # Of pictures.
_REMEMBERED: Final = 200  # How many works back anybody looks for one to begin from.
_WORDS: Final = 90  # Of a text.


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWork:
    """One work as it is made."""

    number: int  # From 0, in order of time; its ids are one more.
    member: MemberId
    rater: int  # The author as one of the raters, or -1.
    medium: Medium
    prompt: str
    created_at: datetime
    parent: int | None  # The number of the work that it was made from.
    relation: Relation
    pictures: tuple[Pixels, ...]  # Empty: it is a text.
    text: str


def simulated_works(count: int, *, raters: int, seed: int) -> Iterator[SimulatedWork]:
    """Oldest first. Few members make most; half of the authors rate as well."""
    words, chance = random.Random(seed), np.random.default_rng(seed)
    authors = max(3, min(count // 8, raters))
    past: list[SimulatedWork] = []
    for number in range(count):
        author = min(int(words.paretovariate(0.7)), authors) - 1
        earlier = words.choice(past) if past and words.random() < _AGAIN + _REMIXED else None
        is_again = words.random() < _AGAIN / (_AGAIN + _REMIXED)
        is_picture = words.random() < _PICTURES if earlier is None else bool(earlier.pictures)
        work = SimulatedWork(
            number=number,
            member=MemberId(FIRST_MEMBER + author),
            rater=author if author % 2 == 0 else -1,
            medium=Medium.IMAGE if is_picture else Medium.TEXT,
            prompt=earlier.prompt if earlier and is_again else prompt_of(words),
            created_at=FIRST_DAY + timedelta(days=DAYS * number / count),
            parent=earlier.number if earlier else None,
            relation=Relation.AGAIN if is_again else Relation.REMIX,
            pictures=_pictures(past, words, chance) if is_picture else (),
            text="" if is_picture else _text(words),
        )
        past = [*past[-_REMEMBERED:], work]
        yield work


def _pictures(past: list[SimulatedWork], words: random.Random, chance: np.random.Generator) -> tuple[Pixels, ...]:
    if past and past[-1].pictures and words.random() < _NEAR_DUPLICATES:
        return (touched_up(past[-1].pictures[0], chance),)
    return tuple(drawn(chance) for _ in range(2 if words.random() < _SETS else 1))


def _text(words: random.Random) -> str:
    text = ""
    while len(text.split()) < _WORDS:
        text += f"{prompt_of(words).capitalize()}. "
    return text.strip()
