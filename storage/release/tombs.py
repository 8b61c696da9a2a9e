"""The works and the raters of earlier releases that are not to be used any more."""

from collections.abc import AsyncIterator, Collection, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.database import Database
from storage.pseudonyms import Pseudonyms
from storage.release.eligibility import IN, REASONS
from storage.release.plan import Plan
from storage.release.pseudonyms import Aliases
from storage.release.values import RaterTombstone, Reason, ReleaseRequest, Tombstone
from storage.scoring.opinions import Numbers
from storage.tables import ReleasedRaterRow, ReleasedWorkRow, ReleaseRow

ERASED: Final = "erased"
# Why a work is not in a new release that may be used all the same where one has it.
_STILL_GOOD: Final = frozenset({Reason.UNDECIDED, Reason.CHOICE_OPEN, Reason.FILE_LOST, Reason.CROSSES_SPLITS})
_A_PAGE: Final = 2_000


async def tombstones(database: Database, server: ServerId, plan: Plan, *, below: int) -> AsyncIterator[Tombstone]:
    """Of releases with a version below that, by the numbers of the works. Raises `StorageUnavailableError`."""
    last: tuple[int, int] = (0, 0)
    kept: list[tuple[int, int]] = []
    while True:
        async with database.snapshot() as session:
            page = await _page_after(session, server, last, below)
        kept += page
        if not page:
            break
        last = page[-1]
        # The last work of a page may go on in the next one.
        whole = [one for one in kept if one[0] != last[0]]
        kept = [one for one in kept if one[0] == last[0]]
        for tombstone in _found(whole, plan):
            yield tombstone
    for tombstone in _found(kept, plan):
        yield tombstone


async def rater_tombstones(
    database: Database, pseudonyms: Pseudonyms, request: ReleaseRequest, raters: Collection[MemberId]
) -> Sequence[RaterTombstone]:
    """Of releases before this version. `raters`: the members who agree now. Raises `StorageUnavailableError`.

    Whoever is missing among these members' pseudonyms took the agreement back, or is erased: nothing else is known.
    """
    earlier = select(ReleaseRow.id, ReleaseRow.version).where(
        ReleaseRow.server == request.server, ReleaseRow.version < request.version
    )
    found = []
    async with database.snapshot() as session:
        for release, version in (await session.execute(earlier.order_by(ReleaseRow.version))).all():
            aliases = await Aliases.of_release(pseudonyms, request.server, version)
            agreeing = frozenset().union(*map(aliases.of_opinions, raters))
            query = select(ReleasedRaterRow.rater).where(ReleasedRaterRow.release == release)
            gone = sorted(set(await session.scalars(query)) - agreeing)
            found += [RaterTombstone(rater=rater, version=version) for rater in gone]
    return found


async def _page_after(
    session: AsyncSession, server: ServerId, last: tuple[int, int], below: int
) -> list[tuple[int, int]]:
    key = tuple_(ReleasedWorkRow.creation, ReleaseRow.version)
    query = (
        select(ReleasedWorkRow.creation, ReleaseRow.version)
        .join(ReleaseRow, ReleaseRow.id == ReleasedWorkRow.release)
        .where(ReleaseRow.server == server, ReleaseRow.version < below, key > last)
        .order_by(*key.clauses)
        .limit(_A_PAGE)
    )
    return [(creation, version) for creation, version in await session.execute(query)]


def _found(released: list[tuple[int, int]], plan: Plan) -> list[Tombstone]:
    found = []
    for work, rows in groupby(released, key=lambda one: one[0]):
        reason = why_gone(CreationId(work), plan.works, plan.reason)
        if reason is not None:
            versions = tuple(version for _, version in rows)
            found.append(Tombstone(work=CreationId(work), versions=versions, reason=reason))
    return found


def why_gone(work: CreationId, works: Numbers, reasons: Numbers) -> str | None:
    """Why a released work is not to be used any more. `reasons`: of all works of the server, as in a plan."""
    place = int(np.searchsorted(works, work))
    if place == len(works) or works[place] != work:
        return ERASED
    code = int(reasons[place])
    if code == IN or REASONS[code] in _STILL_GOOD:
        return None
    return REASONS[code].value
