"""Finished works: found again, turned over page by page, erased."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from inference.contract.artifacts import Artifact
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from inference.contract.requests import Request
from storage.database import Database
from storage.domain import Creation, Page
from storage.jobs import parents_of
from storage.media import MediaStore
from storage.tables import ArtifactRow, CreationRow, JobRow, PostRow

ERASED_PROMPT: Final = "[erased]"  # Stands in the ledger for the prompt of a deleted creation.

_CREATIONS: Final = select(CreationRow).options(
    joinedload(CreationRow.job, innerjoin=True),
    selectinload(CreationRow.artifacts),
    selectinload(CreationRow.posts),
)


class Creations:
    """The works that were made and not deleted."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media

    async def get(self, creation_id: CreationId) -> Creation:
        """Raises `CreationNotFoundError`."""
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

    async def page(
        self,
        server: ServerId,
        member: MemberId,
        *,
        limit: int,
        older_than: CreationId | None = None,
        newer_than: CreationId | None = None,
    ) -> Page[Creation]:
        """At most `limit` of a member's works in a server, newest first: the newest, or those next to a cursor."""
        mine = (CreationRow.server == server) & (CreationRow.member == member)
        query = _CREATIONS.where(mine).limit(limit)
        if newer_than is not None:
            query = query.where(CreationRow.id > newer_than).order_by(CreationRow.id)
        else:
            query = query.order_by(CreationRow.id.desc())
            if older_than is not None:
                query = query.where(CreationRow.id < older_than)
        async with self._database.snapshot() as session:
            rows = sorted((await session.scalars(query)).all(), key=lambda row: row.id, reverse=True)
            oldest, newest = (
                await session.execute(select(func.min(CreationRow.id), func.max(CreationRow.id)).where(mine))
            ).one()
        return Page(
            rows=tuple(self._creation(row) for row in rows),
            older=rows[-1].id if rows and rows[-1].id > oldest else None,
            newer=rows[0].id if rows and rows[0].id < newest else None,
        )

    async def delete(self, creation_id: CreationId) -> tuple[MessageId, ...]:
        """Erase a work, what members thought of it, its prompt, and its files unless another work has the same.

        Returns the messages in which it stood. Its job keeps its cost and its tags. Raises `CreationNotFoundError`.
        """
        async with self._media.changing:
            async with self._database.writing() as session:
                row = await _locked(session, creation_id)
                creation = self._creation(row)
                row.job.request = _without_words(row.job.request)
                # The database takes along all that refers to it.
                await session.execute(delete(CreationRow).where(CreationRow.id == creation_id))
                orphans = await self._without_row(session, creation.artifacts)
            await self._media.remove(orphans)
        await self._database.overwrite_erased()
        return creation.messages

    async def unpost(self, messages: Collection[MessageId]) -> None:
        """These messages are gone from Discord. The works stay in the history, and so do their ratings."""
        query = select(PostRow.message).where(PostRow.message.in_(messages)).limit(1)
        async with self._database.reading() as session:  # Most messages of a server are none of ours.
            if await session.scalar(query) is None:
                return
        async with self._database.writing() as session:
            await session.execute(delete(PostRow).where(PostRow.message.in_(messages)))

    async def _without_row(self, session: AsyncSession, artifacts: Collection[Artifact]) -> set[Path]:
        hashes = {artifact.sha256 for artifact in artifacts}
        query = select(ArtifactRow.sha256, ArtifactRow.media_type).where(ArtifactRow.sha256.in_(hashes))
        kept = {self._media.path(sha256, media_type) for sha256, media_type in await session.execute(query)}
        return {artifact.path for artifact in artifacts} - kept

    def _creation(self, row: CreationRow) -> Creation:
        return Creation(
            id=row.id,
            job=row.job_id,
            server=row.server,
            channel=row.job.reply_channel,
            member=row.member,
            request=row.job.request,
            provenance=row.provenance,
            artifacts=tuple(self._media.artifact(artifact) for artifact in row.artifacts),
            parents=parents_of(row.job),
            picked=row.picked,
            hidden_at=row.hidden_at,
            created_at=row.created_at,
            messages=tuple(post.message for post in row.posts),
        )


def _without_words(request: Request) -> Request:
    """What the ledger keeps of an erased request: figures, for the estimates."""
    return replace(request, prompt=ERASED_PROMPT, change=ERASED_PROMPT if request.change else None)


async def _locked(session: AsyncSession, creation_id: CreationId) -> CreationRow:
    # The job first, as the ledger does: two that lock in different orders could wait for each other.
    of_job = select(JobRow).join(CreationRow, CreationRow.job_id == JobRow.id).where(CreationRow.id == creation_id)
    await session.execute(of_job.with_for_update(of=JobRow))
    row = await session.scalar(_CREATIONS.where(CreationRow.id == creation_id).with_for_update(of=CreationRow))
    if row is None:
        raise CreationNotFoundError(f"no creation {creation_id}")
    return row
