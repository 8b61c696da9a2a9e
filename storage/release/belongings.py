"""Whether what belongs to released works, and was written with them, is still there.

A work may stay while a remark, a rating, a tag or a picture of it goes. What comes anew while a release is written is
no matter, nor is a rating that has other stars now: a release is as things were. A remark that was changed is gone,
since its words may be why. Of a fact, eight bytes are held.
"""

from array import array
from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId
from storage.database import read
from storage.showable import is_shown
from storage.tables import ArtifactRow, DuelRow, RatingRow, RemarkRow, RepeatRow, TagRow

# Each with the column of its work.
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

    async def note(self, session: AsyncSession, page: Sequence[CreationId]) -> None:
        """In the moment in which the page is read."""
        self._pages.append((page, await self._read(session, page)))

    def pages(self) -> int:
        return len(self._pages)

    async def are_there(self, session: AsyncSession, place: int) -> bool:
        """Whether all of a page still are."""
        page, noted = self._pages[place]
        now = await self._read(session, page)
        return bool(np.isin(np.frombuffer(noted, dtype=np.int64), np.frombuffer(now, dtype=np.int64)).all())

    async def _read(self, session: AsyncSession, page: Sequence[CreationId]) -> "array[int]":
        found = array("q")
        for number, (query, work) in enumerate((*_OF_WORKS, *_OF_RATERS)):
            is_of_raters = number >= len(_OF_WORKS)
            rows = await read(session, query.where(work.in_(page)))
            found.extend(hash((number, *row)) for row in rows if not is_of_raters or row[0] in self._raters)
        return found
