"""Pages of a ranking, found by keys alone, and quickly however few works are like what is asked for.

Where one bound alone leaves few works, they are taken by an index on that bound and sorted. Otherwise the ranking is
walked along, so many works a page; a walk that found too little says where it broke off, for the next one to go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inference.contract.identifiers import CreationId, ServerId
from inference.contract.mediums import Medium
from storage.domain import Place, Ranked, Standing, StandingPage
from storage.leads import folded
from storage.showable import is_within
from storage.tables import IS_LEAD, IS_RATED, ArtifactRow, CreationRow, StandingRow, TagRow

FEW: Final = 500  # Works that are sorted in no more time than the longest walk takes.
REACHES: Final = (500, 4_000)  # A walk's stages, in works; most pages are full after the first.

_Bound: TypeAlias = ColumnElement[bool]

_KEY: Final = tuple_(StandingRow.low, StandingRow.creation)


class _Beside(FunctionElement[Any]):
    """A column by whose index nothing is to be looked for: SQLite, which keeps no statistics, would rather sort."""

    inherit_cache = True

    def __init__(self, column: InstrumentedAttribute[Any]) -> None:
        super().__init__(column)
        self.type = column.expression.type


@compiles(_Beside)
def _plain(element: _Beside, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(_Beside, "sqlite")
def _without_index(element: _Beside, compiler: SQLCompiler, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    rows: Sequence[StandingRow]  # The nearest to where it began first.
    rest: Place | None  # Where it broke off; None: it came to the end, or has as many rows as were wanted.


async def page_of(
    session: AsyncSession, server: ServerId, wanted: Ranked, *, limit: int, below: Place | None, above: Place | None
) -> StandingPage:
    """At most `limit` works, the surest to be good first: the page after `below`, or before `above`."""
    ranking = _Ranking(session, server, wanted, few=await _few(session, server, wanted))
    start, is_upward = (below, False) if above is None else (above, True)
    walk = await ranking.walk(limit + 1, start, is_upward=is_upward)
    standings = [standing_of(row) for row in walk.rows[:limit]]
    onward = standings[-1].place if len(walk.rows) > limit else walk.rest
    backward = None
    if standings and start is not None:
        look_back = await ranking.walk(1, standings[0].place, is_upward=not is_upward)
        backward = standings[0].place if look_back.rows or look_back.rest else None
    kin = await folded(session, [one.creation for one in standings])
    rows = tuple(replace(one, folded=kin[one.creation]) for one in standings)
    if is_upward:
        return StandingPage(rows=rows[::-1], before=onward, after=backward)
    return StandingPage(rows=rows, before=backward, after=onward)


def bounds_of(server: ServerId, wanted: Ranked) -> Sequence[_Bound]:
    """What holds of every work that the pages of this ranking show."""
    return [*_along(server, wanted), *_filters(wanted)]


def standing_of(row: StandingRow) -> Standing:
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


class _Ranking:
    """The works that one question is about, in their order."""

    def __init__(
        self, session: AsyncSession, server: ServerId, wanted: Ranked, *, few: Sequence[CreationId] | None
    ) -> None:
        self._session = session
        self._along = _along(server, wanted)
        self._filters = list(_filters(wanted))
        self._few = few

    async def walk(self, limit: int, start: Place | None, *, is_upward: bool) -> _Walk:
        if self._few is not None:
            # All that an index begins with is known of them, and not asked again: they are found by their numbers.
            some = [StandingRow.creation.in_(self._few), IS_LEAD, *_from(start, is_upward=is_upward)]
            return _Walk(rows=await self._rows(some, limit, is_upward=is_upward), rest=None)
        found: list[StandingRow] = []
        for reach in REACHES:
            behind = [*self._along, *_from(start, is_upward=is_upward)]
            end = await self._place(behind, reach, is_upward=is_upward)
            stretch = [*behind, *_until(end, is_upward=is_upward)]
            found += await self._rows(stretch, limit - len(found), is_upward=is_upward)
            if end is None or len(found) == limit:
                return _Walk(rows=found, rest=None)
            start = end
        return _Walk(rows=found, rest=start)

    async def _rows(self, some: Sequence[_Bound], limit: int, *, is_upward: bool) -> Sequence[StandingRow]:
        query = select(StandingRow).where(*some, *self._filters)
        return (await self._session.scalars(query.order_by(*_order(is_upward=is_upward)).limit(limit))).all()

    async def _place(self, behind: Sequence[_Bound], steps: int, *, is_upward: bool) -> Place | None:
        """Where so many steps lead, whatever the works there are like; None: beyond the end."""
        query = select(StandingRow.low, StandingRow.creation).where(*behind)
        last = query.order_by(*_order(is_upward=is_upward)).offset(steps - 1).limit(1)
        found = (await self._session.execute(last)).one_or_none()
        return None if found is None else Place(low=found.low, creation=found.creation)


async def _few(session: AsyncSession, server: ServerId, wanted: Ranked) -> Sequence[CreationId] | None:
    """What one bound alone leaves, where that is few; None: each leaves many, or there is none."""
    if wanted.alike is not None or (wanted.selection is None and not _is_of_rated(wanted)):
        return None
    media = [wanted.medium] if wanted.medium is not None else list(Medium)  # All, for the index begins with it.
    of_server = [StandingRow.server == server, StandingRow.medium.in_(media)]
    times = _times(wanted, StandingRow.created_at)
    if wanted.selection is not None:
        of_server.append(StandingRow.selection == wanted.selection)
        bounds = [times, _raters(wanted, StandingRow.raters), _scores(wanted, StandingRow.score)]
    else:  # What was rated at all is no more than the walk along it meets.
        of_server.append(IS_RATED)
        bounds = [times]
    for bound in filter(None, bounds):
        found = (await session.scalars(select(StandingRow.creation).where(*of_server, *bound).limit(FEW + 1))).all()
        if len(found) <= FEW:
            return found
    return None


def _along(server: ServerId, wanted: Ranked) -> Sequence[_Bound]:
    """What an index of the ranking begins with. Without near duplicates, a selection or raters there is none."""
    along = [StandingRow.server == server]
    if wanted.alike is not None:
        return [*along, StandingRow.alike == wanted.alike]
    along.append(IS_LEAD)
    if wanted.selection is not None:
        along.append(StandingRow.selection == wanted.selection)
    elif _is_of_rated(wanted):
        along.append(IS_RATED)
    if wanted.medium is not None:
        along.append(StandingRow.medium == wanted.medium)
    return along


def _is_of_rated(wanted: Ranked) -> bool:
    """Whether the indexes of what anybody rated are those to walk along."""
    return wanted.alike is None and wanted.selection is None and wanted.least_raters > 0


def _times(wanted: Ranked, column: SQLColumnExpression[Any]) -> Sequence[_Bound]:
    since = [column >= wanted.since] if wanted.since is not None else []
    return [*since, *([column < wanted.until] if wanted.until is not None else [])]


def _raters(wanted: Ranked, column: SQLColumnExpression[Any]) -> Sequence[_Bound]:
    return [column >= wanted.least_raters] if wanted.least_raters else []


def _scores(wanted: Ranked, column: SQLColumnExpression[Any]) -> Sequence[_Bound]:
    return [column >= wanted.least_score] if wanted.least_score is not None else []


def _filters(wanted: Ranked) -> Iterator[_Bound]:
    """What is asked of each work in turn, wherever the walk comes by."""
    yield from _times(wanted, _Beside(StandingRow.created_at))
    yield from _scores(wanted, _Beside(StandingRow.score))
    if not _is_of_rated(wanted) or wanted.least_raters > 1:
        yield from _raters(wanted, _Beside(StandingRow.raters))
    if wanted.alike is not None:  # Of near duplicates no index has these as well.
        if wanted.selection is not None:
            yield StandingRow.selection == wanted.selection
        if wanted.medium is not None:
            yield StandingRow.medium == wanted.medium
    if wanted.most_unsafe is not None:
        unsafe = ArtifactRow.unsafe.is_(None) & ArtifactRow.showing.is_not(None) | (
            ArtifactRow.unsafe > wanted.most_unsafe
        )
        yield ~exists().where(ArtifactRow.creation == StandingRow.creation, unsafe)
    if wanted.tag is not None:
        yield exists().where(TagRow.creation == StandingRow.creation, TagRow.tag == wanted.tag)
    is_open = CreationRow.hidden_at.is_(None) & is_within(wanted.sight)
    yield exists().where(CreationRow.id == StandingRow.creation, is_open)


def _from(start: Place | None, *, is_upward: bool) -> Sequence[_Bound]:
    if start is None:
        return []
    place = (start.low, start.creation)
    return [place < _KEY if is_upward else place > _KEY]


def _until(end: Place | None, *, is_upward: bool) -> Sequence[_Bound]:
    if end is None:
        return []
    place = (end.low, end.creation)
    return [place >= _KEY if is_upward else place <= _KEY]


def _order(*, is_upward: bool) -> Sequence[SQLColumnExpression[Any]]:
    columns = (StandingRow.low, StandingRow.creation)
    return columns if is_upward else [column.desc() for column in columns]
