"""The ledger in SQL: the `JobStore` port of the contract."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from inference.contract.artifacts import Artifact, Making
from inference.contract.errors import (
    ArtifactLostError,
    CreationNotFoundError,
    DiskFullError,
    Failure,
    IllegalMoveError,
    JobNotFoundError,
    QuotaReachedError,
    StorageUnavailableError,
)
from inference.contract.identifiers import CreationId, JobId, MemberId, MessageId, ModelName, ServerId
from inference.contract.jobs import NO_LIMITS, Job, JobState, Limits, Submission, moved
from storage.database import Database, hold
from storage.domain import ERASED_MEMBER
from storage.duels import paired
from storage.files import unnamed
from storage.ledger import creation_of, job_of, row_of
from storage.lineage import sources_of
from storage.media import MediaStore
from storage.quota import require_quota
from storage.reports import report_if_held
from storage.scoring.simhash import simhash
from storage.search import index
from storage.standings import born
from storage.tables import CreationRow, JobRow, PostRow

# A job and the id of what it made.
_JOBS: Final = select(JobRow, CreationRow.id).outerjoin(CreationRow, CreationRow.job_id == JobRow.id)
# Of an erased member's job nothing is left but figures: to everybody who asks for it, it is gone.
_IS_SOMEBODYS: Final = JobRow.member != ERASED_MEMBER
# After these it is certain that nothing was written down; after any other error it may have been.
_REFUSALS: Final = (
    ArtifactLostError,
    CreationNotFoundError,
    DiskFullError,
    IllegalMoveError,
    JobNotFoundError,
    QuotaReachedError,
)
# The job that others stand before. Once for all: an alias takes longer to make than the query to run.
_THIS: Final = aliased(JobRow)


class SqlJobStore:
    """The ledger. Moves lock the job's row first, so that of two at once the second sees what the first did."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media

    async def add(self, submission: Submission, *, limits: Limits = NO_LIMITS) -> Job:
        """Raises `CreationNotFoundError` when a parent was deleted meanwhile, `ArtifactLostError` for an upload."""
        if not submission.uploads:
            return await self._add(submission, [], limits)
        async with self._media.changing, self._adopted(submission.uploads) as uploads:
            return await self._add(submission, uploads, limits)

    async def _add(self, submission: Submission, uploads: Sequence[Artifact], limits: Limits) -> Job:
        async with self._database.writing() as session:
            if limits != NO_LIMITS:
                await hold(session, submission.member)
                await require_quota(session, submission, limits)
            for parent in submission.parents:
                await _require_creation(session, parent.creation)
            row = row_of(submission, uploads)
            session.add(row)
            await session.flush()
            return self._job(row, None)

    async def of_server(self, job_id: JobId, server: ServerId) -> Job:
        """As `get`, for an id that came from outside. Raises `JobNotFoundError`, also for another server's."""
        job = await self.get(job_id)
        if job.reply.server != server:
            raise JobNotFoundError(f"job {job_id} is of another server")
        return job

    async def get(self, job_id: JobId) -> Job:
        async with self._database.reading() as session:
            found = (await session.execute(_JOBS.where(JobRow.id == job_id, _IS_SOMEBODYS))).one_or_none()
        if found is None:
            raise JobNotFoundError(f"no job {job_id}")
        return self._job(*found)

    async def move(
        self,
        job_id: JobId,
        state: JobState,
        *,
        at: datetime,
        failure: Failure | None = None,
        is_attempt: bool = False,
    ) -> Job:
        if state is JobState.SUCCEEDED:
            raise IllegalMoveError(f"job {job_id}: only `succeed` ends a job in success")
        async with self._database.writing() as session:
            row, creation = await _locked(session, job_id)
            _move(row, state, at=at)
            row.failure = failure
            row.attempts += is_attempt
            return self._job(row, creation)

    async def succeed(self, job_id: JobId, making: Making, *, at: datetime) -> Job:
        """The engine's files are removed once the creation is committed; after an error all of them still stand."""
        async with self._media.changing:
            await self._require_wanted(job_id, making)  # Before anything is copied.
            async with self._adopted(making.artifacts) as kept:
                prints = [await self._print_of(artifact) for artifact in kept]
                async with self._database.writing() as session:
                    row, _ = await _locked(session, job_id)
                    _move(row, JobState.SUCCEEDED, at=at)
                    row.made_with = making.provenance.model
                    row.made_size = making.size
                    row.device_seconds = making.device_seconds
                    creation = creation_of(row, making, kept, prints, at=at)
                    session.add(creation)
                    await session.flush()
                    await index(session, creation, row.request.prompt)
                    report_if_held(session, creation)
                    await born(session, creation)
                    await paired(session, creation, row.parents)
                    job = self._job(row, creation.id)
        await self._media.remove(artifact.path for artifact in making.artifacts)
        return job

    async def _print_of(self, artifact: Artifact) -> str | None:
        """By which a text is known again; a picture brings its own."""
        return simhash(await self._media.read_text(artifact)) if artifact.media_type == "text/plain" else None

    async def _require_wanted(self, job_id: JobId, making: Making) -> None:
        try:
            (await self.get(job_id)).moved_to(JobState.SUCCEEDED)
        except JobNotFoundError:  # Erased: what was made of the member's words must not stay either.
            await self._media.remove(artifact.path for artifact in making.artifacts)
            raise

    @asynccontextmanager
    async def _adopted(self, artifacts: Sequence[Artifact]) -> AsyncIterator[Sequence[Artifact]]:
        """Their copies in the media store, which go again where the block has certainly come to nothing."""
        taken: list[Artifact] = []
        try:
            for artifact in artifacts:
                taken.append(await self._adopt(artifact))  # noqa: PERF401, since what came before an error goes too.
            yield taken
        except _REFUSALS:
            await self._discard(taken)
            raise

    async def _adopt(self, artifact: Artifact) -> Artifact:
        if not await asyncio.to_thread(artifact.path.is_file):
            raise ArtifactLostError(f"{artifact.path.name} is gone")
        kept = await self._media.adopt(artifact.path, artifact.media_type)
        if kept.sha256 != artifact.sha256:
            await self._discard([kept])
            raise ArtifactLostError(f"{artifact.path.name} is no longer what it was")
        return replace(kept, picture=artifact.picture)

    async def _discard(self, taken: Sequence[Artifact]) -> None:
        """Remove what was taken in for nothing, and no row names. Where that cannot be told, it is left to a sweep."""
        with suppress(StorageUnavailableError):
            async with self._database.reading() as session:
                orphans = await unnamed(session, self._media, taken)
            await self._media.remove(orphans)

    async def sources(self, job_id: JobId) -> Sequence[Artifact]:
        async with self._database.snapshot() as session:
            row = await session.get(JobRow, job_id)
            if row is None:
                raise JobNotFoundError(f"no job {job_id}")
            return [self._media.artifact(found) for found in await sources_of(session, row)]

    async def waiting(self, *, limit: int, without: Collection[JobId] = ()) -> Sequence[Job]:
        query = select(JobRow).where(JobRow.state == JobState.QUEUED, JobRow.id.not_in(without))
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(JobRow.start_tag, JobRow.id).limit(limit))).all()
        return [self._job(row, None) for row in rows]

    async def place(self, job_id: JobId) -> int:
        """Also 0 when there is no such job."""
        query = (
            select(func.count())
            .select_from(JobRow)
            .join(_THIS, tuple_(JobRow.start_tag, JobRow.id) <= tuple_(_THIS.start_tag, _THIS.id))
            .where(JobRow.state == JobState.QUEUED, _THIS.id == job_id, _THIS.state == JobState.QUEUED)
        )
        async with self._database.reading() as session:
            return await session.scalar(query) or 0

    async def unfinished(self, member: MemberId, server: ServerId) -> Sequence[Job]:
        """The member's jobs that wait or run in a server: the running ones first, then in order of their turn."""
        query = select(JobRow).where(
            JobRow.member == member,
            JobRow.state.in_((JobState.QUEUED, JobState.RUNNING)),
            JobRow.reply_server == server,
        )
        async with self._database.reading() as session:
            jobs = [self._job(row, None) for row in await session.scalars(query)]
        return sorted(jobs, key=lambda job: (job.state is JobState.QUEUED, job.start_tag, job.id))

    async def requeue_running(self) -> Sequence[Job]:
        query = select(JobRow).where(JobRow.state == JobState.RUNNING).order_by(JobRow.start_tag, JobRow.id)
        async with self._database.writing() as session:
            rows = (await session.scalars(query.with_for_update())).all()
            for row in rows:
                row.state = JobState.QUEUED
            return [self._job(row, None) for row in rows]

    async def virtual_time(self) -> float:
        query = select(func.max(JobRow.start_tag)).where(JobRow.started_at.is_not(None))
        async with self._database.reading() as session:
            return await session.scalar(query) or 0.0

    async def last_finish_tag(self, member: MemberId) -> float:
        was_never_served = (JobRow.state == JobState.CANCELLED) & JobRow.started_at.is_(None)
        query = (
            select(JobRow.finish_tag)
            .where(JobRow.member == member, ~was_never_served)
            .order_by(JobRow.finish_tag.desc())
            .limit(1)
        )
        async with self._database.reading() as session:
            return await session.scalar(query) or 0.0

    async def recent_costs(self, model: ModelName, *, limit: int) -> Sequence[tuple[int, float]]:
        query = (
            select(JobRow.made_size, JobRow.device_seconds)
            .where(JobRow.made_with == model)
            .order_by(JobRow.finished_at.desc(), JobRow.id.desc())
            .limit(limit)
        )
        async with self._database.reading() as session:
            costs = (await session.execute(query)).all()
        # The three columns are set together.
        return [(size, seconds) for size, seconds in reversed(costs) if size is not None and seconds is not None]

    async def delivered(self, job_id: JobId, messages: Sequence[MessageId], *, at: datetime) -> None:
        """Said again, the first time stands and the last messages do. Raises `JobNotFoundError`, `IllegalMoveError`."""
        async with self._database.writing() as session:
            row, creation = await _locked(session, job_id)
            if not row.state.is_final:
                raise IllegalMoveError(f"job {job_id} is {row.state}, not ended")
            row.delivered_at = row.delivered_at or at
            if creation is not None:
                await session.execute(
                    delete(PostRow).where(PostRow.creation == creation, PostRow.message.not_in(messages))
                )
                for part, message in enumerate(messages):
                    await session.merge(PostRow(message=message, creation=creation, part=part))

    async def undelivered(self) -> Sequence[Job]:
        query = _JOBS.where(JobRow.finished_at.is_not(None), JobRow.delivered_at.is_(None))
        async with self._database.reading() as session:
            found = (await session.execute(query.order_by(JobRow.finished_at, JobRow.id))).all()
        return [self._job(row, creation) for row, creation in found]

    def _job(self, row: JobRow, creation: CreationId | None) -> Job:
        return job_of(row, creation, self._media)


async def _locked(session: AsyncSession, job_id: JobId) -> tuple[JobRow, CreationId | None]:
    query = _JOBS.where(JobRow.id == job_id, _IS_SOMEBODYS).with_for_update(of=JobRow)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise JobNotFoundError(f"no job {job_id}")
    row, creation = found
    return row, creation


async def _require_creation(session: AsyncSession, creation: CreationId) -> None:
    # Held until the job refers to it, so that it is not deleted in between.
    query = select(CreationRow.id).where(CreationRow.id == creation).with_for_update(read=True, key_share=True)
    if await session.scalar(query) is None:
        raise CreationNotFoundError(f"no creation {creation}")


def _move(row: JobRow, state: JobState, *, at: datetime) -> None:
    row.state = moved(row.id, row.state, state)
    if state is JobState.RUNNING:
        row.started_at = at
    elif state.is_final:
        row.finished_at = at
