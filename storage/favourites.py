"""The works that members keep: a heart under one of a work's messages.

Whoever tells of hearts tells in the order in which they came and went; the last word stands.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage.database import Database
from storage.forgotten import forgotten_since
from storage.pseudonyms import Pseudonyms
from storage.tables import CreationRow, FavouriteRow, PostRow


class Favourites:
    """Hearts by member, work and message: a work with several messages is kept while any of them has the heart."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms) -> None:
        self._database = database
        self._pseudonyms = pseudonyms

    async def keep(self, message: MessageId, member: MemberId, *, at: datetime) -> CreationId | None:
        """Returns the work that is kept now; None when no work stands in that message."""
        if await self._work_in(message) is None:  # Most hearts of a server are under other messages.
            return None
        async with self._database.writing() as session:
            creation = await _held(session, message)
            if creation is not None:
                row = await session.get(FavouriteRow, (member, creation, message))
                if row is None:
                    session.add(FavouriteRow(member=member, creation=creation, message=message, kept_at=at))
                else:  # Taken away unseen and given again: a look at the time in between must not take it.
                    row.kept_at = max(row.kept_at, at)
            return creation

    async def let_go(self, message: MessageId, member: MemberId) -> None:
        """The member took the heart from this message; those under other messages of the work still keep it."""
        creation = await self._work_in(message)
        if creation is None:
            return
        async with self._database.writing() as session:
            await session.execute(
                delete(FavouriteRow).where(
                    FavouriteRow.member == member, FavouriteRow.creation == creation, FavouriteRow.message == message
                )
            )

    async def clear(self, message: MessageId) -> None:
        """A moderator took everybody's hearts from this message."""
        if await self._work_in(message) is None:
            return
        async with self._database.writing() as session:
            await session.execute(delete(FavouriteRow).where(FavouriteRow.message == message))

    async def reconcile(self, message: MessageId, found: Collection[MemberId], *, at: datetime) -> int:
        """Bring what is kept in line with whose hearts stood under a message. Returns how many were news.

        `at`: when it was seen that there were hearts or none; those that were told of since then stay.
        """
        async with self._database.writing() as session:
            creation = await _held(session, message)
            work = None if creation is None else await session.get(CreationRow, creation)
            if creation is None or work is None:
                return 0
            here = select(FavouriteRow).where(FavouriteRow.message == message)
            known = {row.member: row.kept_at for row in await session.scalars(here)}
            gone = {member for member, kept_at in known.items() if kept_at < at} - set(found)
            come = set(found) - set(known)
            come -= await forgotten_since(session, self._pseudonyms, come, work.server, work.created_at)
            await session.execute(
                delete(FavouriteRow).where(FavouriteRow.message == message, FavouriteRow.member.in_(gone))
            )
            session.add_all(
                FavouriteRow(member=member, creation=creation, message=message, kept_at=at) for member in sorted(come)
            )
            return len(gone) + len(come)

    async def is_kept(self, creation: CreationId, by: MemberId) -> bool:
        query = select(FavouriteRow.creation).where(FavouriteRow.member == by, FavouriteRow.creation == creation)
        async with self._database.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    async def _work_in(self, message: MessageId) -> CreationId | None:
        """Without a place in the writers' line."""
        async with self._database.reading() as session:
            return await session.scalar(select(PostRow.creation).where(PostRow.message == message))


async def _held(session: AsyncSession, message: MessageId) -> CreationId | None:
    # Until the heart refers to it, so that the work is not deleted in between.
    query = select(CreationRow.id).join(PostRow, PostRow.creation == CreationRow.id).where(PostRow.message == message)
    return await session.scalar(query.with_for_update(read=True, key_share=True, of=CreationRow))
