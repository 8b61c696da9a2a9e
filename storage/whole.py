"""A whole server as arrays, read in pages: what a fit is made from, and how its pages stand by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import BigInteger, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inference.contract.identifiers import CreationId, ServerId
from storage.database import Database
from storage.scoring.judgement import Judgement, Measure, judge
from storage.scoring.likeness import NEAR_PICTURES, NEAR_TEXTS, Prints, firsts
from storage.scoring.opinions import Marks, Numbers, Opinions
from storage.scoring.posterior import Estimate
from storage.tables import ArtifactRow, CreationRow, RatingRow, StandingRow

WORKS_A_PAGE: Final = 1_000  # Some ten milliseconds of a database and of the event loop.

_FILE, _PICTURE, _TEXT = range(3)  # Kinds of fingerprints. A file without one is like its equals alone.
_BOUNDS: Final = {_FILE: 0, _PICTURE: NEAR_PICTURES, _TEXT: NEAR_TEXTS}
_FINGERPRINT_CHARACTERS: Final = 16

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whole:
    """The works of a server, in the order of their numbers, its members likewise, and what is thought of the works."""

    works: Numbers
    members: Numbers  # Raters and authors.
    opinions: Opinions
    prints: Sequence[tuple[Prints, int]]  # Each with the most bits in which two that are alike differ.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What the whole comes to."""

    judgement: Judgement
    measure: Measure
    works: Numbers
    alike: Numbers  # For each work the number of the first of its near duplicates.
    has_kin: Marks

    def estimates(self, page: Rows, opinions: Rows) -> Mapping[CreationId, Estimate]:
        """How the works of a page stand by their opinions, both as the database has them now."""
        works, author = _columns(page, 2)
        work, rater, stars, axes = _columns(opinions, 4)
        found = self.measure.estimates(author, np.searchsorted(works, work), rater, stars / axes)
        return dict(zip(map(CreationId, works.tolist()), found, strict=True))

    def kinds(self, page: Rows) -> Mapping[CreationId, tuple[CreationId, bool]]:
        """The first of the near duplicates of each work of a page, and whether there is another one.

        A work that was made since is left out: it is like nothing, until the next fit.
        """
        works, _ = _columns(page, 2)
        place = np.minimum(np.searchsorted(self.works, works), max(len(self.works) - 1, 0))
        found = zip(
            works.tolist(),
            self.works[place].tolist(),
            self.alike[place].tolist(),
            self.has_kin[place].tolist(),
            strict=True,
        )
        return {
            CreationId(work): (CreationId(alike), has_kin) for work, known, alike, has_kin in found if work == known
        }


