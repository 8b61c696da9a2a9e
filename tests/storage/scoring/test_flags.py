"""Who is flagged, and who is not."""

import numpy as np
import pytest

from storage.scoring.fit import fit
from storage.scoring.flags import BURST_WEIGHT, MINUTE, MOST_A_MINUTE, ONE_SCORE_RATINGS, flags_of, praises_of
from storage.scoring.judgement import judge
from storage.scoring.opinions import Opinions

HOUR = 60 * MINUTE
Said = tuple[int, int, float, int]  # Work, rater, stars, when.


def opinions_of(said: list[Said], *, author: list[int], members: int) -> Opinions:
    work, rater, stars, at = (np.array(column) for column in zip(*sorted(said), strict=True))
    return Opinions(
        work=work, rater=rater, stars=stars.astype(np.float64), at=at, author=np.array(author), members=members
    )


def at_times(times: list[int]) -> Opinions:
    """One member rates a work at each of them; the other makes all."""
    said = [(work, 0, float(1 + work % 5), at) for work, at in enumerate(times)]
    return opinions_of(said, author=[1] * len(times), members=2)


def test_more_than_anybody_looks_at_in_a_minute_is_a_burst() -> None:
    found = flags_of(at_times([1_000 * second for second in range(MOST_A_MINUTE + 1)]))

    assert found.is_bursting.tolist() == [True, False]
    assert found.weight.tolist() == [BURST_WEIGHT, 1.0]


@pytest.mark.parametrize("ratings", [MOST_A_MINUTE, 10 * MOST_A_MINUTE])
def test_who_looks_at_each_for_a_while_is_in_no_burst(ratings: int) -> None:
    found = flags_of(at_times([(MINUTE // MOST_A_MINUTE) * number for number in range(ratings)]))
    assert not found.is_bursting.any()


def test_one_burst_among_years_of_ratings_is_no_habit() -> None:
    steady = [HOUR * number for number in range(1, 20 * MOST_A_MINUTE)]
    found = flags_of(at_times([*range(0, 40_000, 1_000), *steady]))
    assert not found.is_bursting.any()


def test_what_was_written_down_at_one_moment_tells_no_pace() -> None:
    assert not flags_of(at_times([HOUR] * 200)).is_bursting.any()


def test_a_burst_is_one_members_and_not_a_crowds() -> None:
    said = [(work, work % 50, 3.0, 100 * work) for work in range(500)]
    found = flags_of(opinions_of(said, author=[50] * 500, members=51))
    assert not found.is_bursting.any()


def same_stars(others: list[float], *, works: int = ONE_SCORE_RATINGS) -> Opinions:
    """One member gives fives, and others rate the same works."""
    said = [(work, 0, 5.0, HOUR * work) for work in range(works)]
    said += [(work, 1 + work % 3, others[work % len(others)], HOUR * work) for work in range(works)]
    return opinions_of(said, author=[4] * works, members=5)


def test_always_the_same_where_others_tell_works_apart_is_flagged() -> None:
    assert flags_of(same_stars([1.0, 3.0, 5.0, 2.0])).is_one_score.tolist() == [True, False, False, False, False]


def test_always_the_same_of_works_that_are_the_same_to_everybody_is_not() -> None:
    assert not flags_of(same_stars([5.0])).is_one_score.any()


def test_always_the_same_a_few_times_is_not() -> None:
    assert not flags_of(same_stars([1.0, 3.0, 5.0, 2.0], works=ONE_SCORE_RATINGS - 1)).is_one_score.any()


def circle(back: float) -> Opinions:
    """Two members, each of ten works; they rate each other's, the second with `back` stars. Others think little of all.

    Works of two more authors, of whom the two think no more than anybody does.
    """
    author = [0] * 10 + [1] * 10 + [2] * 10 + [3] * 10
    said: list[Said] = []
    for work, maker in enumerate(author):
        said += [(work, rater, float(2 + (work + rater) % 3), HOUR * work) for rater in range(4, 8)]
        if maker == 0:
            said.append((work, 1, back, HOUR * work))
        elif maker == 1:
            said.append((work, 0, 5.0, HOUR * work))
        else:
            said += [(work, rater, float(2 + (work + rater) % 3), HOUR * work) for rater in (0, 1)]
    return opinions_of(said, author=author, members=8)


def test_who_praise_each_other_above_all_others_are_named_both_ways() -> None:
    opinions = circle(back=5.0)
    weight = np.ones(len(opinions))

    found = praises_of(opinions, weight, fit(opinions, weight))

    assert sorted(zip(found.rater.tolist(), found.author.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_praise_that_is_not_returned_is_taste() -> None:
    opinions = circle(back=3.0)
    weight = np.ones(len(opinions))
    assert not len(praises_of(opinions, weight, fit(opinions, weight)).rater)


def test_no_flag_takes_a_rater_out_of_the_count() -> None:
    found = judge(at_times([1_000 * second for second in range(100)]))

    assert found.ratings.tolist() == [100, 0]
    assert np.all(found.weight > 0)
