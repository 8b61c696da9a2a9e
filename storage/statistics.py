"""What happened in a server, day by day, in numbers alone: no member's id leaves this file."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Date, Double, Select, Text, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from inference.contract.errors import FailureCode
from inference.contract.identifiers import ServerId
from inference.contract.jobs import JobState
from storage.database import Database
from storage.tables import CreationRow, JobRow, RatingRow

_MEDIAN: Final = 0.5
_MOST: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """From the request to the beginning of the work, by nearest rank."""

    median_seconds: float
    p90_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What one stretch of time comes to."""

    makers: int = 0  # Members with a finished work.
    works: int = 0  # Finished then, and not deleted since.
    ratings: int = 0  # Given or changed then, and not taken back since.
    waits: Waits | None = None  # Of what was asked for then and has begun; None: nothing has.
    failures: Mapping[FailureCode, int] = field(default_factory=dict)  # Of what was asked for then.
    cancelled: int = 0  # Of what was asked for then.

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    @property
    def is_empty(self) -> bool:
        return self == Activity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    day: date  # From midnight to midnight in UTC.
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days in a row, oldest first, and all of them together: each maker counted once, all waits in one ranking."""

    days: tuple[Day, ...]
    whole: Activity


class UtcDay(FunctionElement[date]):
    """The day of a `UtcDateTime`."""

    type = Date()
    inherit_cache = True


class SecondsBetween(FunctionElement[float]):
    """From one `UtcDateTime` to a later one, to the millisecond."""

    type = Double()
    inherit_cache = True


class _Span:
    """The rows of a server whose time lies between two midnights."""

    def __init__(self, server: ServerId, first: date, last: date) -> None:
        self._server = server
        self._start, self._end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))

    def __call__(
        self, server: ColumnElement[ServerId] | InstrumentedAttribute[ServerId], at: InstrumentedAttribute[datetime]
    ) -> Sequence[ColumnElement[bool]]:
        return server == self._server, at >= self._start, at < self._end


# The fields of an `Activity` as they come together, by day; None: those of all days.
_Facts = dict[date | None, dict[str, Any]]


class Statistics:
    """Reads alone, and lets the database count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def period(self, server: ServerId, *, first: date, last: date) -> Period:
        """The days from `first` to `last`, both included. Raises `StorageUnavailableError`."""
        facts: _Facts = defaultdict(dict)
        span = _Span(server, first, last)
        async with self._database.snapshot() as session:
            await _count_works(session, span, facts)
            await _count_ratings(session, span, facts)
            await _rank_waits(session, span, facts)
            await _count_ends(session, span, facts)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return Period(
            days=tuple(Day(day=day, activity=Activity(**facts[day])) for day in days), whole=Activity(**facts[None])
        )


async def _count_works(session: AsyncSession, span: _Span, facts: _Facts) -> None:
    of_maker = (
        select(UtcDay(CreationRow.created_at).label("day"), CreationRow.member, func.count().label("works"))
        .where(*span(CreationRow.server, CreationRow.created_at))
        .group_by("day", CreationRow.member)
        .cte()
    )
    by_day = select(of_maker.c.day, func.count(), func.sum(of_maker.c.works)).group_by(of_maker.c.day)
    for day, makers, works in await session.execute(by_day):
        facts[day] |= {"makers": makers, "works": int(works)}
    makers_of_all = select(func.count(of_maker.c.member.distinct()))
    facts[None] |= {
        "makers": await session.scalar(makers_of_all),
        "works": sum(fields.get("works", 0) for fields in facts.values()),
    }


async def _count_ratings(session: AsyncSession, span: _Span, facts: _Facts) -> None:
    # Asked of each rating of these days: led by the works, SQLite would look for the ratings of every work there is.
    rated_in = select(CreationRow.server).where(CreationRow.id == RatingRow.creation).scalar_subquery()
    by_day = (
        select(UtcDay(RatingRow.rated_at).label("day"), func.count())
        .where(*span(rated_in, RatingRow.rated_at))
        .group_by("day")
    )
    for day, ratings in await session.execute(by_day):
        facts[day]["ratings"] = ratings
        facts[None]["ratings"] = facts[None].get("ratings", 0) + ratings


