"""Works looked for: by member, medium, time and words, always from an index, newest or oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self, assert_never

from sqlalchemy import ColumnElement, Select, exists, func, insert, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.domain import Wanted
from storage.showable import is_within
from storage.tables import CreationRow, FavouriteRow, JobRow, TermRow
from storage.words import Condition, Search, terms_of

# What more rows than this share is common: walking all works from the newest on finds some soon.
COMMON: Final = 10_000
# A work's number is given when it is kept, its time a little before: two at once may be kept in the other order.
_DISORDER: Final = timedelta(minutes=1)
# So many of the rarest conditions narrow it down; the others are looked at in the prompts that are left.
_MAX_CONDITIONS: Final = 6
_BATCH: Final = 64  # Prompts looked at in one go.
_LAST_CHARACTER: Final = "\U0010ffff"  # No term has it.

_TERM: Final = aliased(TermRow)


async def index(session: AsyncSession, creation: CreationRow, prompt: str) -> None:
    """Make a work findable by its prompt."""
    terms = sorted(terms_of(prompt))
    if terms:
        await session.execute(
            insert(TermRow), [{"server": creation.server, "term": term, "creation": creation.id} for term in terms]
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    """The works that a member keeps."""

    by: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How to come by the works that are wanted: what is walked along, and what each must hold besides.

    What fits the fewest is walked along. That is a term (its works stand in order in the index), a beginning that few
    terms share (their works are sorted), or else the server's or the member's own works. Favourites are few.
    """

    server: ServerId
    which: tuple[ColumnElement[bool], ...]  # Of `CreationRow`.
    along: Condition | _Kept | None  # None: the works themselves.
    others: tuple[Condition, ...]
    search: Search
    is_exact: bool  # Whether the prompts need no second look.

    @classmethod
    async def planned(cls, session: AsyncSession, server: ServerId, wanted: Wanted, *, viewer: MemberId) -> Self:
        """As `viewer` may see them: without others' works that are hidden."""
        search = Search.of(wanted.words)
        which = [
            CreationRow.server == server,
            CreationRow.hidden_at.is_(None) | (CreationRow.member == viewer),
            *await _within(session, server, wanted),
        ]
        if wanted.sight is not None:
            which.append(is_within(wanted.sight) | (CreationRow.member == viewer))
        if wanted.member is not None:
            which.append(CreationRow.member == wanted.member)
        if wanted.medium is not None:
            which.append(CreationRow.medium == wanted.medium)
        counted = [(await _count(session, server, condition), condition) for condition in search.conditions]
        counted.sort(key=lambda one: (one[0], one[1].is_prefix, one[1].term))
        chosen = [condition for _, condition in counted[:_MAX_CONDITIONS]]
        along: Condition | _Kept | None = None
        if wanted.kept_by is not None:
            along = _Kept(wanted.kept_by)
        elif counted and not await _is_better(session, server, wanted.member, *counted[0]):
            along = chosen.pop(0)
        return cls(
            server=server,
            which=tuple(which),
            along=along,
            others=tuple(chosen),
            search=search,
            is_exact=search.is_exact and len(counted) <= _MAX_CONDITIONS,
        )

    async def ids(
        self,
        session: AsyncSession,
        *,
        limit: int,
        older_than: CreationId | None = None,
        newer_than: CreationId | None = None,
    ) -> list[CreationId]:
        """The works nearest to the cursor, the nearest first; without one, the newest."""
        found: list[CreationId] = []
        is_upward = newer_than is not None
        cursor = newer_than if is_upward else older_than
        size = limit if self.is_exact else max(limit, _BATCH)
        while True:
            batch = (await session.scalars(self._step(cursor, is_upward=is_upward).limit(size))).all()
            found += batch if self.is_exact else await self._matching(session, batch)
            if len(found) >= limit or len(batch) < size:
                return found[:limit]
            cursor = batch[-1]

    def _step(self, cursor: CreationId | None, *, is_upward: bool) -> Select[CreationId]:
        edge, query = self._base()
        for other in self.others:
            query = query.where(
                exists().where(_TERM.creation == edge, _TERM.server == self.server, _holds(_TERM, other))
            )
        if cursor is not None:
            query = query.where(edge > cursor if is_upward else edge < cursor)
        return query.order_by(edge if is_upward else edge.desc())

    def _base(self) -> tuple[InstrumentedAttribute[CreationId], Select[CreationId]]:
        # Existences and not joins, so that the databases keep to the order in which terms and favourites stand.
        match self.along:
            case None:
                return CreationRow.id, select(CreationRow.id).where(*self.which)
            case _Kept(by=member):
                works = exists().where(CreationRow.id == FavouriteRow.creation, *self.which)
                query = select(FavouriteRow.creation).where(FavouriteRow.member == member, works)
                return FavouriteRow.creation, query.distinct()  # One with several messages may have several hearts.
            case Condition() as condition:
                works = exists().where(CreationRow.id == TermRow.creation, *self.which)
                query = select(TermRow.creation).where(TermRow.server == self.server, _holds(TermRow, condition), works)
                return TermRow.creation, query.distinct() if condition.is_prefix else query
            case _:
                assert_never(self.along)

    async def _matching(self, session: AsyncSession, batch: Sequence[CreationId]) -> list[CreationId]:
        query = select(CreationRow.id, JobRow.request).join(JobRow, JobRow.id == CreationRow.job_id)
        rows = (await session.execute(query.where(CreationRow.id.in_(batch)))).all()
        matching = {creation for creation, request in rows if self.search.matches(request.prompt)}
        return [creation for creation in batch if creation in matching]


