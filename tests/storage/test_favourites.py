from pathlib import Path

from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from storage import Storage
from storage.domain import Wanted
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created


async def kept_by(storage: Storage, member: MemberId, server: ServerId = SERVER) -> list[CreationId]:
    page = await storage.creations.page(server, Wanted(kept_by=member), viewer=member, limit=9)
    return [creation.id for creation in page.rows]


async def test_a_heart_keeps_a_work_for_who_gave_it(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10)

    assert await storage.favourites.keep(MessageId(10), BEN, at=after(5)) == creation.id
    await storage.favourites.keep(MessageId(10), BEN, at=after(6))
    await storage.favourites.keep(MessageId(10), ANNA, at=after(6))

    assert await kept_by(storage, BEN) == await kept_by(storage, ANNA) == [creation.id]
    assert await kept_by(storage, CLEO) == []
    assert await storage.favourites.is_kept(creation.id, BEN)
    assert not await storage.favourites.is_kept(creation.id, CLEO)


async def test_a_heart_under_another_message_keeps_nothing(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 10)
    assert await storage.favourites.keep(MessageId(404), BEN, at=after(5)) is None
    assert await kept_by(storage, BEN) == []


async def test_a_work_is_kept_until_its_last_heart_is_taken_away(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)
    for message in (10, 20):
        await storage.favourites.keep(MessageId(message), BEN, at=after(5))

    assert await kept_by(storage, BEN) == [creation.id]
    await storage.favourites.let_go(MessageId(10), BEN)
    assert await kept_by(storage, BEN) == [creation.id]
    await storage.favourites.let_go(MessageId(20), BEN)
    await storage.favourites.let_go(MessageId(404), BEN)
    assert await kept_by(storage, BEN) == []


async def test_a_moderator_clears_everybodys_hearts_from_one_message(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)
    for member in (BEN, CLEO):
        await storage.favourites.keep(MessageId(10), member, at=after(5))
    await storage.favourites.keep(MessageId(20), CLEO, at=after(5))

    await storage.favourites.clear(MessageId(10))
    await storage.favourites.clear(MessageId(404))

    assert await kept_by(storage, BEN) == []
    assert await kept_by(storage, CLEO) == [creation.id]


async def test_favourites_are_a_servers_and_come_newest_work_first(storage: Storage, spool: Path) -> None:
    elsewhere = await created(storage, spool, 9, server=ServerId(99))
    works = [await created(storage, spool, message) for message in range(10, 14)]
    for message in (12, 9, 10, 13, 11):
        await storage.favourites.keep(MessageId(message), BEN, at=after(message))

    assert await kept_by(storage, BEN) == [work.id for work in works[::-1]]
    assert await kept_by(storage, BEN, ServerId(99)) == [elsewhere.id]
    first = await storage.creations.page(SERVER, Wanted(kept_by=BEN), viewer=BEN, limit=3)
    rest = await storage.creations.page(SERVER, Wanted(kept_by=BEN), viewer=BEN, limit=3, older_than=first.older)
    assert [one.id for one in rest.rows] == [works[0].id]
    assert rest.newer == works[0].id


async def test_a_favourite_goes_with_its_work_and_stays_with_its_message_gone(storage: Storage, spool: Path) -> None:
    gone, unposted = await created(storage, spool, 10), await created(storage, spool, 20)
    for message in (10, 20):
        await storage.favourites.keep(MessageId(message), BEN, at=after(5))

    await storage.creations.delete(gone.id)
    await storage.creations.unpost([MessageId(20)])

    assert await kept_by(storage, BEN) == [unposted.id]
