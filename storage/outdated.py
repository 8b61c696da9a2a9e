"""Jobs whose messages in Discord still say what was erased since: each until its messages are as the job is now."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, JobId
from storage.database import Database
from storage.domain import Verdict
from storage.reports import take_cards
from storage.tables import OutdatedRow, ReportRow


class Outdated:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def some(self, *, limit: int, after: JobId | None = None) -> Sequence[JobId]:
        """Those that are still to be shown again, in order: the first, or those after a cursor."""
        query = select(OutdatedRow.job).order_by(OutdatedRow.job).limit(limit)
        if after is not None:
            query = query.where(OutdatedRow.job > after)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def shown(self, job: JobId) -> None:
        """The job's messages are as it is now, or gone."""
        async with self._database.writing() as session:
            await session.execute(delete(OutdatedRow).where(OutdatedRow.job == job))


async def note_outdated(session: AsyncSession, jobs: Collection[JobId], works: Collection[CreationId]) -> None:
    """Something was taken out of these jobs, and of the works that they made.

    What moderators were told of the works goes from their channel; a report that is open waits in `/moderate`.
    """
    known = set(await session.scalars(select(OutdatedRow.job).where(OutdatedRow.job.in_(jobs))))
    session.add_all(OutdatedRow(job=job) for job in jobs if job not in known)
    about = ReportRow.creation.in_(works)
    await take_cards(session, about)
    is_open = about & (ReportRow.verdict == Verdict.OPEN)
    await session.execute(update(ReportRow).where(is_open).values(card_channel=None, card_message=None))
