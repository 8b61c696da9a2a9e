"""The figures of a release, against hand-made answers and the library's own on whole tables."""

import random
from collections.abc import Sequence
from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain import Axis, Flag
from storage.release.quality import Lack, Quality, concentration
from storage.release.values import ReleasedRating
from tests.storage.release.rows import quality, rating, work


def of(ratings: Sequence[ReleasedRating]) -> Quality:
    """Of a release that has these ratings, and the works that they are of."""
    return quality([work(number) for number in sorted({row.work for row in ratings})], ratings)


def test_a_release_of_nothing_has_reasons_instead_of_figures() -> None:
    figures = quality([], [])

    assert (figures.works, figures.ratings, figures.agreements) == (0, 0, ())
    assert (figures.coverage.median, figures.coverage.share_of_three) == (None, None)
    assert (figures.authors.top_1, figures.raters.gini, figures.weighing.mean_weight) == (None, None, None)
    assert figures.steadiness.lack is Lack.TOO_FEW
    assert figures.scores.median is None


def test_raters_a_work_are_told_with_those_that_nobody_rated() -> None:
    works = [work(number) for number in range(4)]
    ratings = [
        *(rating(0, rater, 3) for rater in "abcde"),
        *(rating(1, rater, 3, axis=axis) for rater in "abc" for axis in (Axis.BEAUTY, Axis.FIT)),
        rating(3, "a", 3),
    ]

    coverage = quality(works, ratings).coverage

    assert coverage.works_by_raters == (1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0)
    assert coverage.median == 2
    assert (coverage.share_of_three, coverage.share_of_five) == (0.5, 0.25)


@pytest.mark.parametrize("seed", range(3))
def test_agreement_from_counts_is_that_of_the_whole_table_of_raters_and_works(seed: int) -> None:
    chance = random.Random(seed)
    ratings = [
        rating(number, rater, min(5, max(1, number % 5 + chance.choice((0, 1)))))
        for number in range(30)
        for rater in "abcd"
        if chance.random() < 0.7
    ]
    table = np.full((4, 30), np.nan)
    for row in ratings:
        table["abcd".index(row.rater), row.work] = row.stars

    (agreement,) = quality([work(number) for number in range(30)], ratings).agreements

    assert agreement.ordinal == pytest.approx(krippendorff.alpha(table, level_of_measurement="ordinal"))
    assert agreement.interval == pytest.approx(krippendorff.alpha(table, level_of_measurement="interval"))
    assert agreement.lack is None


def test_agreement_is_told_for_each_axis_and_leaves_later_ratings_out() -> None:
    ratings = [
        row
        for number in range(10)
        for rater in "ab"
        for row in (
            rating(number, rater, 1 + number % 5, axis=Axis.BEAUTY),
            rating(number, rater, 3, axis=Axis.FIT),
            rating(number, rater, 5, axis=Axis.BEAUTY, repeat=1),
        )
    ]

    beauty, fit = quality([work(number) for number in range(10)], ratings).agreements

    assert (beauty.axis, beauty.works, beauty.ratings) == (Axis.BEAUTY, 10, 20)
    assert beauty.ordinal == pytest.approx(1)
    assert (fit.axis, fit.ordinal, fit.lack) == (Axis.FIT, None, Lack.ONE_VALUE)


def test_agreement_about_a_few_works_is_not_told() -> None:
    ratings = [rating(number, rater, 1 + number % 5) for number in range(9) for rater in "ab"]

    (agreement,) = of([*ratings, rating(9, "a", 1)]).agreements

    assert (agreement.interval, agreement.works, agreement.lack) == (None, 9, Lack.TOO_FEW)


def test_hidden_repeats_tell_how_steady_raters_are() -> None:
    steps = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
    ratings = [
        row
        for number, step in enumerate(steps)
        for row in (rating(number, "a", 1 + number % 3), rating(number, "a", 1 + number % 3 + step, repeat=1))
    ]

    steadiness = of(ratings).steadiness

    assert (steadiness.repeats, steadiness.exact, steadiness.within_one) == (10, 0.5, 0.8)
    first, later = zip(*[(1 + number % 3, 1 + number % 3 + step) for number, step in enumerate(steps)], strict=True)
    assert steadiness.correlation == pytest.approx(np.corrcoef(first, later)[0, 1])


def test_a_rater_who_gives_one_score_is_steady_without_a_correlation() -> None:
    ratings = [rating(number, "a", 3, repeat=repeat) for number in range(10) for repeat in (0, 1)]

    steadiness = of(ratings).steadiness

    assert (steadiness.exact, steadiness.correlation, steadiness.lack) == (1.0, None, Lack.ONE_VALUE)


def test_the_share_of_the_busiest_is_told() -> None:
    told = concentration({"a": 6, "b": 1, "c": 1, "d": 1, "e": 1, "f": 2})

    assert (told.people, told.rows) == (6, 12)
    assert (told.top_1, told.top_10) == (0.5, 1.0)
    assert told.top_5 == pytest.approx(11 / 12)


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=30))
def test_gini_is_half_the_mean_difference_of_any_two(rows: list[int]) -> None:
    differences = [abs(one - other) for one in rows for other in rows]
    expected = sum(differences) / (2 * len(rows) * sum(rows))

    assert concentration(dict(zip(map(str, range(len(rows))), rows, strict=True))).gini == pytest.approx(
        expected, abs=1e-9
    )


def test_flagged_raters_are_counted_with_their_weights() -> None:
    burst, both = (Flag.BURST,), (Flag.BURST, Flag.ONE_SCORE)
    ratings = [
        rating(0, "a", 3),
        rating(0, "b", 3, flags=burst, weight=0.5),
        rating(0, "c", 3, flags=both, weight=0.1),
        rating(1, "c", 3, flags=both, weight=0.3),  # Of an author whom they do not praise in turn.
    ]

    weighing = of(ratings).weighing

    assert (weighing.raters, weighing.flagged, weighing.share_of_ratings) == (3, 2, 0.75)
    assert weighing.by_flag == {Flag.BURST: 2, Flag.ONE_SCORE: 1, Flag.MUTUAL_PRAISE: 0}
    assert weighing.mean_weight == pytest.approx(0.3)


def test_scores_are_those_of_works_that_somebody_rated() -> None:
    works = [
        replace(work(0), score=5.0, low=4.5, high=5.0),
        replace(work(1), score=1.1, low=1.0, high=3.0),
        replace(work(2), raters=0),
    ]

    figures = quality(works, [])

    assert (sum(figures.scores.counts), figures.scores.counts[0], figures.scores.counts[-1]) == (2, 1, 1)
    assert figures.scores.median == pytest.approx(3.05)
    assert figures.widths.median == pytest.approx(1.25)


def test_how_often_each_number_of_stars_was_given_is_told_by_axis() -> None:
    figures = of([rating(0, "a", 5), rating(0, "b", 5), rating(0, "b", 1, axis=Axis.FIT)])

    assert figures.stars == {Axis.OVERALL: (0, 0, 0, 0, 2), Axis.FIT: (1, 0, 0, 0, 0)}
