"""Where the works of a server stand: kept up with each rating, and read in pages from an index."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.mediums import Medium
from storage.database import Database, share
from storage.domain import Place, Ranked, Selection, Standing, StandingPage
from storage.scoring import USUAL_SCALE, Estimate, Opinion, Scale, estimate
from storage.showable import is_showable
from storage.tables import ArtifactRow, CreationRow, PraiseRow, RaterRow, RatingRow, ScaleRow, StandingRow, TagRow

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
            return {row.creation: _standing(row) for row in await session.scalars(query)}

    async def neediest(
        self,
        server: ServerId,
        member: MemberId,
        *,
        limit: int,
        medium: Medium | None = None,
        start: int = 0,
        with_unsafe: bool = True,
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
                is_showable(with_unsafe=with_unsafe),
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

        Near duplicates are folded into the best of them. The page after `below`, or before `above`.
        """
        async with self._database.snapshot() as session:
            query = _ranked(server, wanted)
            rows = await _page(session, query, limit=limit + 1, below=below, above=above)
            is_more, rows = len(rows) > limit, rows[:limit]
            if above is not None:
                rows.reverse()
            standings = tuple(map(_standing, rows))
            first, last = (standings[0].place, standings[-1].place) if standings else (None, None)
            has_before = has_after = False
            if first is not None and last is not None:
                has_after = is_more if above is None else bool(await _page(session, query, limit=1, below=last))
                if above is not None:
                    has_before = is_more
                elif below is not None:
                    has_before = bool(await _page(session, query, limit=1, above=first))
            folded = await _folded(session, server, rows)
        return StandingPage(
            rows=tuple(replace(one, folded=folded.get(one.alike, 1) - 1) for one in standings),
            before=first if has_before else None,
            after=last if has_after else None,
        )


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
    await lead(session, creations)


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


async def hold_kin(session: AsyncSession, creations: Collection[CreationId]) -> None:
    """Until the transaction ends, nobody else rescores these works or their kin, and no fit changes by what measure.

    All in the order of their numbers, so that two wait for each other in turn. SQLite has one writer in any case.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    of = select(StandingRow.server, StandingRow.alike).where(StandingRow.creation.in_(creations)).distinct()
    found = (await session.execute(of)).all()
    for server in sorted({one.server for one in found}):
        await share(session, server)
    kin = select(StandingRow.creation).where(
        StandingRow.server.in_({one.server for one in found}), StandingRow.alike.in_({one.alike for one in found})
    )
    await session.execute(kin.order_by(StandingRow.creation).with_for_update())


async def kin_of(session: AsyncSession, creations: Collection[CreationId]) -> Sequence[CreationId]:
    """Near duplicates of these works, which are about to go: one of them is to stand for the others."""
    return [row.creation for row in await _kin(session, creations) if row.creation not in creations]


async def lead(session: AsyncSession, creations: Collection[CreationId]) -> None:
    """Among the near duplicates of these works, let the one with the highest lower bound stand for all."""
    _let_lead(await _kin(session, creations))


async def lead_each(session: AsyncSession, server: ServerId, alikes: Collection[CreationId]) -> None:
    """The same for kinds of near duplicates, named by what their works have as `alike`."""
    query = select(StandingRow).where(StandingRow.server == server, StandingRow.alike.in_(alikes))
    _let_lead((await session.scalars(query.order_by(StandingRow.creation).with_for_update())).all())


def _let_lead(rows: Collection[StandingRow]) -> None:
    kin: defaultdict[CreationId, list[StandingRow]] = defaultdict(list)
    for row in rows:
        kin[row.alike].append(row)
    for alike in kin.values():
        best = max(alike, key=lambda row: (row.low, -row.creation))
        for row in alike:
            row.is_lead = row is best


async def _kin(session: AsyncSession, creations: Collection[CreationId]) -> Sequence[StandingRow]:
    """These works and all that are nearly the same, as they stand in the database now."""
    if not creations:
        return []
    of = select(StandingRow.server, StandingRow.alike).where(StandingRow.creation.in_(creations)).distinct()
    found = (await session.execute(of)).all()
    query = select(StandingRow).where(  # A number is of one server alone; that both are named is for the index.
        StandingRow.server.in_({one.server for one in found}), StandingRow.alike.in_({one.alike for one in found})
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


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


def _ranked(server: ServerId, wanted: Ranked) -> Select[StandingRow]:
    bounds: list[ColumnElement[bool]] = [StandingRow.server == server]
    bounds.append(StandingRow.is_lead.is_(True) if wanted.alike is None else StandingRow.alike == wanted.alike)
    if wanted.selection is not None:
        bounds.append(StandingRow.selection == wanted.selection)
    if wanted.medium is not None:
        bounds.append(StandingRow.medium == wanted.medium)
    if wanted.least_raters:
        bounds.append(StandingRow.raters >= wanted.least_raters)
    if wanted.least_score is not None:
        bounds.append(StandingRow.score >= wanted.least_score)
    if wanted.since is not None:
        bounds.append(StandingRow.created_at >= wanted.since)
    if wanted.until is not None:
        bounds.append(StandingRow.created_at < wanted.until)
    if wanted.most_unsafe is not None:
        unsafe = ArtifactRow.unsafe.is_(None) & ArtifactRow.showing.is_not(None) | (
            ArtifactRow.unsafe > wanted.most_unsafe
        )
        bounds.append(~exists().where(ArtifactRow.creation == StandingRow.creation, unsafe))
    if wanted.tag is not None:
        bounds.append(exists().where(TagRow.creation == StandingRow.creation, TagRow.tag == wanted.tag))
    shown = exists().where(CreationRow.id == StandingRow.creation, CreationRow.hidden_at.is_(None))
    return select(StandingRow).where(*bounds, shown)


async def _page(
    session: AsyncSession,
    query: Select[StandingRow],
    *,
    limit: int,
    below: Place | None = None,
    above: Place | None = None,
) -> list[StandingRow]:
    """The rows nearest to the edge, the nearest first; without one, the best."""
    key = tuple_(StandingRow.low, StandingRow.creation)
    if above is not None:
        query = query.where(key > (above.low, above.creation)).order_by(StandingRow.low, StandingRow.creation)
    else:
        if below is not None:
            query = query.where(key < (below.low, below.creation))
        query = query.order_by(StandingRow.low.desc(), StandingRow.creation.desc())
    return list(await session.scalars(query.limit(limit)))


async def _folded(session: AsyncSession, server: ServerId, rows: Sequence[StandingRow]) -> Mapping[CreationId, int]:
    """How many works there are of each kind that has one of these."""
    query = (
        select(StandingRow.alike, func.count().label("works"))
        .where(StandingRow.server == server, StandingRow.alike.in_({row.alike for row in rows}))
        .group_by(StandingRow.alike)
    )
    return {found.alike: found.works for found in await session.execute(query)} if rows else {}


def _standing(row: StandingRow) -> Standing:
    return Standing(
        creation=row.creation,
        medium=row.medium,
        raters=row.raters,
        score=row.score,
        low=row.low,
        high=row.high,
        alike=row.alike,
        selection=row.selection,
        selected_by=row.selected_by,
        selected_at=row.selected_at,
    )
