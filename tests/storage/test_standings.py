"""Where works stand: scores that move with ratings, and the walks along them."""

from itertools import pairwise
from pathlib import Path

import pytest

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage import Storage
from storage.domain import Axis, Ignored, Ranked, Via
from storage.ratings import REPEATED_AFTER
from storage.standings import chance_of
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after, created


async def test_a_new_work_stands_in_the_middle_and_nothing_is_known_of_it(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)

    standing = (await storage.standings.of([work.id]))[work.id]

    assert standing.raters == 0
    assert standing.low < standing.score < standing.high


async def test_a_reaction_moves_the_score_and_narrows_the_interval(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    before = (await storage.standings.of([work.id]))[work.id]

    await storage.ratings.react(MessageId(1), BEN, 5, at=NOON)

    now = (await storage.standings.of([work.id]))[work.id]
    assert now.raters == 1
    assert now.score > before.score
    assert now.high - now.low < before.high - before.low


async def test_a_reaction_taken_back_leaves_the_score_as_it_was(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    before = await storage.standings.of([work.id])
    await storage.ratings.react(MessageId(1), BEN, 5, at=NOON)

    await storage.ratings.unreact(MessageId(1), BEN, 5, at=after(1))

    assert await storage.standings.of([work.id]) == before


async def test_several_axes_of_one_member_are_one_opinion(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)

    said = await storage.ratings.say(
        work.id, BEN, {Axis.BEAUTY: 5, Axis.FIT: 3, Axis.FLAWLESSNESS: 4}, via=Via.FORM, at=NOON, remark=" fine "
    )

    assert not isinstance(said, Ignored)
    assert {one.axis: one.stars for one in said} == {Axis.BEAUTY: 5, Axis.FIT: 3, Axis.FLAWLESSNESS: 4}
    assert await storage.ratings.remark(work.id, BEN) == "fine"
    assert (await storage.standings.of([work.id]))[work.id].raters == 1


async def test_nobody_rates_their_own_work_by_a_form(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)

    said = await storage.ratings.say(work.id, ANNA, {Axis.BEAUTY: 5}, via=Via.FORM, at=NOON)

    assert said is Ignored.OWN_WORK
    assert await storage.ratings.of(work.id) == []


async def test_of_what_was_said_and_a_reaction_the_later_counts(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.ratings.react(MessageId(1), BEN, 2, at=NOON)
    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.SERVED, at=after(1))
    said = await storage.ratings.get(work.id, BEN)

    await storage.ratings.react(MessageId(1), BEN, 1, at=after(2))

    reacted = await storage.ratings.get(work.id, BEN)
    assert said is not None
    assert (said.stars, said.via) == (4, Via.SERVED)
    assert reacted is not None
    assert (reacted.stars, reacted.via) == (1, Via.REACTION)


async def test_what_was_said_stands_when_the_reaction_goes(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.SERVED, at=NOON)
    await storage.ratings.react(MessageId(1), BEN, 1, at=after(1))

    rating = await storage.ratings.unreact(MessageId(1), BEN, 1, at=after(2))

    assert rating is not None
    assert not isinstance(rating, Ignored)
    assert (rating.stars, rating.via) == (4, Via.SERVED)


@pytest.mark.parametrize("via", [Via.SERVED, Via.FORM])
async def test_only_a_work_that_is_brought_again_is_a_repeat(storage: Storage, spool: Path, via: Via) -> None:
    work = await created(storage, spool, 1)
    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.SERVED, at=NOON)

    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 3}, via=via, at=NOON + REPEATED_AFTER)

    repeats = await storage.ratings.repeats(SERVER)
    assert [(one.first_stars, one.stars) for one in repeats] == ([(4, 3)] if via is Via.SERVED else [])


async def test_the_neediest_work_is_one_that_nobody_rated(storage: Storage, spool: Path) -> None:
    rated = await created(storage, spool, 1, content="one")
    bare = await created(storage, spool, 2, content="two")
    await storage.ratings.react(MessageId(1), CLEO, 5, at=NOON)

    needy = await storage.standings.neediest(SERVER, BEN, limit=5, sight=None)

    assert list(needy) == [bare.id, rated.id]


async def test_nobody_is_brought_their_own_work_or_one_that_they_rated(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1, content="one", member=BEN)
    await created(storage, spool, 2, content="two")
    await storage.ratings.react(MessageId(2), BEN, 5, at=NOON)

    assert not await storage.standings.neediest(SERVER, BEN, limit=5, sight=None)


async def test_one_enthusiast_does_not_go_before_several(storage: Storage, spool: Path) -> None:
    praised_once = await created(storage, spool, 1, content="one")
    liked_by_many = await created(storage, spool, 2, content="two")
    await storage.ratings.react(MessageId(1), BEN, 5, at=NOON)
    for rater in range(6):
        await storage.ratings.react(MessageId(2), MemberId(CLEO + rater), 5 if rater else 4, at=NOON)

    page = await storage.standings.best(SERVER, Ranked(), limit=5)

    assert [one.creation for one in page.rows] == [liked_by_many.id, praised_once.id]


async def test_pages_of_the_ranking_lead_on_and_back(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool, number, content=str(number)) for number in range(1, 6)]
    for number, stars in enumerate((3, 5, 1, 4, 2), start=1):
        await storage.ratings.react(MessageId(number), BEN, stars, at=NOON)
    ranked = [works[number].id for number in (1, 3, 0, 4, 2)]

    first = await storage.standings.best(SERVER, Ranked(), limit=2)
    second = await storage.standings.best(SERVER, Ranked(), limit=2, below=first.after)
    third = await storage.standings.best(SERVER, Ranked(), limit=2, below=second.after)
    back = await storage.standings.best(SERVER, Ranked(), limit=2, above=third.before)

    assert [[one.creation for one in page.rows] for page in (first, second, third, back)] == [
        *(ranked[:2], ranked[2:4], ranked[4:], ranked[2:4])
    ]
    assert (first.before, third.after) == (None, None)
    assert back == second


def test_ids_that_follow_each_other_are_shuffled() -> None:
    numbers = [chance_of(CreationId(number)) for number in range(1, 200)]
    assert len(set(numbers)) == len(numbers)
    assert sum(earlier < later for earlier, later in pairwise(numbers)) < 150
