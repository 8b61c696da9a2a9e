"""Which works come from which, as rows: the walk from a work to what it was made from."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from inference.contract.jobs import Relation
from storage.tables import ArtifactRow, CreationRow, JobRow, ParentRow

# More than any model's context holds of them; and a bound, whatever the rows say.
MAX_PASSAGES: Final = 32

_MAKINGS: Final = select(CreationRow).options(
    selectinload(CreationRow.artifacts), joinedload(CreationRow.job, innerjoin=True)
)


async def sources_of(session: AsyncSession, job: JobRow) -> list[ArtifactRow]:
    """What the job is made from, oldest first; see `JobStore.sources`."""
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
