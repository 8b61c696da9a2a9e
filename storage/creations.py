"""Finished works: found again, turned over page by page, erased."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from inference.contract.errors import CreationElsewhereError, CreationNotFoundError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ServerId
from inference.contract.image import Showing
from inference.contract.requests import Request
from storage.audit import note
from storage.database import Database
from storage.domain import AuditEntry, Creation, Deed, Page, Wanted
from storage.erased import ErasedList
from storage.files import unnamed
from storage.leads import hold_kinds, kinds_of, lead
from storage.ledger import parents_of
from storage.media import MediaStore
from storage.reports import let_show, settle, take_cards
from storage.search import Walk
from storage.tables import CreationRow, DeletionRow, JobRow, PostRow, ReportRow

ERASED_PROMPT: Final = "[erased]"  # Stands in the ledger for the prompt of a deleted creation.

_CREATIONS: Final = select(CreationRow).options(
    joinedload(CreationRow.job, innerjoin=True),
    selectinload(CreationRow.artifacts),
    selectinload(CreationRow.posts),
)


class Creations:
    """The works that were made and not deleted."""

    def __init__(self, database: Database, media: MediaStore, erased: ErasedList | None) -> None:
        """`erased`: where deletions are noted; None: those that are done here stand in the list already."""
        self._database = database
        self._media = media
        self._erased = erased

    async def of_server(self, creation_id: CreationId, server: ServerId) -> Creation:
        """As `get`, for an id that came from outside. Raises `CreationNotFoundError`, also for another server's."""
        creation = await self.get(creation_id)
        if creation.server != server:
            raise CreationElsewhereError(f"creation {creation_id} is of another server")
        return creation

    async def get(self, creation_id: CreationId) -> Creation:
        """Of any server: for an id that a row of ours holds. Raises `CreationNotFoundError`."""
        async with self._database.snapshot() as session:
            row = await session.scalar(_CREATIONS.where(CreationRow.id == creation_id))
        if row is None:
            raise CreationNotFoundError(f"no creation {creation_id}")
        return self._creation(row)

    async def by_message(self, message: MessageId) -> Creation:
        """Raises `CreationNotFoundError` when no creation stands in that message."""
        query = _CREATIONS.join(PostRow, PostRow.creation == CreationRow.id).where(PostRow.message == message)
        async with self._database.snapshot() as session:
            row = await session.scalar(query)
        if row is None:
            raise CreationNotFoundError(f"no creation in message {message}")
        return self._creation(row)

    async def several(self, creation_ids: Collection[CreationId]) -> Sequence[Creation]:
        """Those that are still there, oldest first."""
        async with self._database.snapshot() as session:
            return await self._all(session, creation_ids)

    async def page(
        self,
        server: ServerId,
        wanted: Wanted,
        *,
        viewer: MemberId,
        limit: int,
        older_than: CreationId | None = None,
        newer_than: CreationId | None = None,
    ) -> Page[Creation]:
        """At most `limit` of the works in a server, newest first: the newest, or those next to a cursor.

        As `viewer` may see them: without others' works that moderators hide.
        """
        async with self._database.snapshot() as session:
            walk = await Walk.planned(session, server, wanted, viewer=viewer)
            found = await walk.ids(session, limit=limit + 1, older_than=older_than, newer_than=newer_than)
            nearest = found[:limit]
            rows = (await self._all(session, nearest))[::-1]
            older = newer = None
            if nearest and newer_than is not None:
                newer = nearest[-1] if len(found) > limit else None
                older = nearest[0] if await walk.ids(session, limit=1, older_than=nearest[0]) else None
            elif nearest:
                older = nearest[-1] if len(found) > limit else None
                is_first = older_than is None or not await walk.ids(session, limit=1, newer_than=nearest[0])
                newer = None if is_first else nearest[0]
        return Page(rows=tuple(rows), older=older, newer=newer)

    async def _all(self, session: AsyncSession, creation_ids: Collection[CreationId]) -> list[Creation]:
        if not creation_ids:
            return []
        rows = await session.scalars(_CREATIONS.where(CreationRow.id.in_(creation_ids)))
        return [self._creation(row) for row in sorted(rows, key=lambda row: row.id)]

    async def delete(
        self, creation_id: CreationId, *, entry: AuditEntry | None = None, keeps_card: MessageId | None = None
    ) -> tuple[MessageId, ...]:
        """Erase a work, what members thought of it, its prompt, and its files unless another work has the same.

        `entry` tells the audit log of it, where it was not the author. Returns the messages in which it stood; they,
        and the moderators' cards about it save `keeps_card`, are written down as still to be deleted from Discord. Its
        job keeps its cost and its tags. Raises `CreationNotFoundError`.
        """
        async with self._media.changing, self._database.writing() as session:
            row = await _locked(session, creation_id)
            creation = self._creation(row)
            row.job.request = without_words(row.job.request)
            files = [*creation.artifacts, *creation.uploads]
            row.job.uploads.clear()
            for message in creation.messages:
                await session.merge(DeletionRow(message=message, channel=creation.channel))
            await take_cards(session, ReportRow.creation == creation_id, but=keeps_card)
            kinds = await kinds_of(session, [creation_id])
            await hold_kinds(session, kinds)
            # The database takes along all that refers to it.
            await session.execute(delete(CreationRow).where(CreationRow.id == creation_id))
            await lead(session, kinds)
            orphans = await unnamed(session, self._media, files)
            if entry is not None:
                note(session, entry)
            if self._erased is not None:
                await self._erased.note_work(creation_id, orphans)
            # Before the rows are gone for good: after a crash in between, a sweep would put the files in the trash.
            await self._media.erase(orphans)
        if self._erased is not None:
            await self._erased.spread()
        await self._database.overwrite_erased()
        return creation.messages

    async def servers(self, *, since: datetime) -> Sequence[ServerId]:
        """Where works were made since then."""
        query = select(CreationRow.server).where(CreationRow.created_at >= since).distinct()
        async with self._database.reading() as session:
            return (await session.scalars(query.order_by(CreationRow.server))).all()

    async def places(self, messages: Collection[MessageId]) -> Mapping[MessageId, ChannelId]:
        """The channels of those of the messages in which works stand."""
        query = select(PostRow.message, JobRow.reply_channel).where(PostRow.message.in_(messages))
        query = query.join(CreationRow, CreationRow.id == PostRow.creation).join(
            JobRow, JobRow.id == CreationRow.job_id
        )
        async with self._database.reading() as session:
            return {row.message: row.reply_channel for row in await session.execute(query)}

    async def newest(
        self, server: ServerId, *, since: datetime, limit: int, older_than: CreationId | None = None
    ) -> Sequence[Creation]:
        """Works that were made in a server since then, newest first: the newest, or those before a cursor."""
        query = select(CreationRow.id).where(CreationRow.server == server, CreationRow.created_at >= since)
        query = query.order_by(CreationRow.id.desc())
        if older_than is not None:
            query = query.where(CreationRow.id < older_than)
        async with self._database.snapshot() as session:
            return (await self._all(session, (await session.scalars(query.limit(limit))).all()))[::-1]

    async def hidden_since(self, moment: datetime) -> Sequence[CreationId]:
        """The works that were hidden from then on, and still are."""
        query = select(CreationRow.id).where(CreationRow.hidden_at >= moment).order_by(CreationRow.hidden_at)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def hidden_in(self, channel: ChannelId) -> Sequence[CreationId]:
        """The works of a channel or thread that are hidden."""
        query = select(CreationRow.id).join(JobRow, JobRow.id == CreationRow.job_id)
        is_there = CreationRow.hidden_at.is_not(None) & (JobRow.reply_channel == channel)
        async with self._database.reading() as session:
            return (await session.scalars(query.where(is_there).order_by(CreationRow.id))).all()

    async def show(self, creation_id: CreationId, *, by: MemberId, at: datetime) -> bool:
        """Give a hidden work back to everybody, and tell the audit log. Returns whether it was hidden.

        Raises `CreationNotFoundError`.
        """
        async with self._database.writing() as session:
            row = await _locked(session, creation_id)
            was_hidden = row.hidden_at is not None
            if was_hidden:
                row.hidden_at = None
                entry = AuditEntry(server=row.server, moderator=by, deed=Deed.SHOWED, at=at, creation=creation_id)
                note(session, entry)
            return was_hidden

    async def release_held(self, creation_id: CreationId, showing: Showing, *, by: MemberId, at: datetime) -> bool:
        """Let its pictures be shown, in this way, that are held back, and tell the audit log. Returns whether any were.

        Raises `CreationNotFoundError`.
        """
        async with self._database.writing() as session:
            row = await _locked(session, creation_id)
            were_held = await let_show(session, creation_id, showing)
            if were_held:
                await settle(session, creation_id, by=by, at=at)
                entry = AuditEntry(server=row.server, moderator=by, deed=Deed.RELEASED, at=at, creation=creation_id)
                note(session, entry)
            return were_held

    async def pick(self, creation_id: CreationId, part: int) -> Creation:
        """Let one of several artifacts stand for the work. Raises `CreationNotFoundError`, also for a part without."""
        async with self._database.writing() as session:
            row = await _locked(session, creation_id)
            if not 0 <= part < len(row.artifacts):
                raise CreationNotFoundError(f"creation {creation_id} has no part {part}")
            row.picked = part
            return self._creation(row)

    async def unpost(self, messages: Collection[MessageId]) -> None:
        """These messages are gone from Discord. The works stay in the history, and so do their ratings."""
        query = select(PostRow.message).where(PostRow.message.in_(messages)).limit(1)
        async with self._database.reading() as session:  # Most messages of a server are none of ours.
            if await session.scalar(query) is None:
                return
        async with self._database.writing() as session:
            await session.execute(delete(PostRow).where(PostRow.message.in_(messages)))

    def _creation(self, row: CreationRow) -> Creation:
        return Creation(
            id=row.id,
            job=row.job_id,
            server=row.server,
            channel=row.job.reply_channel,
            parent=row.job.reply_parent,
            is_private=row.job.reply_is_private,
            member=row.member,
            request=row.job.request,
            provenance=row.provenance,
            artifacts=tuple(self._media.artifact(artifact) for artifact in row.artifacts),
            parents=parents_of(row.job),
            uploads=tuple(self._media.artifact(upload) for upload in row.job.uploads),
            picked=row.picked,
            hidden_at=row.hidden_at,
            created_at=row.created_at,
            messages=tuple(post.message for post in row.posts),
        )


def without_words(request: Request) -> Request:
    """What the ledger keeps of an erased request: figures, for the estimates."""
    return request.retyped(lambda _: ERASED_PROMPT)


async def _locked(session: AsyncSession, creation_id: CreationId) -> CreationRow:
    # The job first, as the ledger does: two that lock in different orders could wait for each other.
    of_job = select(JobRow).join(CreationRow, CreationRow.job_id == JobRow.id).where(CreationRow.id == creation_id)
    await session.execute(of_job.with_for_update(of=JobRow))
    row = await session.scalar(_CREATIONS.where(CreationRow.id == creation_id).with_for_update(of=CreationRow))
    if row is None:
        raise CreationNotFoundError(f"no creation {creation_id}")
    return row
