"""Members who may not make anything in a server."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from inference.contract.identifiers import MemberId, ServerId
from storage.audit import note
from storage.database import Database, hold
from storage.domain import AuditEntry, Deed
from storage.pseudonyms import Pseudonyms
from storage.tables import BlockRow


class Blocks:
    """Each change writes its own entry in the audit log; said again, nothing changes and nothing is written."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms) -> None:
        self._database = database
        self._pseudonyms = pseudonyms

    async def is_blocked(self, server: ServerId, member: MemberId) -> bool:
        query = select(BlockRow.member).where(await self._of(server, member)).limit(1)
        async with self._database.reading() as session:
            return await session.scalar(query) is not None

    async def block(self, server: ServerId, member: MemberId, *, by: MemberId, at: datetime, detail: str = "") -> bool:
        """Returns whether the member was free before."""
        entry = AuditEntry(server=server, moderator=by, deed=Deed.BLOCKED, at=at, member=member, detail=detail)
        is_theirs = await self._of(server, member)
        async with self._database.writing() as session:
            await hold(session, member)
            if await session.scalar(select(BlockRow.member).where(is_theirs).limit(1)) is not None:
                return False
            session.add(BlockRow(server=server, member=member, blocked_by=by, blocked_at=at))
            note(session, entry)
        return True

    async def unblock(
        self, server: ServerId, member: MemberId, *, by: MemberId, at: datetime, detail: str = ""
    ) -> bool:
        """Returns whether the member was blocked before."""
        entry = AuditEntry(server=server, moderator=by, deed=Deed.UNBLOCKED, at=at, member=member, detail=detail)
        query = delete(BlockRow).where(await self._of(server, member))
        async with self._database.writing() as session:
            was_blocked = (await session.execute(query.returning(BlockRow.member))).first() is not None
            if was_blocked:
                note(session, entry)
        return was_blocked

    async def _of(self, server: ServerId, member: MemberId) -> ColumnElement[bool]:
        """The row of a member; of one who was erased since, it names the pseudonym."""
        pseudonym = await self._pseudonyms.known(member)
        names = [member] if pseudonym is None else [member, pseudonym]
        return (BlockRow.server == server) & BlockRow.member.in_(names)