async def _within(session: AsyncSession, server: ServerId, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The time that is wanted, and the numbers that can be of it, since the works stand in the order of these."""
    bounds: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        bounds.append(CreationRow.created_at >= wanted.since)
        last = await _last_before(session, server, wanted.since - _DISORDER)
        bounds.append(CreationRow.id > last if last is not None else true())
    if wanted.until is not None:
        bounds.append(CreationRow.created_at < wanted.until)
        first = await _first_from(session, server, wanted.until + _DISORDER)
        bounds.append(CreationRow.id < first if first is not None else true())
    return bounds


async def _last_before(session: AsyncSession, server: ServerId, moment: datetime) -> CreationId | None:
    query = select(CreationRow.id).where(CreationRow.server == server, CreationRow.created_at < moment)
    return await session.scalar(query.order_by(CreationRow.created_at.desc()).limit(1))


async def _first_from(session: AsyncSession, server: ServerId, moment: datetime) -> CreationId | None:
    query = select(CreationRow.id).where(CreationRow.server == server, CreationRow.created_at >= moment)
    return await session.scalar(query.order_by(CreationRow.created_at).limit(1))


async def _count(session: AsyncSession, server: ServerId, condition: Condition) -> int:
    """How many rows hold the condition, up to `COMMON`."""
    some = select(literal(1)).where(TermRow.server == server, _holds(TermRow, condition)).limit(COMMON).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def _is_better(
    session: AsyncSession, server: ServerId, member: MemberId | None, count: int, condition: Condition
) -> bool:
    """Whether the works themselves are fewer than those of a condition; of what is common, a beginning has no order."""
    if member is None:
        return count >= COMMON and condition.is_prefix
    mine = select(literal(1)).where(CreationRow.server == server, CreationRow.member == member).limit(count).subquery()
    fewer = (await session.scalar(select(func.count()).select_from(mine)) or 0) < count
    return fewer or (count >= COMMON and condition.is_prefix)


def _holds(rows: type[TermRow], condition: Condition) -> ColumnElement[bool]:
    if condition.is_prefix:
        return (rows.term >= condition.term) & (rows.term < condition.term + _LAST_CHARACTER)
    return rows.term == condition.term
