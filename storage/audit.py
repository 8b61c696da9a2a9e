"""The audit log: what admins and moderators did, newest first."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import ServerId
from storage.database import Database
from storage.domain import AuditEntry, AuditPage
from storage.tables import AuditRow


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        async with self._database.writing() as session:
            note(session, entry)

    async def page(self, server: ServerId, *, limit: int, older_than: int | None = None) -> AuditPage:
        """At most `limit` entries of a server, newest first: the newest, or those before a cursor."""
        here = AuditRow.server == server
        query = select(AuditRow).where(here).order_by(AuditRow.id.desc()).limit(limit)
        if older_than is not None:
            query = query.where(AuditRow.id < older_than)
        async with self._database.snapshot() as session:
            rows = (await session.scalars(query)).all()
            oldest = await session.scalar(select(func.min(AuditRow.id)).where(here))
        is_more = bool(rows) and oldest is not None and rows[-1].id > oldest
        return AuditPage(rows=tuple(map(_entry, rows)), older=rows[-1].id if is_more else None)


def note(session: AsyncSession, entry: AuditEntry) -> None:
    """Write an entry in the transaction of the deed itself: neither stands without the other."""
    session.add(
        AuditRow(
            server=entry.server,
            moderator=entry.moderator,
            deed=entry.deed,
            at=entry.at,
            creation=entry.creation,
            member=entry.member,
            detail=entry.detail,
        )
    )


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        server=row.server,
        moderator=row.moderator,
        deed=row.deed,
        at=row.at,
        creation=row.creation,
        member=row.member,
        detail=row.detail,
    )
