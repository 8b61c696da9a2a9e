"""What is a preference pair and what is not."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.domain import Axis, Preference, Side
from storage.release.pairs import (
    LEAST_MARGIN,
    MOST_WORKS_A_PROMPT,
    Choice,
    Contender,
    Dropped,
    Entrant,
    counted,
    estimated,
    order_of,
    pairs_of_duels,
    pairs_of_ratings,
)
from storage.release.values import PairSource, ReleasedPair, Split
from storage.scoring import USUAL_SCALE, Estimate
from tests.storage.release.rows import rating, work


def entrant(number: int, **changes: object) -> Entrant:
    return replace(Entrant.of(work(number, parts=(0, 2))), **changes)  # type: ignore[arg-type]  # As the caller says.


def choice(preference: Preference, *, rater: str | None = "r", left_part: int = 0) -> Choice:
    left, right = Side(creation=CreationId(1), part=left_part), Side(creation=CreationId(2), part=2)
    return Choice(rater=rater, left=left, right=right, preference=preference)


def decided(one: Choice, *entrants: Entrant) -> ReleasedPair | Dropped:
    known = {each.work: each for each in entrants}
    (outcome,) = pairs_of_duels([one], known.get)
    return outcome


def rated(
    number: int, score: float, *, half_width: float = 0.1, raters: int = 3, prompt: str = "a fox", **changes: object
) -> Contender:
    standing = Estimate(raters=raters, information=raters, score=score, low=score - half_width, high=score + half_width)
    return Contender(entrant=entrant(number, **{"prompt": prompt, "parts": (0,), **changes}), standing=standing)


def outcomes(*contenders: Contender) -> list[ReleasedPair | Dropped]:
    return list(pairs_of_ratings(sorted(contenders, key=order_of)))


def works_of(found: list[ReleasedPair | Dropped]) -> list[tuple[int, int] | Dropped]:
    return [one if isinstance(one, Dropped) else (one.chosen_work, one.rejected_work) for one in found]


@pytest.mark.parametrize(
    ("preference", "chosen", "rejected", "is_tie"),
    [
        (Preference.LEFT, (1, 0), (2, 2), False),
        (Preference.RIGHT, (2, 2), (1, 0), False),
        (Preference.TIE, (1, 0), (2, 2), True),
    ],
)
def test_a_duel_is_a_pair_of_the_files_that_were_shown(
    preference: Preference, chosen: tuple[int, int], rejected: tuple[int, int], is_tie: bool
) -> None:
    pair = decided(choice(preference), entrant(1), entrant(2, prompt="a red fox"))

    assert isinstance(pair, ReleasedPair)
    assert ((pair.chosen_work, pair.chosen_part), (pair.rejected_work, pair.rejected_part)) == (chosen, rejected)
    assert (pair.source, pair.rater, pair.is_tie, pair.raters) == (PairSource.DUEL, "r", is_tie, 1)
    assert {1: "a fox", 2: "a red fox"}[pair.chosen_work] == pair.prompt
    assert {1: "a fox", 2: "a red fox"}[pair.rejected_work] == pair.rejected_prompt


@pytest.mark.parametrize(
    ("one", "entrants", "reason"),
    [
        (choice(Preference.LEFT), [entrant(1)], Dropped.NOT_RELEASED),
        (choice(Preference.LEFT, left_part=1), [entrant(1), entrant(2)], Dropped.NOT_RELEASED),
        (choice(Preference.LEFT, rater=None), [entrant(1), entrant(2)], Dropped.NO_CONSENT),
        (choice(Preference.LEFT), [entrant(1), entrant(2, split=Split.TEST)], Dropped.SPLITS_DIFFER),
        (choice(Preference.LEFT), [entrant(1), entrant(2, medium=Medium.IMAGE)], Dropped.MEDIUMS_DIFFER),
    ],
)
def test_a_duel_of_what_may_not_stand_together_is_dropped(
    one: Choice, entrants: list[Entrant], reason: Dropped
) -> None:
    assert decided(one, *entrants) is reason


def test_works_whose_intervals_do_not_overlap_are_a_pair_even_of_few_raters() -> None:
    found = outcomes(rated(1, 3.0, raters=1), rated(2, 3.3, raters=1))

    assert works_of(found) == [(2, 1)]
    (pair,) = found
    assert isinstance(pair, ReleasedPair)
    assert (pair.source, pair.rater, pair.raters) == (PairSource.RATINGS, "", 1)
    assert pair.margin == pytest.approx(0.3)


def test_works_whose_intervals_overlap_need_the_margin_and_several_raters() -> None:
    known = rated(1, 3.0, half_width=1.0)

    assert works_of(outcomes(known, rated(2, 3.0 + LEAST_MARGIN, half_width=1.0))) == [(2, 1)]
    assert outcomes(known, rated(2, 2.95 + LEAST_MARGIN, half_width=1.0)) == [Dropped.NOT_APART]
    assert outcomes(known, rated(2, 4.5, half_width=1.0, raters=2)) == [Dropped.NOT_APART]


def test_only_works_of_one_prompt_are_compared_whatever_its_case_and_blanks() -> None:
    found = outcomes(
        rated(1, 2.0),
        rated(2, 4.0, prompt=" A  FOX "),
        rated(3, 4.0, prompt="a wolf"),
        rated(4, 2.0, medium=Medium.IMAGE),
    )

    assert works_of(found) == [(2, 1)]


def test_works_in_two_splits_are_dropped_and_counted() -> None:
    assert outcomes(rated(1, 2.0), rated(2, 4.0, split=Split.TEST)) == [Dropped.SPLITS_DIFFER]


def test_a_work_of_several_pictures_has_no_part_in_pairs_of_ratings() -> None:
    found = outcomes(rated(1, 2.0), rated(2, 4.0), rated(3, 5.0, parts=(0, 1)))

    assert works_of(found) == [Dropped.SEVERAL_FILES, (2, 1)]


def test_the_one_picture_of_a_work_that_is_not_held_keeps_its_number() -> None:
    (pair,) = outcomes(rated(1, 2.0), rated(2, 4.0, parts=(3,)))

    assert isinstance(pair, ReleasedPair)
    assert (pair.chosen_part, pair.rejected_part) == (3, 0)


def test_works_that_nobody_rated_are_passed_over() -> None:
    assert outcomes(rated(1, 2.0), rated(2, 4.0, raters=0)) == []


def test_a_prompt_that_all_try_does_not_outweigh_the_others() -> None:
    crowd = [rated(number, 1 + number / 10, half_width=0.01, raters=number + 1) for number in range(30)]

    found = outcomes(*crowd)

    assert found.count(Dropped.CROWDED_OUT) == 30 - MOST_WORKS_A_PROMPT
    pairs = [one for one in found if isinstance(one, ReleasedPair)]
    assert len(pairs) == MOST_WORKS_A_PROMPT * (MOST_WORKS_A_PROMPT - 1) // 2
    assert {work for pair in pairs for work in (pair.chosen_work, pair.rejected_work)} == set(range(20, 30))


def test_contenders_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        list(pairs_of_ratings([rated(1, 2.0, prompt="b"), rated(2, 2.0, prompt="a"), rated(3, 4.0, prompt="b")]))


@given(st.lists(st.tuples(st.floats(1, 5), st.integers(0, 5), st.sampled_from("ab")), max_size=12), st.randoms())
def test_pairs_are_the_same_in_whatever_order_the_works_were_found(
    works: list[tuple[float, int, str]], chance: random.Random
) -> None:
    contenders = [
        rated(number, score, raters=raters, prompt=prompt) for number, (score, raters, prompt) in enumerate(works)
    ]
    shuffled = contenders.copy()
    chance.shuffle(shuffled)

    found = outcomes(*contenders)

    assert outcomes(*shuffled) == found
    scores = {one.entrant.work: one.standing.score for one in contenders}
    assert all(scores[one.chosen_work] > scores[one.rejected_work] for one in found if isinstance(one, ReleasedPair))


def test_a_work_is_as_good_as_its_released_ratings_have_it() -> None:
    ratings = [
        rating(1, "a", 5, axis=Axis.BEAUTY),
        rating(1, "a", 4, axis=Axis.FIT),
        rating(1, "a", 1, axis=Axis.FIT, repeat=1),
        rating(1, "b", 5, weight=0.5),
    ]

    standing = estimated(ratings, USUAL_SCALE)

    assert standing.raters == 2
    assert standing.score > estimated(ratings[:1], USUAL_SCALE).score > USUAL_SCALE.mean
    assert standing == estimated(ratings[::-1], USUAL_SCALE)


def test_what_is_dropped_is_counted_by_its_reason() -> None:
    dropped: dict[Dropped, int] = {}

    pairs = list(counted(outcomes(rated(1, 2.0), rated(2, 4.0), rated(3, 4.0)), dropped))

    assert [(pair.chosen_work, pair.rejected_work) for pair in pairs] == [(2, 1), (3, 1)]
    assert dropped == {Dropped.NOT_APART: 1}
