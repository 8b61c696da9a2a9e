"""Preference pairs: which of two files was preferred, as members said in a duel or as their ratings have it.

Why what is a pair and what is not: docs/decisions/what-makes-a-pair.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, groupby
from typing import Final, Self, assert_never

from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.domain import Preference, Side
from storage.release.values import PairSource, ReleasedPair, ReleasedRating, ReleasedWork, Split
from storage.scoring import Estimate, Opinion, Scale, estimate
from storage.words import folded

LEAST_RATERS: Final = 3  # Of each side, where the intervals overlap.
LEAST_MARGIN: Final = 1.0  # Stars between the scores, where the intervals overlap.
MOST_WORKS_A_PROMPT: Final = 10  # Those with the most raters: a prompt that all try does not outweigh the others.
_DECIMALS: Final = 6


class Dropped(StrEnum):
    """Why two works are no pair."""

    NOT_RELEASED = "not_released"  # One of them, or the file of it that was shown.
    NO_CONSENT = "no_consent"  # Of the member who chose.
    MEDIUMS_DIFFER = "mediums_differ"
    SPLITS_DIFFER = "splits_differ"
    SEVERAL_FILES = "several_files"  # Ratings are of a work: they do not tell which of its pictures was meant.
    CROWDED_OUT = "crowded_out"  # Others of the same prompt have more raters.
    NOT_APART = "not_apart"  # By the margin.


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A work of the release, as a pair needs to know it."""

    work: CreationId
    split: Split
    medium: Medium
    prompt: str  # Scrubbed.
    parts: tuple[int, ...]  # Those whose files are released.

    @classmethod
    def of(cls, work: ReleasedWork) -> Self:
        parts = tuple(file.part for file in work.files)
        return cls(work=work.work, split=work.split, medium=work.medium, prompt=work.prompt, parts=parts)

    def has(self, part: int) -> bool:
        return part in self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A duel that was decided."""

    rater: str | None  # A pseudonym; None: this member did not agree to have it released.
    left: Side
    right: Side
    preference: Preference


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A work, and how good it is as far as the released ratings tell."""

    entrant: Entrant
    standing: Estimate


def plain(prompt: str) -> str:
    """Equal for prompts that are the same but for case, width of letters and blanks."""
    return " ".join(folded(prompt).split())


def estimated(ratings: Iterable[ReleasedRating], scale: Scale) -> Estimate:
    """How good a work is by its released ratings alone.

    Beside the ratings of the others, an estimate of all would tell what somebody thinks who did not agree.
    """
    stars: defaultdict[str, list[int]] = defaultdict(list)
    raters: dict[str, ReleasedRating] = {}
    for rating in ratings:
        if not rating.repeat:
            stars[rating.rater].append(rating.stars)
            raters[rating.rater] = rating
    opinions = [
        Opinion(
            stars=sum(stars[name]) / len(stars[name]),
            severity=rater.severity,
            severity_variance=rater.severity_deviation**2,
            weight=rater.weight,
        )
        for name, rater in sorted(raters.items())
    ]
    return estimate(opinions, scale)


def pairs_of_duels(
    choices: Iterable[Choice], entrant_of: Callable[[CreationId], Entrant | None]
) -> Iterator[ReleasedPair | Dropped]:
    """One of them a choice, in their order. `entrant_of` knows the works of the release and no others."""
    for choice in choices:
        left, right = entrant_of(choice.left.creation), entrant_of(choice.right.creation)
        if left is None or right is None or not (left.has(choice.left.part) and right.has(choice.right.part)):
            yield Dropped.NOT_RELEASED
        elif choice.rater is None:
            yield Dropped.NO_CONSENT
        elif reason := _apart(left, right):
            yield reason
        else:
            yield _decided(choice, choice.rater, left, right)


def _apart(one: Entrant, other: Entrant) -> Dropped | None:
    if one.medium is not other.medium:
        return Dropped.MEDIUMS_DIFFER
    return Dropped.SPLITS_DIFFER if one.split is not other.split else None


