"""Kinds: works that are nearly the same, of which the one with the highest lower bound stands for all.

However many works a kind has, only the one that leads and the best are read, and at most these two are written.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from sqlalchemy import CTE, BigInteger, column, func, select, update, values
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from inference.contract.identifiers import CreationId, ServerId
from storage.database import share
from storage.domain import MOST_FOLDED
from storage.tables import StandingRow

_KIN: Final = aliased(StandingRow)
_BEST: Final = aliased(StandingRow)


class Kind(NamedTuple):
    """Works of a server that are nearly the same; a work like no other is a kind of its own."""

    server: ServerId
    alike: CreationId


async def kinds_of(session: AsyncSession, creations: Collection[CreationId]) -> Collection[Kind]:
    """In the order of their numbers."""
    query = select(StandingRow.server, StandingRow.alike).where(StandingRow.creation.in_(creations)).distinct()
    return sorted({Kind(row.server, row.alike) for row in await session.execute(query)}, key=lambda kind: kind.alike)


async def hold_kin(session: AsyncSession, creations: Collection[CreationId]) -> None:
    """Until the transaction ends, nobody else rescores these works or their kin, and no fit changes by what measure.

    All in the order of their numbers, so that two wait for each other in turn. SQLite has one writer in any case.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    kinds = await kinds_of(session, creations)
    for server in sorted({kind.server for kind in kinds}):
        await share(session, server)
    await hold_kinds(session, kinds)
    rows = select(StandingRow.creation).where(StandingRow.creation.in_(creations)).order_by(StandingRow.creation)
    await session.execute(rows.with_for_update())


async def hold_kinds(session: AsyncSession, kinds: Collection[Kind]) -> None:
    """Until the transaction ends, nobody else changes who leads these."""
    if kinds and session.get_bind().dialect.name == "postgresql":
        named = _named(sorted(kinds, key=lambda kind: kind.alike))
        # Members and servers, who are held by their numbers, are above nought.
        await session.execute(select(func.pg_advisory_xact_lock(-named.c.alike)).select_from(named))


async def lead(session: AsyncSession, kinds: Collection[Kind]) -> None:
    """Let the work with the highest lower bound stand for its kind; of equals the first."""
    if not kinds:
        return
    named = _named(kinds)
    of_kind = (_KIN.server == named.c.server) & (_KIN.alike == named.c.alike)
    highest = select(func.max(_KIN.low)).where(of_kind).correlate(named).scalar_subquery()
    is_best = (_BEST.server == named.c.server) & (_BEST.alike == named.c.alike) & (_BEST.low == highest)
    best = select(func.min(_BEST.creation)).where(is_best).correlate(named).scalar_subquery()
    leading = select(_KIN.creation).join(named, of_kind).where(_KIN.is_lead.is_(True))
    before = set(await session.scalars(leading))
    now = {found for found in await session.scalars(select(best).select_from(named)) if found is not None}
    for works, is_lead in ((before - now, False), (now - before, True)):
        if works:
            connection = await session.connection()  # A session would look for objects of its own to change.
            changed = update(StandingRow).where(StandingRow.creation.in_(sorted(works))).values(is_lead=is_lead)
            await connection.execute(changed)


async def folded(session: AsyncSession, creations: Collection[CreationId]) -> Mapping[CreationId, int]:
    """How many more works of its kind each of these has; counted up to one more than `MOST_FOLDED`."""
    of_kind = (_KIN.server == StandingRow.server) & (_KIN.alike == StandingRow.alike)
    some = select(_KIN.creation).where(of_kind).limit(MOST_FOLDED + 2).correlate(StandingRow).subquery()
    kin = select((func.count() - 1).label("others")).select_from(some).correlate(StandingRow).scalar_subquery()
    query = select(StandingRow.creation, kin.label("kin")).where(StandingRow.creation.in_(creations))
    return {row.creation: row.kin for row in await session.execute(query)} if creations else {}


def _named(kinds: Collection[Kind]) -> CTE:
    columns = column("server", BigInteger), column("alike", BigInteger)
    return values(*columns, name="named").data(list(kinds)).cte("kinds")
