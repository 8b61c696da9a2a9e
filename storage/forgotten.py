"""Members who had what is theirs erased: what they did before, and Discord still shows, is not taken in again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import MemberId, ServerId
from storage.pseudonyms import Pseudonyms
from storage.tables import ForgottenRow


async def forget(
    session: AsyncSession, pseudonyms: Pseudonyms, member: MemberId, server: ServerId | None, *, at: datetime
) -> None:
    """The pseudonym alone stays, and since when. `server`: None, all of them."""
    session.add(ForgottenRow(server=server, pseudonym=await pseudonyms.of(member), at=at))


async def forgotten_since(
    session: AsyncSession, pseudonyms: Pseudonyms, members: Collection[MemberId], server: ServerId, born: datetime
) -> set[MemberId]:
    """Who of these had an erasure in the server since this moment."""
    query = select(ForgottenRow.pseudonym).where(
        (ForgottenRow.server == server) | ForgottenRow.server.is_(None), ForgottenRow.at >= born
    )
    disguised = set(await session.scalars(query))  # There are few: most never erase anything.
    return {member for member in members if await pseudonyms.of(member) in disguised} if disguised else set()
