"""How far a release's ratings can be trusted: figures that a reader would ask for, with what they rest on.

Everything is counted in one pass: of a work stay five counts an axis and three numbers. While the library works out an
agreement, it takes some 0.6 kB a work on top.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import numpy as np

from storage.domain import MAX_STARS, MIN_STARS, Axis, Flag
from storage.release.values import ReleasedRating, ReleasedWork

STARS: Final = tuple(range(MIN_STARS, MAX_STARS + 1))
SCORE_EDGES: Final = tuple(MIN_STARS + step / 4 for step in range(4 * (MAX_STARS - MIN_STARS) + 1))
MOST_RATERS_TOLD: Final = 10  # The last bar of the histogram of raters a work: so many or more.
LEAST_WORKS: Final = 10  # With two raters or more; of fewer, an agreement says nothing.
LEAST_REPEATS: Final = 10

Numbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Lack(StrEnum):
    """Why a figure is missing."""

    TOO_FEW = "too_few"
    ONE_VALUE = "one_value"  # All stars are the same: chance alone would agree as well.


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where numbers lie."""

    edges: tuple[float, ...]  # One more than counts.
    counts: tuple[int, ...]
    median: float | None  # None: there are no numbers.


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many raters a work has, of those whose ratings are in the release."""

    works_by_raters: tuple[int, ...]  # Works with 0, 1, … raters; the last: `MOST_RATERS_TOLD` or more.
    median: float | None
    share_of_three: float | None  # Of the works, 0 to 1, with three raters or more; None: there are no works.
    share_of_five: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far raters agree about a work on one axis beyond chance: 1 wholly, 0 not at all.

    Krippendorff's alpha (*Content Analysis*, 2004, chapter 11), with two distances between stars.
    """

    axis: Axis
    ordinal: float | None
    interval: float | None
    works: int  # With two raters or more.
    ratings: int  # Of those works.
    lack: Lack | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """How far raters agree with themselves when a work comes again without a word."""

    repeats: int
    exact: float | None  # Share of the same stars, 0 to 1.
    within_one: float | None
    correlation: float | None  # Pearson's; None though there are repeats: all stars are the same.
    lack: Lack | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """How much comes from few people."""

    people: int
    rows: int
    top_1: float | None  # Share of the rows, 0 to 1, of the busiest; None: there are no rows.
    top_5: float | None
    top_10: float | None
    gini: float | None  # 0: all have as many; near 1: one has nearly all.


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Whose opinions count for less, and how much less."""

    raters: int
    by_flag: Mapping[Flag, int]  # Raters; one may have several.
    flagged: int  # Raters with any.
    share_of_ratings: float | None  # Of flagged raters, 0 to 1.
    mean_weight: float | None  # Of the ratings of flagged raters, 0 to 1; None: there are none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    works: int
    ratings: int  # Without the later ones of repeats.
    coverage: Coverage
    agreements: tuple[Agreement, ...]  # An axis each, of those that were rated.
    steadiness: Steadiness
    authors: Concentration  # By works.
    raters: Concentration  # By ratings.
    weighing: Weighing
    scores: Spread  # Of works that have a rater, in stars.
    widths: Spread  # Of their 95% intervals, in stars.
    stars: Mapping[Axis, tuple[int, ...]]  # How often each was given, from the fewest on.


class Figures:
    """Counts works with their ratings as they go by, and tells at the end what they come to."""

    def __init__(self) -> None:
        self._authors: Counter[str] = Counter()
        self._scores, self._widths = array("d"), array("d")
        self._read = _Read()

    def add(self, work: ReleasedWork, ratings: Iterable[ReleasedRating]) -> None:
        """`ratings`: all released ones of the work."""
        self._authors[work.author] += 1
        if work.raters:
            self._scores.append(work.score)
            self._widths.append(work.high - work.low)
        self._read.take(ratings)

    def quality(self) -> Quality:
        read = self._read
        return Quality(
            works=self._authors.total(),
            ratings=read.ratings.total(),
            coverage=_coverage(read.raters_by_work),
            agreements=tuple(_agreement(axis, read.units[axis]) for axis in Axis if axis in read.stars),
            steadiness=_steadiness(read.repeats),
            authors=concentration(self._authors),
            raters=concentration(read.ratings),
            weighing=_weighing(read),
            scores=_spread(self._scores, SCORE_EDGES),
            widths=_spread(self._widths, tuple(step / 4 for step in range(4 * (MAX_STARS - MIN_STARS) + 1))),
            stars={axis: tuple(read.stars[axis][each] for each in STARS) for axis in Axis if axis in read.stars},
        )


@dataclass(slots=True)
class _Read:
    """What is kept of ratings that went by."""

    ratings: Counter[str] = field(default_factory=Counter)  # By rater.
    stars: dict[Axis, Counter[int]] = field(default_factory=dict)
    units: dict[Axis, "array[int]"] = field(default_factory=dict)  # Of works with several raters, the counts by stars.
    raters_by_work: "array[int]" = field(default_factory=lambda: array("L"))
    repeats: Counter[tuple[int, int]] = field(default_factory=Counter)  # First stars and later ones.
    flags: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    flagged_rows: int = 0
    flagged_weight: float = 0.0  # Of all those rows; a rater's weight differs from author to author.

    def take(self, rows: Iterable[ReleasedRating]) -> None:
        """All rows of one work."""
        firsts: dict[tuple[str, Axis], int] = {}
        laters: dict[tuple[str, Axis], int] = {}
        for row in rows:
            (laters if row.repeat else firsts)[row.rater, row.axis] = row.stars
            if row.flags:
                self.flags[row.rater] = row.flags
                self.flagged_rows += 1
                self.flagged_weight += row.weight
        by_axis: dict[Axis, list[int]] = {}
        for (rater, axis), stars in firsts.items():
            self.ratings[rater] += 1
            by_axis.setdefault(axis, [0] * len(STARS))[stars - MIN_STARS] += 1
        for axis, counts in by_axis.items():
            self.stars.setdefault(axis, Counter()).update(dict(zip(STARS, counts, strict=True)))
            unit = self.units.setdefault(axis, array("L"))
            if sum(counts) > 1:
                unit.extend(counts)
        self.raters_by_work.append(len({rater for rater, _ in firsts}))
        self.repeats.update((firsts[key], stars) for key, stars in laters.items() if key in firsts)


def concentration(rows: Mapping[str, int]) -> Concentration:
    """Of how many rows each person has."""
    ordered: Numbers = np.sort(np.fromiter(rows.values(), dtype=np.int64, count=len(rows)))[::-1]
    people, total = len(ordered), int(ordered.sum())
    if not total:
        return Concentration(people=people, rows=0, top_1=None, top_5=None, top_10=None, gini=None)
    # Half of the mean difference between any two, in means (Gini, 1912), from the sorted numbers.
    weighted = int((np.arange(people, 0, -1) * ordered).sum())
    return Concentration(
        people=people,
        rows=total,
        top_1=int(ordered[:1].sum()) / total,
        top_5=int(ordered[:5].sum()) / total,
        top_10=int(ordered[:10].sum()) / total,
        gini=2 * weighted / (people * total) - (people + 1) / people,
    )


def _coverage(raters_by_work: "array[int]") -> Coverage:
    raters: Numbers = np.array(raters_by_work, dtype=np.int64)
    told = np.bincount(np.minimum(raters, MOST_RATERS_TOLD), minlength=MOST_RATERS_TOLD + 1)
    return Coverage(
        works_by_raters=tuple(told.tolist()),
        median=float(np.median(raters)) if len(raters) else None,
        share_of_three=float((raters >= 3).mean()) if len(raters) else None,
        share_of_five=float((raters >= 5).mean()) if len(raters) else None,
    )


def _agreement(axis: Axis, units: "array[int]") -> Agreement:
    import krippendorff

    counts: Numbers = np.array(units, dtype=np.int64).reshape(-1, len(STARS))
    works, ratings = len(counts), int(counts.sum())
    lack = _lack(works, LEAST_WORKS, values=int(np.count_nonzero(counts.sum(axis=0))))

    def alpha(level: Any) -> float | None:
        if lack:
            return None
        return float(krippendorff.alpha(value_counts=counts, value_domain=STARS, level_of_measurement=level))

    return Agreement(
        axis=axis, ordinal=alpha("ordinal"), interval=alpha("interval"), works=works, ratings=ratings, lack=lack
    )


def _steadiness(repeats: Counter[tuple[int, int]]) -> Steadiness:
    count = repeats.total()
    if lack := _lack(count, LEAST_REPEATS, values=2):
        return Steadiness(repeats=count, exact=None, within_one=None, correlation=None, lack=lack)
    first, later = (np.array([pair[side] for pair in repeats.elements()], dtype=float) for side in (0, 1))
    apart = np.abs(first - later)
    has_spread = bool(first.std() and later.std())
    return Steadiness(
        repeats=count,
        exact=float((apart == 0).mean()),
        within_one=float((apart <= 1).mean()),
        correlation=float(np.corrcoef(first, later)[0, 1]) if has_spread else None,
        lack=None if has_spread else Lack.ONE_VALUE,
    )


def _lack(found: int, least: int, *, values: int) -> Lack | None:
    if found < least:
        return Lack.TOO_FEW
    return Lack.ONE_VALUE if values < 2 else None


def _weighing(read: _Read) -> Weighing:
    flagged = [rater for rater in read.ratings if rater in read.flags]
    total = read.ratings.total()
    return Weighing(
        raters=len(read.ratings),
        by_flag={flag: sum(flag in read.flags[rater] for rater in flagged) for flag in Flag},
        flagged=len(flagged),
        share_of_ratings=sum(read.ratings[rater] for rater in flagged) / total if total else None,
        mean_weight=read.flagged_weight / read.flagged_rows if read.flagged_rows else None,
    )


def _spread(numbers: "array[float]", edges: tuple[float, ...]) -> Spread:
    values: Numbers = np.array(numbers)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=np.array(edges))
    return Spread(edges=edges, counts=tuple(counts.tolist()), median=float(np.median(values)) if len(values) else None)
