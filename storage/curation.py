"""What curators decide about works: accepted, rejected, tagged. Each decision is in the audit log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.errors import CreationNotFoundError, TagsOutOfRangeError, WorkDecidedError
from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.audit import note
from storage.database import Database
from storage.domain import AuditEntry, Deed, Selection
from storage.tables import RemarkRow, StandingRow, TagRow

MAX_TAGS: Final = 8
MAX_TAG_CHARACTERS: Final = 32
DEEDS: Final = {
    Selection.ACCEPTED: Deed.ACCEPTED,
    Selection.REJECTED: Deed.REJECTED,
    Selection.OPEN: Deed.REOPENED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What a curator wants to know of a work besides the work itself and its standing."""

    tags: tuple[str, ...]
    remarks: int  # How many raters had something to say.


class Curation:
    """One decision a work. Its near duplicates keep theirs: they are decided by themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(
        self, creation: CreationId, server: ServerId, selection: Selection, *, by: MemberId, at: datetime
    ) -> None:
        """Accept or reject a work that is still open, or open one again.

        Raises `WorkDecidedError` where somebody was faster, `CreationNotFoundError`.
        """
        async with self._database.writing() as session:
            standing = await _locked(session, creation, server)
            if selection is not Selection.OPEN and standing.selection is not Selection.OPEN:
                raise WorkDecidedError(is_accepted=standing.selection is Selection.ACCEPTED)
            if standing.selection is selection:
                return
            standing.selection = selection
            is_open = selection is Selection.OPEN
            standing.selected_by, standing.selected_at = (None, None) if is_open else (by, at)
            note(session, AuditEntry(server=server, moderator=by, deed=DEEDS[selection], at=at, creation=creation))

    async def tag(
        self, creation: CreationId, server: ServerId, tags: Collection[str], *, by: MemberId, at: datetime
    ) -> None:
        """Put these tags in the place of those that the work had.

        Raises `TagsOutOfRangeError`, `CreationNotFoundError`.
        """
        folded = sorted({tag.strip().casefold() for tag in tags} - {""})
        if len(folded) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARACTERS for tag in folded):
            raise TagsOutOfRangeError(most=MAX_TAGS, most_characters=MAX_TAG_CHARACTERS)
        async with self._database.writing() as session:
            await _locked(session, creation, server)
            if (await session.scalars(_tags_of(creation))).all() == folded:
                return
            await session.execute(delete(TagRow).where(TagRow.creation == creation))
            session.add_all(TagRow(creation=creation, tag=tag) for tag in folded)
            entry = AuditEntry(
                server=server, moderator=by, deed=Deed.TAGGED, at=at, creation=creation, detail=", ".join(folded)
            )
            note(session, entry)

    async def dossier(self, creation: CreationId) -> Dossier:
        async with self._database.snapshot() as session:
            tags = await session.scalars(_tags_of(creation))
            remarks = select(func.count()).select_from(RemarkRow).where(RemarkRow.creation == creation)
            return Dossier(tags=tuple(tags), remarks=await session.scalar(remarks) or 0)


def _tags_of(creation: CreationId) -> Select[str]:
    return select(TagRow.tag).where(TagRow.creation == creation).order_by(TagRow.tag)


async def _locked(session: AsyncSession, creation: CreationId, server: ServerId) -> StandingRow:
    query = select(StandingRow).where(StandingRow.creation == creation, StandingRow.server == server)
    row = await session.scalar(query.with_for_update())
    if row is None:
        raise CreationNotFoundError(f"no creation {creation} in this server")
    return row
