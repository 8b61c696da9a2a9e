"""What `/rate` brings: works that need a rating, and now and then one that was rated before."""

from datetime import timedelta
from pathlib import Path

import pytest

from inference.contract.identifiers import CreationId, MessageId
from inference.contract.image import Showing
from inference.contract.mediums import Medium
from storage import Storage
from storage.domain import Axis, Via
from storage.ratings import REPEATED_AFTER
from storage.standings import chance_of
from tests.storage.test_duels import pictures, variants
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after, created

LATER = NOON + REPEATED_AFTER


async def needy(storage: Storage, **wanted: object) -> list[CreationId]:
    return list(await storage.standings.neediest(SERVER, BEN, limit=9, **wanted, sight=None))  # type: ignore[arg-type]


async def repeated(storage: Storage, start: float = 0.0, **wanted: object) -> CreationId | None:
    return await storage.ratings.to_repeat(SERVER, BEN, before=NOON, start=start, **wanted, sight=None)  # type: ignore[arg-type]


async def test_members_who_begin_elsewhere_are_brought_the_same_works_in_turn(storage: Storage, spool: Path) -> None:
    works = [(await created(storage, spool, number, content=str(number))).id for number in range(1, 6)]
    ordered = sorted(works, key=chance_of)

    found = await needy(storage, start=chance_of(ordered[3]))

    assert found == [*ordered[3:], *ordered[:3]]


async def test_one_medium_alone_may_be_brought(storage: Storage, spool: Path) -> None:
    text = await created(storage, spool, 1)
    drawn = await pictures(storage, spool, 0.0)
    assert await needy(storage, medium=Medium.TEXT) == [text.id]
    assert await needy(storage, medium=Medium.IMAGE) == [drawn.id]


async def test_a_text_is_not_brought_while_its_author_has_yet_to_choose(storage: Storage, spool: Path) -> None:
    work = await variants(storage, spool, "one", "two")
    assert await needy(storage) == []

    await storage.creations.pick(work.id, 0)

    assert await needy(storage) == [work.id]


async def test_unsafe_pictures_are_brought_where_they_may_be_and_held_ones_nowhere(
    storage: Storage, spool: Path
) -> None:
    await pictures(storage, spool, 0.9, showing=Showing.HELD)
    blurred = await pictures(storage, spool, 0.0, 0.9, showing=Showing.SPOILER, prompt="a cat")
    assert await needy(storage, with_unsafe=False) == []
    assert await needy(storage, with_unsafe=True) == [blurred.id]


@pytest.mark.parametrize("start", [0.0, 0.4, 1.0])
async def test_what_was_rated_long_ago_may_be_brought_again_once(storage: Storage, spool: Path, start: float) -> None:
    work = await created(storage, spool, 1)
    await created(storage, spool, 2, content="never rated")
    await storage.ratings.react(MessageId(1), BEN, 3, at=NOON)
    assert await repeated(storage, start) == work.id

    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.SERVED, at=LATER)

    assert await storage.ratings.to_repeat(SERVER, BEN, before=LATER, start=start, sight=None) is None


async def test_neither_a_fresh_rating_nor_anothers_is_repeated(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1)
    await storage.ratings.react(MessageId(1), BEN, 3, at=after(1))
    await storage.ratings.react(MessageId(1), CLEO, 3, at=NOON)
    assert await repeated(storage) is None


async def test_what_is_repeated_is_spread_over_all_that_was_rated(storage: Storage, spool: Path) -> None:
    works = [(await created(storage, spool, number, content=str(number))).id for number in range(1, 6)]
    for number in range(1, 6):
        await storage.ratings.react(MessageId(number), BEN, 3, at=NOON)
    assert [await repeated(storage, share / 4) for share in range(5)] == works


async def test_what_is_not_to_be_shown_is_not_repeated(storage: Storage, spool: Path) -> None:
    work = await pictures(storage, spool, 0.9)
    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.FORM, at=NOON)
    assert await repeated(storage, with_unsafe=False) is None
    assert await repeated(storage, medium=Medium.TEXT) is None
    assert await repeated(storage, medium=Medium.IMAGE) == work.id


async def test_what_was_said_on_an_axis_can_be_taken_back(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    bare = await storage.standings.of([work.id])
    await storage.ratings.say(work.id, BEN, {Axis.BEAUTY: 5, Axis.FIT: 2}, via=Via.FORM, at=NOON)

    await storage.ratings.say(work.id, BEN, {Axis.BEAUTY: None}, via=Via.FORM, at=after(1))
    left = await storage.ratings.by(BEN, work.id)
    await storage.ratings.say(work.id, BEN, {Axis.FIT: None}, via=Via.FORM, at=after(2))

    assert {axis: rating.stars for axis, rating in left.items()} == {Axis.FIT: 2}
    assert await storage.ratings.of(work.id) == []
    assert await storage.standings.of([work.id]) == bare


async def test_a_reaction_stands_when_what_was_said_is_taken_back(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.ratings.react(MessageId(1), BEN, 2, at=NOON)
    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 4}, via=Via.SERVED, at=after(1))

    await storage.ratings.say(work.id, BEN, {Axis.OVERALL: None}, via=Via.FORM, at=after(2))

    (rating,) = (await storage.ratings.by(BEN, work.id)).values()
    assert (rating.stars, rating.via) == (2, Via.REACTION)


async def test_nothing_is_brought_again_to_who_has_rated_nothing(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1)
    assert await storage.ratings.to_repeat(SERVER, ANNA, before=NOON + timedelta(days=1), start=0.5, sight=None) is None