def _decided(choice: Choice, rater: str, left: Entrant, right: Entrant) -> ReleasedPair:
    sides = ((left, choice.left.part), (right, choice.right.part))
    match choice.preference:
        case Preference.LEFT | Preference.TIE:
            chosen, rejected = sides
        case Preference.RIGHT:
            rejected, chosen = sides
        case _:
            assert_never(choice.preference)
    is_tie = choice.preference is Preference.TIE
    return _pair(chosen, rejected, source=PairSource.DUEL, is_tie=is_tie, rater=rater, margin=0.0, raters=1)


def pairs_of_ratings(contenders: Iterable[Contender]) -> Iterator[ReleasedPair | Dropped]:
    """Of works of one prompt, those of which one is better beyond doubt, or by the margin as several raters have it.

    `contenders` in the order of `order_of`; raises `ValueError` where they are not. Works that nobody rated and
    works whose prompt nobody else has are passed over. Of each prompt, one `Dropped` a work that has no part in it, and
    one each two works that are not apart.
    """
    before = None
    for prompt, group in groupby(contenders, key=lambda one: order_of(one)[:2]):
        if before is not None and prompt <= before:
            raise ValueError("contenders that are not in the order of their prompts")
        before = prompt
        rated = [one for one in group if one.standing.raters]
        if len(rated) > 1:
            yield from _pairs_of_prompt(rated)


def order_of(one: Contender) -> tuple[Medium, str, CreationId]:
    """The key to sort contenders by."""
    return one.entrant.medium, plain(one.entrant.prompt), one.entrant.work


def _pairs_of_prompt(rated: list[Contender]) -> Iterator[ReleasedPair | Dropped]:
    single = [one for one in rated if len(one.entrant.parts) == 1]
    for _ in range(len(rated) - len(single)):
        yield Dropped.SEVERAL_FILES
    known = sorted(single, key=lambda one: (-one.standing.raters, one.entrant.work))
    for _ in known[MOST_WORKS_A_PROMPT:]:
        yield Dropped.CROWDED_OUT
    for one, other in combinations(sorted(known[:MOST_WORKS_A_PROMPT], key=order_of), 2):
        better, worse = sorted((one, other), key=lambda each: -each.standing.score)
        if not is_apart(better.standing, worse.standing):
            yield Dropped.NOT_APART
        elif reason := _apart(one.entrant, other.entrant):
            yield reason
        else:
            yield _pair(
                (better.entrant, better.entrant.parts[0]),
                (worse.entrant, worse.entrant.parts[0]),
                source=PairSource.RATINGS,
                is_tie=False,
                rater="",
                margin=round(better.standing.score - worse.standing.score, _DECIMALS),
                raters=min(better.standing.raters, worse.standing.raters),
            )


def is_apart(better: Estimate, worse: Estimate) -> bool:
    """Whether the 95% intervals do not overlap, or several raters each put a margin between the two."""
    if better.low > worse.high:
        return True
    return better.score - worse.score >= LEAST_MARGIN and min(better.raters, worse.raters) >= LEAST_RATERS


def _pair(
    chosen: tuple[Entrant, int],
    rejected: tuple[Entrant, int],
    *,
    source: PairSource,
    is_tie: bool,
    rater: str,
    margin: float,
    raters: int,
) -> ReleasedPair:
    (chosen_entrant, chosen_part), (rejected_entrant, rejected_part) = chosen, rejected
    return ReleasedPair(
        split=chosen_entrant.split,
        medium=chosen_entrant.medium,
        prompt=chosen_entrant.prompt,
        rejected_prompt=rejected_entrant.prompt,
        chosen_work=chosen_entrant.work,
        chosen_part=chosen_part,
        rejected_work=rejected_entrant.work,
        rejected_part=rejected_part,
        source=source,
        is_tie=is_tie,
        rater=rater,
        margin=margin,
        raters=raters,
    )


def counted(outcomes: Iterable[ReleasedPair | Dropped], dropped: dict[Dropped, int]) -> Iterator[ReleasedPair]:
    """The pairs alone; what is none is added to `dropped`."""
    for outcome in outcomes:
        if isinstance(outcome, Dropped):
            dropped[outcome] = dropped.get(outcome, 0) + 1
        else:
            yield outcome
