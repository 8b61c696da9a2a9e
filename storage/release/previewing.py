"""What a release would hold, told before it is made."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.database import Database
from storage.media import MediaStore
from storage.release.eligibility import IN
from storage.release.gathering import duels_after
from storage.release.plan import Plan, planned, spans_of
from storage.release.splits import SPLITS
from storage.release.tombs import tombstones
from storage.release.values import Phase, Preview, Progress, ReleaseRequest
from storage.showable import is_shown
from storage.tables import ArtifactRow, CreationRow, RatingRow


async def previewed(database: Database, media: MediaStore, request: ReleaseRequest, progress: Progress) -> Preview:
    """Raises `StorageUnavailableError`."""
    progress(Phase.PLAN, 0, 1)
    plan = await planned(database, media, request)
    counts = _Counts()
    chosen = plan.chosen
    for first, last in spans_of(chosen):
        async with database.snapshot() as session:
            await counts.add(session, request, plan, first, last)
        progress(Phase.WORKS, counts.by_medium.total(), len(chosen))
    by_split = Counter(plan.split[plan.reason == IN].tolist())
    graves = [one async for one in tombstones(database, request.server, plan, below=request.version)]
    return Preview(
        works=len(chosen),
        by_medium={medium: counts.by_medium[medium] for medium in Medium if counts.by_medium[medium]},
        by_split={split: by_split[place] for place, split in enumerate(SPLITS) if by_split[place]},
        ratings=counts.ratings,
        ratings_left_out=counts.ratings_left_out,
        duels=await _duels(database, request, plan),
        excluded=plan.excluded,
        size_bytes=counts.size_bytes,
        licences=dict(sorted(counts.licences.items())),
        tombstones=len(graves),
        is_split_by_author=plan.is_split_by_author,
    )


@dataclass(slots=True, kw_only=True)
class _Counts:
    by_medium: Counter[Medium] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    ratings: int = 0
    ratings_left_out: int = 0
    size_bytes: int = 0

    async def add(
        self, session: AsyncSession, request: ReleaseRequest, plan: Plan, first: CreationId, last: CreationId
    ) -> None:
        """Those works between these two that are in."""
        here = (CreationRow.server == request.server) & CreationRow.id.between(first, last)
        model = type_coerce(CreationRow.provenance, JSON)["model"].as_string()
        for _, medium, name in await _of(plan, session, select(CreationRow.id, CreationRow.medium, model).where(here)):
            self.by_medium[medium] += 1
            terms = request.models.get(name)
            self.licences[terms.licence if terms else "unknown"] += 1
        sizes = (
            select(ArtifactRow.creation, func.sum(ArtifactRow.size_bytes))
            .join(CreationRow, CreationRow.id == ArtifactRow.creation)
            .where(here, is_shown(ArtifactRow))
            .group_by(ArtifactRow.creation)
        )
        self.size_bytes += sum(int(size) for _, size in await _of(plan, session, sizes))
        rated = select(RatingRow.creation, RatingRow.member).join(CreationRow, CreationRow.id == RatingRow.creation)
        agreed = [member in plan.raters for _, member in await _of(plan, session, rated.where(here))]
        self.ratings += sum(agreed)
        self.ratings_left_out += len(agreed) - sum(agreed)


async def _of(plan: Plan, session: AsyncSession, query: Any) -> list[Any]:
    """The rows of works that are in; a work is the first of each."""
    rows = (await session.execute(query)).all()
    here = plan.splits_of([row[0] for row in rows])
    return [row for row in rows if row[0] in here]


async def _duels(database: Database, request: ReleaseRequest, plan: Plan) -> int:
    count, after = 0, 0
    while True:
        async with database.snapshot() as session:
            rows = (await session.execute(duels_after(request.server, after))).all()
        if not rows:
            return count
        after = rows[-1].id
        here = plan.splits_of([work for row in rows for work in (row.left_work, row.right_work)])
        count += sum(row.left_work in here and row.right_work in here and row.member in plan.raters for row in rows)
