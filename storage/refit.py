"""Brings what is known of a server's raters, and where its works stand, in line with all its ratings.

Ratings go on meanwhile. Each keeps its work's score in line by itself, by the raters as the database has them; so a
refit first writes these, and then walks through all works and looks at each as it is by then. Nothing numeric is
imported before the first refit: a bot that has nothing to fit does without.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, ServerId
from storage.database import Database, hold
from storage.domain import Flag
from storage.scoring import Estimate
from storage.standings import lead_each, put
from storage.tables import CreationRow, PraiseRow, RaterRow, RatingRow, ScaleRow, StandingRow

if TYPE_CHECKING:
    from storage.scoring.judgement import Judgement
    from storage.whole import Verdict, Whole

T = TypeVar("T")

# Fitting all anew is worth it when one in so many opinions is new,
_NEW_SHARE: Final = 50
# or after this long, whatever is new.
_STALE_AFTER: Final = timedelta(days=1)
_RATERS_A_STEP: Final = 2_000
_KINDS_A_STEP: Final = 200


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
            rated = (
                select(literal(1).label("one"))
                .select_from(RatingRow)
                .join(CreationRow, CreationRow.id == RatingRow.creation)
                .where(RatingRow.rated_at >= scale.fitted_at, CreationRow.server == server)
            )
            made = select(literal(1).label("one")).where(
                CreationRow.server == server, CreationRow.created_at >= scale.fitted_at
            )
            new = 0
            for query in (rated, made):
                counted = select(func.count()).select_from(query.limit(enough).subquery())
                new += await session.scalar(counted) or 0
            return new >= enough

    async def refit(self, server: ServerId, *, at: datetime) -> Refitted:
        """`at`: now. Raises `StorageUnavailableError`; what is written by then is good, and a later one goes on."""
        from storage.whole import gathered, judged

        whole = await gathered(self._database, server)
        verdict = await _in_a_thread(judged, whole)
        await self._keep_raters(server, whole, verdict.judgement)
        await self._keep_scale(server, verdict, len(whole.opinions), at=at)
        moved = await self._keep_standings(server, verdict)
        judgement = verdict.judgement
        return Refitted(
            works=len(whole.works),
            opinions=len(whole.opinions),
            raters=int((judgement.ratings > 0).sum()),
            flagged=int((judgement.weight < 1).sum()),
            moved=moved,
        )

    async def _keep_raters(self, server: ServerId, whole: "Whole", judgement: "Judgement") -> None:
        rows = list(_rater_rows(server, whole, judgement))
        for some in _steps(rows, _RATERS_A_STEP):
            async with self._database.writing() as session:
                await hold(session, server)
                members = [row["member"] for row in some]
                known = delete(RaterRow).where(RaterRow.server == server, RaterRow.member.in_(members))
                await session.execute(known)
                await (await session.connection()).execute(insert(RaterRow), some)
                # In the same step: who was erased meanwhile has rated nothing.
                await _forget_former_raters(session, RaterRow.server == server, RaterRow.member.in_(members))

    async def _keep_scale(self, server: ServerId, verdict: "Verdict", opinions: int, *, at: datetime) -> None:
        """After the raters. From then on, every rating counts by the new fit."""
        scale = verdict.measure.scale
        async with self._database.writing() as session:
            await hold(session, server)
            await _forget_former_raters(session, RaterRow.server == server)
            await session.execute(delete(PraiseRow).where(PraiseRow.server == server))
            if praises := list(_praise_rows(server, verdict)):
                await (await session.connection()).execute(insert(PraiseRow), praises)
                await _forget_former_praise(session, server)
            await session.merge(
                ScaleRow(
                    server=server,
                    mean=scale.mean,
                    work_variance=scale.work_variance,
                    rater_variance=scale.rater_variance,
                    noise_variance=scale.noise_variance,
                    ratings=opinions,
                    fitted_at=at,
                )
            )

    async def _keep_standings(self, server: ServerId, verdict: "Verdict") -> int:
        """Returns how many works have moved. Who leads its near duplicates is decided at the end."""
        after, moved = CreationId(0), 0
        to_lead: set[CreationId] = set()
        while True:
            async with self._database.writing() as session:
                page = await _brought_in_line(session, server, after, verdict)
            if page is None:
                break
            after, moved = page.last, moved + page.moved
            to_lead |= page.to_lead
        for kinds in _steps(sorted(to_lead), _KINDS_A_STEP):
            async with self._database.writing() as session:
                await lead_each(session, server, kinds)
        return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    last: CreationId
    moved: int
    to_lead: frozenset[CreationId]  # Kinds of near duplicates of which another one may have to lead.


async def _brought_in_line(
    session: AsyncSession, server: ServerId, after: CreationId, verdict: "Verdict"
) -> _Page | None:
    from storage.whole import opinions_between, standings_after

    page = await standings_after(session, server, after, is_held=True)
    if not page:
        return None
    last = page[-1].creation
    estimates = verdict.estimates(page, await opinions_between(session, server, page[0].creation, last))
    kinds = verdict.kinds(page)
    moved = {row.creation: estimates[row.creation] for row in page if not _stands(row, estimates[row.creation])}
    await put(session, moved)
    turned = {row.creation: kinds[row.creation][0] for row in page if row.creation in kinds}
    turned = {row.creation: turned[row.creation] for row in page if turned.get(row.creation, row.alike) != row.alike}
    await _turn(session, turned)
    to_lead = {kinds[creation][0] for creation in moved if creation in kinds and kinds[creation][1]}
    to_lead |= {*turned.values(), *(row.alike for row in page if row.creation in turned)}
    return _Page(last=last, moved=len(moved), to_lead=frozenset(to_lead))


def _stands(row: Any, one: Estimate) -> bool:
    now = (row.raters, row.information, row.score, row.low, row.high)
    return now == (one.raters, one.information, one.score, one.low, one.high)


async def _turn(session: AsyncSession, alike: Mapping[CreationId, CreationId]) -> None:
    """Let works be alike to others than before."""
    if not alike:
        return
    statement = update(StandingRow).where(StandingRow.creation == bindparam("of")).values(alike=bindparam("to"))
    rows = [{"of": creation, "to": first} for creation, first in alike.items()]
    await (await session.connection()).execute(statement, rows)


def _rater_rows(server: ServerId, whole: "Whole", judgement: "Judgement") -> Iterator[dict[str, Any]]:
    columns = (judgement.severity, judgement.deviation, judgement.weight, judgement.ratings)
    figures = zip(whole.members.tolist(), *(column.tolist() for column in columns), strict=True)
    for place, (member, severity, deviation, weight, ratings) in enumerate(figures):
        if ratings:
            yield {
                "server": server,
                "member": member,
                "severity": severity,
                "severity_deviation": deviation,
                "weight": weight,
                "ratings": ratings,
                "flags": ",".join(
                    flag for flag in Flag if flag in judgement.is_flagged and judgement.is_flagged[flag][place]
                ),
            }


def _praise_rows(server: ServerId, verdict: "Verdict") -> Iterator[dict[str, Any]]:
    from storage.scoring.flags import PRAISE_WEIGHT

    for rater, author in verdict.measure.praises.tolist():
        yield {"server": server, "rater": rater, "author": author, "weight": PRAISE_WEIGHT}


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


async def _in_a_thread(judged: Callable[["Whole", Callable[[], None]], "Verdict"], whole: "Whole") -> "Verdict":
    """Cancelled, the thread ends soon after: nobody waits for a sum that nobody wants."""
    is_over = threading.Event()

    def tick() -> None:
        if is_over.is_set():
            raise asyncio.CancelledError

    try:
        return await asyncio.to_thread(judged, whole, tick)
    finally:
        is_over.set()


def _steps(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
