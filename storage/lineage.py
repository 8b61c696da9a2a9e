"""Which works come from which: the walk from a work to what it was made from, and to what was made from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.image import Showing
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from storage.database import Database
from storage.tables import ArtifactRow, CreationRow, JobRow, ParentRow, UploadRow

# More than any model's context holds of them; and a bound, whatever the rows say.
MAX_PASSAGES: Final = 32
_DRAWN_OVER: Final = (Relation.VARIATION, Relation.REFERENCE, Relation.UPSCALE)

_MAKINGS: Final = select(CreationRow).options(
    selectinload(CreationRow.artifacts), joinedload(CreationRow.job, innerjoin=True)
)
_SHOWN: Final = (
    select(ArtifactRow)
    .join(CreationRow, CreationRow.id == ArtifactRow.creation)
    .where(CreationRow.hidden_at.is_(None), ArtifactRow.showing.is_distinct_from(Showing.HELD))
)
# A child is younger than its parent: whatever the rows say, nobody becomes their own ancestor.
_DESCENTS: Final = (
    select(CreationRow.id, ParentRow.creation, ParentRow.relation)
    .join(ParentRow, ParentRow.job == CreationRow.job_id)
    .where(ParentRow.creation < CreationRow.id)
)


async def sources_of(session: AsyncSession, job: JobRow) -> Sequence[ArtifactRow | UploadRow]:
    """What the job is made from, oldest first; see `JobStore.sources`."""
    return await (_picture_of if job.request.medium is Medium.IMAGE else _passages_of)(session, job)


async def _picture_of(session: AsyncSession, job: JobRow) -> Sequence[ArtifactRow | UploadRow]:
    """Of a work made again or remixed it is what the first was drawn over: it stays whose it was, and goes with it.

    Nothing is drawn over what moderators have hidden or hold back.
    """
    for _ in range(MAX_PASSAGES):
        if job.uploads:
            return job.uploads
        parent = next(filter(None, (_parent(job, relation) for relation in _DRAWN_OVER)), None)
        if parent is not None:
            query = _SHOWN.where(ArtifactRow.creation == parent.creation, ArtifactRow.part == parent.part)
            return (await session.scalars(query)).all()
        earlier = _parent(job, Relation.AGAIN) or _parent(job, Relation.REMIX)
        if earlier is None:
            break
        first = (await session.scalars(_MAKINGS.where(CreationRow.id == earlier.creation))).one()
        if first.hidden_at is not None:
            break
        job = first.job
    return []


async def _passages_of(session: AsyncSession, job: JobRow) -> Sequence[ArtifactRow]:
    passages: list[ArtifactRow] = []
    parent = _parent(job, Relation.REVISION) or _parent(job, Relation.CONTINUATION)
    while parent is not None and len(passages) < MAX_PASSAGES:
        creation = (await session.scalars(_MAKINGS.where(CreationRow.id == parent.creation))).one()
        passages += [artifact for artifact in creation.artifacts if artifact.part == parent.part]
        if parent.relation is Relation.REVISION:
            break
        parent = await _gone_on_from(session, creation.job)
    return passages[::-1]


async def _gone_on_from(session: AsyncSession, job: JobRow) -> ParentRow | None:
    """The passage before the one that this job made; that of a revision is the earlier version's."""
    for _ in range(MAX_PASSAGES):
        earlier = _parent(job, Relation.REVISION)
        if earlier is None:
            break
        job = (await session.scalars(_MAKINGS.where(CreationRow.id == earlier.creation))).one().job
    return _parent(job, Relation.CONTINUATION)


def _parent(job: JobRow, relation: Relation) -> ParentRow | None:
    return next((parent for parent in job.parents if parent.relation is relation), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """That one work was made from another."""

    child: CreationId
    parent: CreationId
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A work, what it comes from, and what comes from it. A parent is older than its child, so there are no loops."""

    work: CreationId
    members: tuple[CreationId, ...]  # With the work itself, oldest first.
    descents: tuple[Descent, ...]  # Between members; the first of a child is the one that it was asked for with.
    is_whole: bool  # Otherwise some were left out, farthest first.


class Lineage:
    """Who comes from whom among the works of a server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def family(self, work: CreationId, server: ServerId, *, viewer: MemberId, limit: int) -> Family:
        """At most `limit` works, the nearest generations first, without others' works that are hidden.

        A work that is not there, or not to be seen, has a family without members.
        """
        is_seen = (CreationRow.server == server) & (CreationRow.hidden_at.is_(None) | (CreationRow.member == viewer))
        async with self._database.snapshot() as session:
            earlier = await _seen(session, {work}, is_seen)
            known, later, is_whole = set(earlier), set(earlier), True
            while (earlier or later) and is_whole:
                earlier = await _seen(session, await _parents(session, earlier) - known, is_seen)
                later = await _children(session, later, is_seen, limit=limit + len(known)) - known
                room = limit - len(known)
                is_whole = len(earlier) + len(later) <= room
                known |= {*[*sorted(earlier, reverse=True), *sorted(later)][:room]}
            between = _DESCENTS.where(CreationRow.id.in_(known), ParentRow.creation.in_(known))
            rows = (await session.execute(between.order_by(CreationRow.id, ParentRow.position))).all()
        descents = tuple(Descent(child=child, parent=parent, relation=relation) for child, parent, relation in rows)
        return Family(work=work, members=tuple(sorted(known)), descents=descents, is_whole=is_whole)


async def _seen(
    session: AsyncSession, creations: Collection[CreationId], is_seen: ColumnElement[bool]
) -> set[CreationId]:
    query = select(CreationRow.id).where(CreationRow.id.in_(creations), is_seen)
    return set(await session.scalars(query)) if creations else set()


async def _parents(session: AsyncSession, children: Collection[CreationId]) -> set[CreationId]:
    query = _DESCENTS.where(CreationRow.id.in_(children))
    return {parent for _, parent, _ in await session.execute(query)} if children else set()


async def _children(
    session: AsyncSession, parents: Collection[CreationId], is_seen: ColumnElement[bool], *, limit: int
) -> set[CreationId]:
    """The first `limit` of them: a work that many liked may have been made again a thousand times."""
    query = _DESCENTS.where(ParentRow.creation.in_(parents), is_seen).order_by(CreationRow.id).limit(limit + 1)
    return {child for child, _, _ in await session.execute(query)} if parents else set()
