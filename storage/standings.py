"""Where the works of a server stand: kept up with each rating, and read in pages from an index."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.mediums import Medium
from storage.database import Database
from storage.domain import Place, Ranked, Selection, Sight, Standing, StandingPage
from storage.leads import hold_kin, kinds_of, lead
from storage.ranking import page_of, standing_of
from storage.scoring import USUAL_SCALE, Estimate, Opinion, Scale, estimate
from storage.showable import is_showable
from storage.tables import CreationRow, PraiseRow, RaterRow, RatingRow, ScaleRow, StandingRow

# Knuth's multiplicative hash: neighbours in time come apart.
_SHUFFLE: Final = 2_654_435_761
CHANCES: Final = 2**32  # What the number that shuffles works is below.


class Standings:
    """Scores, and the walks along them. All pages are found by keys, never by counting."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, creations: Collection[CreationId]) -> Mapping[CreationId, Standing]:
        """Where these works stand, those left out that are no longer there."""
        query = select(StandingRow).where(StandingRow.creation.in_(creations))
        async with self._database.reading() as session:
            return {row.creation: standing_of(row) for row in await session.scalars(query)}

    async def neediest(
        self,
        server: ServerId,
        member: MemberId,
        *,
        limit: int,
        medium: Medium | None = None,
        start: int = 0,
        with_unsafe: bool = True,
        sight: Sight | None,
    ) -> Sequence[CreationId]:
        """Works that most need a rating of this member: those of which the least is known, shuffled where equal.

        Never the member's own, nor one that they rated, or that is not to be shown; see `storage.showable`. Those that
        nobody rated come in the order of their `chance`, from `start` on, 0 to `CHANCES`: others may begin elsewhere.
        """
        rated = select(RatingRow.creation).where(RatingRow.member == member, RatingRow.creation == StandingRow.creation)
        query = (
            select(StandingRow.creation)
            .join(CreationRow, CreationRow.id == StandingRow.creation)
            .where(
                StandingRow.server == server,
                StandingRow.member != member,
                is_showable(with_unsafe=with_unsafe, sight=sight),
                ~rated.exists(),
            )
            .order_by(StandingRow.information, StandingRow.chance, StandingRow.creation)
        )
        if medium is not None:
            query = query.where(StandingRow.medium == medium)
        is_bare = StandingRow.information == 0
        found: list[CreationId] = []
        async with self._database.snapshot() as session:
            for some in (
                is_bare & (StandingRow.chance >= start),
                is_bare & (StandingRow.chance < start),
                StandingRow.information > 0,
            ):
                if len(found) < limit:
                    found += await session.scalars(query.where(some).limit(limit - len(found)))
        return found

    async def best(
        self, server: ServerId, wanted: Ranked, *, limit: int, below: Place | None = None, above: Place | None = None
    ) -> StandingPage:
        """At most `limit` works, the surest to be good first: by the lower bound of what their ratings say.

        Near duplicates are folded into the best of them. The page after `below`, or before `above`. Where hardly
        anything is like that, it is looked for only so far: see `StandingPage`.
        """
        async with self._database.snapshot() as session:
            return await page_of(session, server, wanted, limit=limit, below=below, above=above)


async def born(session: AsyncSession, creation: CreationRow) -> None:
    """Give a new work its place, in the transaction that makes it."""
    bare = estimate((), (await _scales(session, {creation.server}))[creation.server])
    session.add(
        StandingRow(
            creation=creation.id,
            server=creation.server,
            member=creation.member,
            medium=creation.medium,
            created_at=creation.created_at,
            raters=0,
            information=0.0,
            score=bare.score,
            low=bare.low,
            high=bare.high,
            chance=chance_of(creation.id),
            alike=creation.id,
            is_lead=True,
            selection=Selection.OPEN,
        )
    )


def chance_of(creation: CreationId) -> int:
    return creation * _SHUFFLE % CHANCES


async def rescore(session: AsyncSession, creations: Collection[CreationId]) -> None:
    """Bring the scores of some works in line with their ratings, in the transaction that changes these."""
    if not creations:
        return
    await hold_kin(session, creations)
    await put(session, await estimates_of(session, creations))
    await lead(session, await kinds_of(session, creations))


async def estimates_of(session: AsyncSession, creations: Collection[CreationId]) -> Mapping[CreationId, Estimate]:
    """What the ratings of some works say of them, those left out that are no longer there."""
    rows = (await session.execute(_OPINIONS.where(StandingRow.creation.in_(creations)))).all()
    servers = {row.creation: row.server for row in rows}
    scales = await _scales(session, set(servers.values()))
    opinions: defaultdict[CreationId, list[Opinion]] = defaultdict(list)
    # Of a work that nobody rated, the join has one row of nothing. Sums in any order would differ in the last digit.
    for row in sorted((row for row in rows if row.stars is not None), key=lambda row: row.member):
        opinions[row.creation].append(
            Opinion(
                stars=row.stars / row.axes,
                severity=row.severity or 0.0,
                severity_variance=None if row.deviation is None else row.deviation**2,
                weight=(1.0 if row.weight is None else row.weight) * (1.0 if row.praise is None else row.praise),
            )
        )
    return {each: estimate(opinions[each], scales[server]) for each, server in servers.items()}


async def put(session: AsyncSession, estimates: Mapping[CreationId, Estimate]) -> None:
    if not estimates:
        return
    connection = await session.connection()  # A statement for many rows, which a session would take for objects.
    await connection.execute(
        update(StandingRow)
        .where(StandingRow.creation == bindparam("of"))
        .values({name: bindparam(name) for name in ("raters", "information", "score", "low", "high")}),
        [
            {
                "of": creation,
                "raters": one.raters,
                "information": one.information,
                "score": one.score,
                "low": one.low,
                "high": one.high,
            }
            for creation, one in estimates.items()
        ],
    )


_OPINIONS: Final = (
    select(
        StandingRow.creation,
        StandingRow.server,
        RatingRow.member,
        func.sum(RatingRow.stars).label("stars"),
        func.count(RatingRow.stars).label("axes"),
        func.max(RaterRow.severity).label("severity"),
        func.max(RaterRow.severity_deviation).label("deviation"),
        func.max(RaterRow.weight).label("weight"),
        func.max(PraiseRow.weight).label("praise"),
    )
    .outerjoin(RatingRow, RatingRow.creation == StandingRow.creation)
    .outerjoin(RaterRow, and_(RaterRow.server == StandingRow.server, RaterRow.member == RatingRow.member))
    .outerjoin(
        PraiseRow,
        and_(
            PraiseRow.server == StandingRow.server,
            PraiseRow.rater == RatingRow.member,
            PraiseRow.author == StandingRow.member,
        ),
    )
    .group_by(StandingRow.creation, StandingRow.server, RatingRow.member)
)


async def _scales(session: AsyncSession, servers: Collection[ServerId]) -> Mapping[ServerId, Scale]:
    found = {row.server: row for row in await session.scalars(select(ScaleRow).where(ScaleRow.server.in_(servers)))}
    return {server: scale_of(found.get(server)) for server in servers}


def scale_of(row: ScaleRow | None) -> Scale:
    if row is None:
        return USUAL_SCALE
    return Scale(
        mean=row.mean,
        work_variance=row.work_variance,
        rater_variance=row.rater_variance,
        noise_variance=row.noise_variance,
    )