async def _rank_waits(session: AsyncSession, span: _Span, facts: _Facts) -> None:
    rows = (await session.execute(_ranked_waits(span))).all()
    for day, median, most, _, _ in rows:
        facts[day]["waits"] = _waits(median, most)
    if rows:
        of_all = [[seconds for seconds in column if seconds is not None] for column in zip(*rows, strict=True)][3:]
        facts[None]["waits"] = _waits(*map(min, of_all))


def _ranked_waits(span: _Span) -> Select[Any]:
    """For each day, its own ranks, and which of its waits have reached those of all days."""
    begun = (
        select(
            UtcDay(JobRow.submitted_at).label("day"),
            SecondsBetween(JobRow.submitted_at, JobRow.started_at).label("seconds"),
        )
        .where(*span(JobRow.reply_server, JobRow.submitted_at), JobRow.started_at.is_not(None))
        .cte()
    )
    rank = func.cume_dist()
    ranked = select(
        begun,
        rank.over(partition_by=begun.c.day, order_by=begun.c.seconds).label("of_day"),
        rank.over(order_by=begun.c.seconds).label("of_all"),
    ).cte()
    reached = (
        func.min(case((ranked.c[of] >= share, ranked.c.seconds)))
        for of in ("of_day", "of_all")
        for share in (_MEDIAN, _MOST)
    )
    return select(ranked.c.day, *reached).group_by(ranked.c.day)


def _waits(median_seconds: float, p90_seconds: float) -> Waits:
    # A clock that was set back between the two moments makes a wait of less than nothing.
    return Waits(median_seconds=max(0.0, median_seconds), p90_seconds=max(0.0, p90_seconds))


async def _count_ends(session: AsyncSession, span: _Span, facts: _Facts) -> None:
    # Taken apart here: a failure's detail can hold characters over which PostgreSQL's own JSON functions break.
    failure = cast(JobRow.failure, Text).label("failure_text")
    by_day = (
        select(UtcDay(JobRow.submitted_at).label("day"), JobRow.state, failure, func.count())
        .where(*span(JobRow.reply_server, JobRow.submitted_at), JobRow.state.in_((JobState.FAILED, JobState.CANCELLED)))
        .group_by("day", JobRow.state, failure)
    )
    for day, state, text, count in await session.execute(by_day):
        for fields in (facts[day], facts[None]):
            if state is JobState.CANCELLED:
                fields["cancelled"] = fields.get("cancelled", 0) + count
            else:
                code = FailureCode(json.loads(text)["code"]) if text else FailureCode.ENGINE_BROKE
                fields["failures"] = Counter(fields.get("failures")) + Counter({code: count})


@compiles(UtcDay, "sqlite")
def _day_on_sqlite(element: UtcDay, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({_compiled(element, compiler, options)[0]}, 1, 10)"


@compiles(UtcDay, "postgresql")
def _day_on_postgresql(element: UtcDay, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_compiled(element, compiler, options)[0]} AT TIME ZONE 'UTC' AS DATE)"


@compiles(SecondsBetween, "sqlite")
def _seconds_on_sqlite(element: SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    start, end = _compiled(element, compiler, options)
    return f"round((julianday({end}) - julianday({start})) * 86400.0, 3)"


@compiles(SecondsBetween, "postgresql")
def _seconds_on_postgresql(element: SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    start, end = _compiled(element, compiler, options)
    return f"CAST(round(EXTRACT(EPOCH FROM {end} - {start}), 3) AS DOUBLE PRECISION)"


def _compiled(element: FunctionElement[Any], compiler: SQLCompiler, options: Mapping[str, Any]) -> Sequence[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]