class _Milliseconds(FunctionElement[int]):
    """A `UtcDateTime` as milliseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


async def gathered(database: Database, server: ServerId) -> Whole:
    """Each page is of one moment, and all of them are not: who writes by the whole has to look again."""
    works, opinions, files = [], [], []
    after = CreationId(0)
    while True:
        async with database.snapshot() as session:
            page = await standings_after(session, server, after)
            if not page:
                break
            first, after = page[0].creation, page[-1].creation
            works.append(_columns(page, 2))
            opinions.append(_columns(await opinions_between(session, server, first, after), 5))
            files.append(fingerprints((await session.execute(files_between(server, first, after))).all()))
    return _whole(*(np.concatenate(each, axis=1) if each else None for each in (works, opinions, files)))


def judged(whole: Whole, tick: Callable[[], None]) -> Verdict:
    """Takes a while where there is much; `tick` is called now and then, and may raise."""
    judgement = judge(whole.opinions, tick)
    first = firsts(len(whole.works), *whole.prints, tick=tick)
    return Verdict(
        judgement=judgement,
        measure=Measure.of(judgement, whole.members),
        works=whole.works,
        alike=whole.works[first],
        has_kin=np.bincount(first, minlength=len(first))[first] > 1,
    )


async def standings_after(
    session: AsyncSession, server: ServerId, after: CreationId, *, is_held: bool = False
) -> Sequence[Any]:
    """Some works in the order of their numbers, as they stand; `is_held`: until the transaction ends."""
    query = (
        select(
            StandingRow.creation,
            StandingRow.member,
            StandingRow.raters,
            StandingRow.information,
            StandingRow.score,
            StandingRow.low,
            StandingRow.high,
            StandingRow.alike,
        )
        .join(CreationRow, CreationRow.id == StandingRow.creation)
        .where(CreationRow.server == server, CreationRow.id > after)
        .order_by(CreationRow.id)
        .limit(WORKS_A_PAGE)
    )
    if is_held:
        query = query.with_for_update(of=StandingRow)
    return (await session.execute(query)).all()


async def opinions_between(session: AsyncSession, server: ServerId, first: CreationId, last: CreationId) -> Rows:
    """Work, rater, sum of stars, number of axes and the last time, by work, then rater."""
    query = (
        select(
            RatingRow.creation,
            RatingRow.member,
            func.sum(RatingRow.stars),
            func.count(),
            _Milliseconds(func.max(RatingRow.rated_at)),
        )
        .join(CreationRow, CreationRow.id == RatingRow.creation)
        .where(CreationRow.server == server, RatingRow.creation.between(first, last))
        .group_by(RatingRow.creation, RatingRow.member)
        .order_by(RatingRow.creation, RatingRow.member)
    )
    return (await session.execute(query)).all()


def files_between(server: ServerId, first: CreationId, last: CreationId) -> Select[tuple[CreationId, int, str]]:
    """Work, kind and bits of each file: what `fingerprints` takes."""
    kind = case((ArtifactRow.fingerprint.is_(None), _FILE), (ArtifactRow.width.is_(None), _TEXT), else_=_PICTURE)
    bits = func.coalesce(ArtifactRow.fingerprint, func.substr(ArtifactRow.sha256, 1, _FINGERPRINT_CHARACTERS))
    return (
        select(ArtifactRow.creation, kind, bits)
        .join(CreationRow, CreationRow.id == ArtifactRow.creation)
        .where(CreationRow.server == server, ArtifactRow.creation.between(first, last))
    )


def _columns(rows: Rows, count: int) -> Numbers:
    """The first so many of each row, whole numbers all of them; one row of the array for each."""
    if not rows:
        return np.empty((count, 0), dtype=np.int64)
    columns = list(zip(*rows, strict=True))
    return np.array(columns[:count], dtype=np.int64)


def fingerprints(rows: Rows) -> Numbers:
    """Work, kind and bits, these as a signed number."""
    work, kind, bits = zip(*rows, strict=True) if rows else ((), (), ())
    parsed = np.frombuffer(bytes.fromhex("".join(bits)), dtype=">i8").astype(np.int64)
    return np.stack((np.array(work, dtype=np.int64), np.array(kind, dtype=np.int64), parsed))


def prints_of(works: Numbers, files: Numbers) -> Sequence[tuple[Prints, int]]:
    """Of what `fingerprints` gave, by kind, with works numbered by their place in `works`; others are passed over."""
    place = np.searchsorted(works, files[0])
    is_known = works[np.minimum(place, max(len(works) - 1, 0))] == files[0] if len(works) else files[0] < 0
    place, (_, kind, bits) = place[is_known], files[:, is_known]
    return [
        (Prints(work=place[kind == one], bits=bits[kind == one].view(np.uint64)), bound)
        for one, bound in _BOUNDS.items()
    ]


def _whole(works: Numbers | None, opinions: Numbers | None, files: Numbers | None) -> Whole:
    work_ids, author = np.empty((2, 0), dtype=np.int64) if works is None else works
    rated, rater, stars, axes, at = np.empty((5, 0), dtype=np.int64) if opinions is None else opinions
    printed = np.empty((3, 0), dtype=np.int64) if files is None else files
    members = np.unique(np.concatenate((author, rater)))
    return Whole(
        works=work_ids,
        members=members,
        opinions=Opinions(
            work=np.searchsorted(work_ids, rated),
            rater=np.searchsorted(members, rater),
            stars=stars / axes,
            at=at,
            author=np.searchsorted(members, author),
            members=len(members),
        ),
        prints=prints_of(work_ids, printed),
    )


@compiles(_Milliseconds, "sqlite")
def _milliseconds_on_sqlite(element: _Milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    at = compiler.process(*element.clauses, **options)
    return f"CAST(round((julianday({at}) - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(_Milliseconds, "postgresql")
def _milliseconds_on_postgresql(element: _Milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    at = compiler.process(*element.clauses, **options)
    return f"CAST(floor(EXTRACT(EPOCH FROM {at}) * 1000) AS BIGINT)"
