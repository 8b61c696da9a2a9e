"""What curators decide about many works at once, in steps between which others write."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.audit import note
from storage.curation import DEEDS
from storage.database import Database
from storage.domain import AuditEntry, Ranked, Selection
from storage.ranking import bounds_of
from storage.tables import AuditRow, CreationRow, StandingRow

WORKS_A_STEP: Final = 250  # Some ten milliseconds, for which other writers wait.


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How far a decision about many works is."""

    done: int  # Works that were looked at.
    of: int
    decided: int  # Those of them that it was decided about: others were faster with the rest.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One deed. All works that it decided about bear its moment and whoever did it: by these it is taken back."""

    server: ServerId
    by: MemberId | None  # None: the host.
    at: datetime


class Decisions:
    """A crash leaves each work decided about or not. The same sweep, begun again, goes on with the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, server: ServerId, wanted: Ranked) -> int:
        query = select(func.count()).select_from(StandingRow).where(*bounds_of(server, wanted))
        async with self._database.reading() as session:
            return await session.scalar(query) or 0

    async def decide(self, sweep: Sweep, wanted: Ranked, selection: Selection) -> AsyncGenerator[Swept, None]:
        """Accept or reject all that are like that, wait for a decision and were there at the sweep's moment."""
        like_that = [*bounds_of(sweep.server, wanted), StandingRow.created_at <= sweep.at]
        async for swept in self._swept(sweep, selection, [*like_that, StandingRow.selection == Selection.OPEN]):
            yield swept

    async def take_back(self, sweep: Sweep, *, at: datetime) -> AsyncGenerator[Swept, None]:
        """Open again what a sweep decided about, save for what was decided anew since."""
        borne = [
            StandingRow.server == sweep.server,
            StandingRow.selection != Selection.OPEN,
            StandingRow.selected_at == sweep.at,
            StandingRow.selected_by.is_not_distinct_from(sweep.by),
        ]
        back = Sweep(server=sweep.server, by=sweep.by, at=at)
        async for swept in self._swept(back, Selection.OPEN, borne):
            yield swept

    async def _swept(
        self, sweep: Sweep, selection: Selection, bounds: Sequence[ColumnElement[bool]]
    ) -> AsyncGenerator[Swept, None]:
        async with self._database.reading() as session:
            works = sorted(await session.scalars(select(StandingRow.creation).where(*bounds)))
        decided = 0
        for start in range(0, len(works), WORKS_A_STEP):
            step = works[start : start + WORKS_A_STEP]
            async with self._database.writing() as session:
                decided += await _step(session, sweep, selection, step)
            yield Swept(done=start + len(step), of=len(works), decided=decided)


async def _step(session: AsyncSession, sweep: Sweep, selection: Selection, works: Sequence[CreationId]) -> int:
    is_open = selection is Selection.OPEN
    still = [
        StandingRow.creation.in_(works),
        StandingRow.selection != Selection.OPEN if is_open else StandingRow.selection == Selection.OPEN,
    ]
    if not is_open:
        still.append(exists().where(CreationRow.id == StandingRow.creation, CreationRow.hidden_at.is_(None)))
    query = select(StandingRow.creation).where(*still).order_by(StandingRow.creation)
    held = (await session.scalars(query.with_for_update(of=StandingRow))).all()
    if not held:
        return 0
    by, at = (None, None) if is_open else (sweep.by, sweep.at)
    decided = update(StandingRow).where(StandingRow.creation.in_(held))
    await session.execute(decided.values(selection=selection, selected_by=by, selected_at=at))
    await _noted(session, sweep, selection, len(held))
    return len(held)


async def _noted(session: AsyncSession, sweep: Sweep, selection: Selection, decided: int) -> None:
    """One entry a sweep, which tells in each step how many works it came to."""
    deed = DEEDS[selection]
    query = select(AuditRow).where(
        AuditRow.server == sweep.server,
        AuditRow.moderator.is_not_distinct_from(sweep.by),
        AuditRow.deed == deed,
        AuditRow.at == sweep.at,
        AuditRow.creation.is_(None),
    )
    row = await session.scalar(query.order_by(AuditRow.id.desc()).limit(1))
    if row is not None:
        row.detail = _times(int(row.detail.removeprefix(_TIMES)) + decided)
        return
    entry = AuditEntry(server=sweep.server, moderator=sweep.by, deed=deed, at=sweep.at, detail=_times(decided))
    note(session, entry)


_TIMES: Final = "× "


def _times(works: int) -> str:
    return f"{_TIMES}{works}"
