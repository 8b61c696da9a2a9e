"""Whether what belongs to released works, and was written with them, is still there.

A work may stay while a remark, a rating, a tag or a picture of it goes. What comes anew while a release is written is
no matter, nor is a rating that has other stars now: a release is as things were. A remark that was changed is gone,
since its words may be why. Of a fact, eight bytes are held.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId
from storage.database import read
from storage.showable import is_shown
from storage.tables import ArtifactRow, DuelRow, RatingRow, RemarkRow, RepeatRow, TagRow

Rows: TypeAlias = Iterable[Any]

# Each with the column of its work; those of raters with their member first.
_OF_WORKS: Final[Sequence[tuple[Any, Any]]] = (
    (select(TagRow.creation, TagRow.tag), TagRow.creation),
    (select(ArtifactRow.creation, ArtifactRow.part).where(is_shown(ArtifactRow)), ArtifactRow.creation),
)
_OF_RATERS: Final[Sequence[tuple[Any, Any]]] = (
    (select(RatingRow.member, RatingRow.creation, RatingRow.axis), RatingRow.creation),
    (select(RemarkRow.member, RemarkRow.creation, RemarkRow.said_at), RemarkRow.creation),
    (select(RepeatRow.member, RepeatRow.creation, RepeatRow.axis), RepeatRow.creation),
    (select(DuelRow.member, DuelRow.id).where(DuelRow.preference.is_not(None)), DuelRow.left_work),
)


class Belongings:
    """Those of the pages that were noted, of raters who agreed alone."""

    def __init__(self, raters: Collection[MemberId]) -> None:
        self._raters = raters
        self._pages: list[tuple[Sequence[CreationId], array[int]]] = []

    async def note(
        self,
        session: AsyncSession,
        page: Sequence[CreationId],
        *,
        tags: Rows,
        artifacts: Rows,
        ratings: Rows,
        remarks: Rows,
        repeats: Rows,
    ) -> None:
        """In the moment in which the page is read. `artifacts`: those that are not held back."""
        facts = (
            ((one.creation, one.tag) for one in tags),
            ((one.creation, one.part) for one in artifacts),
            ((one.member, one.creation, one.axis) for one in ratings),
            ((one.member, one.creation, one.said_at) for one in remarks),
            ((one.member, one.creation, one.axis) for one in repeats),
            await read(session, _query(_DUELS, page)),
        )
        noted = array("q")
        for number, rows in enumerate(facts):
            self._add(noted, number, rows)
        self._pages.append((page, noted))

    def pages(self) -> int:
        return len(self._pages)

    async def are_there(self, session: AsyncSession, place: int) -> bool:
        """Whether all of a page still are."""
        page, noted = self._pages[place]
        now = array("q")
        for number in range(len(_FACTS)):
            self._add(now, number, await read(session, _query(number, page)))
        return bool(np.isin(np.frombuffer(noted, dtype=np.int64), np.frombuffer(now, dtype=np.int64)).all())

    def _add(self, to: "array[int]", number: int, rows: Iterable[Sequence[Any]]) -> None:
        is_of_raters = number >= len(_OF_WORKS)
        to.extend(hash((number, *row)) for row in rows if not is_of_raters or row[0] in self._raters)


_FACTS: Final = (*_OF_WORKS, *_OF_RATERS)
_DUELS: Final = len(_FACTS) - 1


def _query(number: int, page: Sequence[CreationId]) -> Any:
    query, work = _FACTS[number]
    return query.where(work.in_(page))
