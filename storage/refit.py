"""Brings what is known of a server's raters, and where its works stand, in line with all its ratings.

Ratings go on meanwhile. Each keeps its work's score in line by itself, by the raters as the database has them; so a
refit first writes these, and then walks through all works and looks at each as it is by then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, ServerId
from storage.appraisal import appraised
from storage.database import Database, hold
from storage.leads import Kind, hold_kin, hold_kinds, lead
from storage.scoring import PRAISE_WEIGHT, Estimate
from storage.scoring.verdict import Figures, Outlook, Rater, Verdict
from storage.standings import estimates_of, put
from storage.tables import CreationRow, PraiseRow, RaterRow, RatingRow, ScaleRow, StandingRow

T = TypeVar("T")

# Fitting all anew is worth it when one in so many opinions is new,
_NEW_SHARE: Final = 50
# or after this long, whatever is new.
_STALE_AFTER: Final = timedelta(days=1)
_RATERS_A_STEP: Final = 2_000
_KINDS_A_STEP: Final = 200
_WORKS_A_LOOK: Final = 1_000
_WORKS_A_STEP: Final = 250  # Some ten milliseconds, for which other writers wait.


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """What a refit came to."""

    works: int
    opinions: int
    raters: int
    flagged: int  # Raters whose opinions count for less.
    moved: int  # Works that stand elsewhere than before.


class Refits:
    """One server at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def servers(self) -> Sequence[ServerId]:
        """All that have works."""
        async with self._database.reading() as session:
            return (await session.scalars(select(CreationRow.server).distinct().order_by(CreationRow.server))).all()

    async def is_needed(self, server: ServerId, *, at: datetime) -> bool:
        """Whether enough is new since the last fit; without one, whether there is anything.

        Asks an index, and counts no further than to the answer. What was taken back leaves no trace here.
        """
        async with self._database.snapshot() as session:
            scale = await session.get(ScaleRow, server)
            if scale is None:
                return bool(await session.scalar(select(exists().where(CreationRow.server == server))))
            is_stale = at - scale.fitted_at >= _STALE_AFTER
            enough = 1 if is_stale else max(1, scale.ratings // _NEW_SHARE)
            # Asked of each new rating: led by the works, SQLite would look for the ratings of every work there is.
            rated_in = select(CreationRow.server).where(CreationRow.id == RatingRow.creation).scalar_subquery()
            rated = select(literal(1).label("one")).where(RatingRow.rated_at >= scale.fitted_at, rated_in == server)
            made = select(literal(1).label("one")).where(
                CreationRow.server == server, CreationRow.created_at >= scale.fitted_at
            )
            new = 0
            for query in (rated, made):
                counted = select(func.count()).select_from(query.limit(enough).subquery())
                new += await session.scalar(counted) or 0
            return new >= enough

    async def refit(self, server: ServerId, *, at: datetime) -> Refitted:
        """`at`: now. Raises `StorageUnavailableError`, `AppraisalError`.

        What is written by then is good, and the next refit goes on.
        """
        verdict = await appraised(self._database, server)
        await self._keep_raters(server, verdict.raters)
        await self._keep_scale(server, verdict, at=at)
        moved = await self._keep_standings(server, verdict)
        return Refitted(
            works=len(verdict.works),
            opinions=verdict.opinions,
            raters=len(verdict.raters),
            flagged=sum(bool(rater.flags) for rater in verdict.raters),
            moved=moved,
        )

    async def _keep_raters(self, server: ServerId, raters: Sequence[Rater]) -> None:
        for some in _steps(raters, _RATERS_A_STEP):
            here = (RaterRow.server == server, RaterRow.member.in_([rater.member for rater in some]))
            async with self._database.writing() as session:
                await hold(session, server)
                await session.execute(delete(RaterRow).where(*here))
                await (await session.connection()).execute(insert(RaterRow), [_row(server, rater) for rater in some])
                await _forget_former_raters(session, *here)  # In the same step: who was erased has rated nothing.

    async def _keep_scale(self, server: ServerId, verdict: Verdict, *, at: datetime) -> None:
        """After the raters. From then on, every rating counts by the new fit."""
        scale = verdict.scale
        async with self._database.writing() as session:
            await hold(session, server)
            await _forget_former_raters(session, RaterRow.server == server)
            await session.execute(delete(PraiseRow).where(PraiseRow.server == server))
            if verdict.praises:
                praises = [
                    {"server": server, "rater": rater, "author": author, "weight": PRAISE_WEIGHT}
                    for rater, author in verdict.praises
                ]
                await (await session.connection()).execute(insert(PraiseRow), praises)
                await _forget_former_praise(session, server)
            await session.merge(
                ScaleRow(
                    server=server,
                    mean=scale.mean,
                    work_variance=scale.work_variance,
                    rater_variance=scale.rater_variance,
                    noise_variance=scale.noise_variance,
                    ratings=verdict.opinions,
                    fitted_at=at,
                )
            )

    async def _keep_standings(self, server: ServerId, verdict: Verdict) -> int:
        """Returns how many works have moved. Who leads its near duplicates is decided at the end."""
        after, moved = CreationId(0), 0
        to_lead: set[CreationId] = set()
        while True:
            async with self._database.reading() as session:
                page = await _standings_after(session, server, after)
            if not page:
                break
            after = page[-1].creation
            outlooks = {row.creation: verdict.of(row.creation) for row in page}
            strays = [row for row in page if not _is_as_expected(row, outlooks[row.creation])]
            for some in _steps(strays, _WORKS_A_STEP):
                async with self._database.writing() as session:
                    changed = await _brought_in_line(session, some, outlooks)
                moved += len(changed.moved)
                to_lead |= changed.to_lead
        for kinds in _steps(sorted(to_lead), _KINDS_A_STEP):
            async with self._database.writing() as session:
                named = [Kind(server, alike) for alike in kinds]
                await hold_kinds(session, named)
                await lead(session, named)
        return moved


async def _standings_after(session: AsyncSession, server: ServerId, after: CreationId) -> Sequence[Any]:
    """Some works in the order of their numbers."""
    figures = (StandingRow.raters, StandingRow.information, StandingRow.score, StandingRow.low, StandingRow.high)
    query = (
        select(StandingRow.creation, StandingRow.alike, *figures)
        .join(CreationRow, CreationRow.id == StandingRow.creation)
        .where(CreationRow.server == server, CreationRow.id > after)
        .order_by(CreationRow.id)
        .limit(_WORKS_A_LOOK)
    )
    rows: Sequence[Any] = (await (await session.connection()).execute(query)).all()
    return rows


def _is_as_expected(row: Any, outlook: Outlook | None) -> bool:
    """What was rated meanwhile is not, and is looked at again."""
    if outlook is None:  # Made meanwhile, and scored by the old fit; like nothing until the next one.
        return False
    return bool(row.alike == outlook.alike) and _figures(row) == outlook.figures


def _figures(one: Any) -> Figures:
    return Figures(one.raters, one.information, one.score, one.low, one.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    moved: Mapping[CreationId, Estimate]
    to_lead: frozenset[CreationId]  # Kinds of near duplicates of which another one may have to lead.


async def _brought_in_line(
    session: AsyncSession, rows: Sequence[Any], outlooks: Mapping[CreationId, Outlook | None]
) -> _Changed:
    """Whatever was expected of these works: by their ratings as they are now, of which nobody changes any meanwhile."""
    works = [row.creation for row in rows]
    await hold_kin(session, works)
    estimates = await estimates_of(session, works)
    moved = {
        row.creation: estimates[row.creation]
        for row in rows
        if row.creation in estimates and _figures(row) != _figures(estimates[row.creation])
    }
    await put(session, moved)
    turned: dict[CreationId, CreationId] = {}
    to_lead: set[CreationId] = set()
    for row in rows:
        if (outlook := outlooks[row.creation]) is None:
            continue
        alike = CreationId(outlook.alike)
        if alike != row.alike:
            turned[row.creation] = alike
            to_lead |= {alike, row.alike}
        elif outlook.has_kin and row.creation in moved:
            to_lead.add(alike)
    await _turn(session, turned)
    return _Changed(moved=moved, to_lead=frozenset(to_lead))


async def _turn(session: AsyncSession, alike: Mapping[CreationId, CreationId]) -> None:
    """Let works be alike to others than before."""
    if not alike:
        return
    statement = update(StandingRow).where(StandingRow.creation == bindparam("of")).values(alike=bindparam("to"))
    rows = [{"of": creation, "to": first} for creation, first in alike.items()]
    await (await session.connection()).execute(statement, rows)


def _row(server: ServerId, rater: Rater) -> dict[str, Any]:
    return {
        "server": server,
        "member": rater.member,
        "severity": rater.severity,
        "severity_deviation": rater.deviation,
        "weight": rater.weight,
        "ratings": rater.ratings,
        "flags": ",".join(rater.flags),
    }


async def _forget_former_raters(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    rated = (
        exists()
        .where(
            RatingRow.member == RaterRow.member,
            RatingRow.creation == CreationRow.id,
            CreationRow.server == RaterRow.server,
        )
        .correlate(RaterRow)
    )
    await session.execute(delete(RaterRow).where(*which, ~rated), execution_options={"synchronize_session": False})


async def _forget_former_praise(session: AsyncSession, server: ServerId) -> None:
    rated = (
        exists()
        .where(
            RatingRow.member == PraiseRow.rater,
            RatingRow.creation == CreationRow.id,
            CreationRow.server == server,
            CreationRow.member == PraiseRow.author,
        )
        .correlate(PraiseRow)
    )
    await session.execute(
        delete(PraiseRow).where(PraiseRow.server == server, ~rated), execution_options={"synchronize_session": False}
    )


def _steps(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
