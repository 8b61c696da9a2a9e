"""What an earlier version of the bot left out, because it did not know of it yet, added at the start of this one."""

from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from inference.contract.identifiers import CreationId
from storage.database import Database
from storage.duels import paired
from storage.standings import born, rescore
from storage.tables import CreationRow, ParentRow, StandingRow

WORKS_A_STEP: Final = 500  # In one transaction: a tenth of a second or so, which is what others wait.

_IS_PLACED: Final = exists().where(StandingRow.creation == CreationRow.id)


async def heal_standings(database: Database) -> int:
    """Give a standing to works that have none. Returns how many there were. Raises `StorageUnavailableError`."""
    healed = 0
    while some := await _missing(database):
        async with database.writing() as session:
            for creation in some:
                await _place(session, creation)
            await rescore(session, some)
        healed += len(some)
    return healed


async def _missing(database: Database) -> list[CreationId]:
    """Without a place in the writers' line: hardly ever is there one."""
    async with database.reading() as session:
        return list(await session.scalars(select(CreationRow.id).where(~_IS_PLACED).limit(WORKS_A_STEP)))


async def _place(session: AsyncSession, work: CreationId) -> None:
    query = select(CreationRow).where(CreationRow.id == work, ~_IS_PLACED).options(selectinload(CreationRow.artifacts))
    if (creation := await session.scalar(query)) is not None:  # It may have been deleted meanwhile.
        await born(session, creation)
        await session.flush()
        parents = await session.scalars(select(ParentRow).where(ParentRow.job == creation.job_id))
        await paired(session, creation, parents.all())
