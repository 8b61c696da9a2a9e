"""Who stands for works that are nearly the same, however many these are."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inference.contract.identifiers import CreationId, MessageId
from storage import Creation, Storage
from storage.domain import Ranked
from storage.tables import StandingRow
from tests.storage.works import BEN, NOON, SERVER, after, created


@pytest.fixture
async def kin(storage: Storage, spool: Path) -> Sequence[Creation]:
    """Three works that are nearly the same."""
    works = [await created(storage, spool, number, content=str(number)) for number in (1, 2, 3)]
    async with storage._database.writing() as session:
        for work in works:
            alike = update(StandingRow).where(StandingRow.creation == work.id)
            await session.execute(alike.values(alike=works[0].id, is_lead=work is works[0]))
    return works


async def leads(storage: Storage) -> list[CreationId]:
    async with storage._database.reading() as session:
        query = select(StandingRow.creation).where(StandingRow.is_lead.is_(True)).order_by(StandingRow.creation)
        return list(await session.scalars(query))


async def test_the_best_rated_of_near_duplicates_takes_the_lead(storage: Storage, kin: Sequence[Creation]) -> None:
    await storage.ratings.react(MessageId(2), BEN, 5, at=NOON)

    assert await leads(storage) == [kin[1].id]


async def test_of_equals_the_first_takes_the_lead_back(storage: Storage, kin: Sequence[Creation]) -> None:
    await storage.ratings.react(MessageId(2), BEN, 5, at=NOON)

    await storage.ratings.unreact(MessageId(2), BEN, 5, at=after(1))

    assert await leads(storage) == [kin[0].id]


async def test_one_that_is_rated_badly_hands_the_lead_on(storage: Storage, kin: Sequence[Creation]) -> None:
    await storage.ratings.react(MessageId(1), BEN, 1, at=NOON)
    standings = await storage.standings.of([work.id for work in kin])
    assert standings[kin[0].id].low < standings[kin[1].id].low

    assert await leads(storage) == [kin[1].id]


async def test_when_the_lead_is_deleted_another_one_stands_for_the_rest(
    storage: Storage, kin: Sequence[Creation]
) -> None:
    await storage.ratings.react(MessageId(3), BEN, 5, at=NOON)

    await storage.creations.delete(kin[2].id)

    assert await leads(storage) == [kin[0].id]


async def test_each_says_how_many_more_are_like_it(storage: Storage, kin: Sequence[Creation]) -> None:
    page = await storage.standings.best(SERVER, Ranked(alike=kin[0].id), limit=5)

    assert [(one.creation, one.folded) for one in page.rows] == [(work.id, 2) for work in reversed(kin)]


async def test_more_near_duplicates_than_anybody_would_count_are_not_counted(
    storage: Storage, kin: Sequence[Creation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.leads.MOST_FOLDED", 0)

    page = await storage.standings.best(SERVER, Ranked(), limit=5)

    assert [(one.creation, one.folded) for one in page.rows] == [(kin[0].id, 1)]
