"""What an erased work leaves in the works that others began from it: they stay, its words do not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import CreationId, JobId, MemberId
from inference.contract.jobs import JobState
from inference.contract.requests import Request
from storage.creations import ERASED_PROMPT
from storage.outdated import note_outdated
from storage.tables import CreationRow, JobRow, ParentRow, TermRow

Id = TypeVar("Id", JobId, CreationId)

_AT_A_TIME: Final = 1_000  # Parameters of one statement; SQLite takes 32,766.
_MAX_GENERATIONS: Final = 32  # How far up it is looked whose words they are.


async def words_of(session: AsyncSession, jobs: Sequence[JobRow], member: MemberId) -> frozenset[str]:
    """What this member typed for these jobs, and not what the member took over from others' works.

    Words are of whoever made the earliest work, of those that a job descends from, which has them.
    """
    sought = frozenset[str]().union(*(_words(job.request) for job in jobs))
    known = {job.id: _Ancestor(member=job.member, words=_words(job.request)) for job in jobs}
    generation: Collection[JobId] = {job.id for job in jobs if job.parents}
    for _ in range(_MAX_GENERATIONS):
        generation = await _learn_parents(session, generation, known, sought)
    for job in generation:  # Too far down to tell: better a stranger's words than the member's left standing.
        known[job].member = member
    return frozenset(
        word
        for one in known.values()
        for word in one.words & sought
        if one.member == member and not any(word in known[parent].words for parent in one.parents)
    )


@dataclass(slots=True)
class _Ancestor:
    member: MemberId
    words: frozenset[str]
    parents: list[JobId] = field(default_factory=list)


async def _learn_parents(
    session: AsyncSession, children: Collection[JobId], known: dict[JobId, _Ancestor], sought: frozenset[str]
) -> set[JobId]:
    """Returns those with any of the words that were not known before."""
    if not children:
        return set()
    query = (
        select(ParentRow.job, JobRow.id, JobRow.member, JobRow.request)
        .join(CreationRow, CreationRow.id == ParentRow.creation)
        .join(JobRow, JobRow.id == CreationRow.job_id)
        .where(ParentRow.job.in_(children))
    )
    found: set[JobId] = set()
    for child, parent, member, request in await session.execute(query):
        words = _words(request)
        if words & sought:
            known[child].parents.append(parent)
            if parent not in known:
                known[parent] = _Ancestor(member=member, words=words)
                found.add(parent)
    return found


def _words(request: Request) -> frozenset[str]:
    return frozenset(request.typed) - {ERASED_PROMPT}


async def fail_and_scrub_heirs(
    session: AsyncSession, creations: Collection[CreationId], words: frozenset[str], member: MemberId, *, at: datetime
) -> list[JobId]:
    """Take the words, where they were inherited as they are, out of whatever others began from these creations.

    Their messages are written down as still to be shown again.
    What still waits or runs with them cannot be made any more, and fails: those jobs are returned.
    """
    failed: list[JobId] = []
    seen: set[JobId] = set()
    generation: Sequence[CreationId] = list(creations)
    while generation:
        heirs = [job for job in await _begun_from(session, generation) if job.id not in seen]
        seen.update(job.id for job in heirs)
        scrubbed = [job for job in heirs if job.member != member and _scrub(job, words)]
        for job in scrubbed:
            if not job.state.is_final:
                job.state, job.finished_at = JobState.FAILED, at
                job.failure = Failure(code=FailureCode.SOURCE_GONE)
                failed.append(job.id)
        generation = await _made_by(session, [job.id for job in heirs])
        for some in _batches([job.id for job in scrubbed]):
            works = await _made_by(session, some)
            await _forget_words(session, works)
            await note_outdated(session, some, works)
    return failed


async def _begun_from(session: AsyncSession, creations: Sequence[CreationId]) -> list[JobRow]:
    heirs: dict[JobId, JobRow] = {}
    for some in _batches(creations):
        begun = select(ParentRow.job).where(ParentRow.creation.in_(some))
        query = select(JobRow).where(JobRow.id.in_(begun)).order_by(JobRow.id).with_for_update()
        heirs |= {job.id: job for job in await session.scalars(query)}
    return list(heirs.values())


async def _made_by(session: AsyncSession, jobs: Sequence[JobId]) -> list[CreationId]:
    made: list[CreationId] = []
    for some in _batches(jobs):
        made += await session.scalars(select(CreationRow.id).where(CreationRow.job_id.in_(some)))
    return made


async def _forget_words(session: AsyncSession, creations: Sequence[CreationId]) -> None:
    """What these works are found by, and what their provenance says in words."""
    for some in _batches(creations):
        await session.execute(delete(TermRow).where(TermRow.creation.in_(some)))
        query = select(CreationRow).where(CreationRow.id.in_(some)).order_by(CreationRow.id).with_for_update()
        for work in await session.scalars(query):
            work.provenance = work.provenance.without_words()


def _scrub(job: JobRow, words: frozenset[str]) -> bool:
    """Returns whether there was anything to take out."""
    scrubbed = _scrubbed(job.request, words)
    if scrubbed == job.request:
        return False
    job.request = scrubbed
    return True


def _scrubbed(request: Request, words: frozenset[str]) -> Request:
    return request.retyped(lambda word: ERASED_PROMPT if word in words else word)


def _batches(ids: Sequence[Id]) -> Iterable[Sequence[Id]]:
    return (ids[start : start + _AT_A_TIME] for start in range(0, len(ids), _AT_A_TIME))
