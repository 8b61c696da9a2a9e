"""Duels: which of two is better? What is asked, of whom, and what was answered."""

from collections.abc import Collection
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import DuelId, MemberId, ServerId
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from storage.database import Database
from storage.domain import Duel, Preference, Side, Sight
from storage.pairing import Pairing
from storage.tables import CreationRow, DuelRow, ParentRow, StandingRow

_TRIES: Final = 3  # When works are deleted while they are being chosen.


class Duels:
    """Each is a row from the moment that it is asked on, so that nobody is asked the same twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(
        self,
        server: ServerId,
        member: MemberId,
        *,
        chance: Random,
        at: datetime,
        medium: Medium | None = None,
        with_unsafe: bool = False,
        sight: Sight | None,
    ) -> Duel | None:
        """Two sides that this member has not seen against each other, neither of them the member's own.

        Of the works with the fewest answers. None: there are no two such sides.
        """
        for _ in range(_TRIES):
            async with self._database.snapshot() as session:
                pairing = Pairing(session, server, member, chance, with_unsafe=with_unsafe, sight=sight)
                found = await pairing.run([medium] if medium else chance.sample(list(Medium), k=len(Medium)))
            if found is None:
                return None
            pair, ground = found
            left, right = chance.sample(pair, k=2)
            row = DuelRow(server=server, member=member, ground=ground, asked_at=at)
            row.left_work, row.left_part = left.creation, left.part
            row.right_work, row.right_part = right.creation, right.part
            if await self._add(row):
                return _duel(row)
        return None

    async def get(self, duel: DuelId, *, server: ServerId) -> Duel | None:
        """None: one of its works was deleted, its member erased, or it is another server's."""
        async with self._database.reading() as session:
            row = await session.get(DuelRow, duel)
        return None if row is None or row.server != server else _duel(row)

    async def decide(
        self, duel: DuelId, member: MemberId, preference: Preference, *, server: ServerId, at: datetime
    ) -> bool:
        """Returns whether this is the answer that counts: the first one, by the member who was asked there."""
        answer = (
            update(DuelRow)
            .where(
                DuelRow.id == duel,
                DuelRow.server == server,
                DuelRow.member == member,
                DuelRow.preference.is_(None),
            )
            .values(preference=preference, decided_at=at)
            .returning(DuelRow.left_work, DuelRow.right_work)
        )
        async with self._database.writing() as session:
            decided = (await session.execute(answer)).one_or_none()
            if decided is not None:
                had_a_side = StandingRow.creation.in_(sorted({decided.left_work, decided.right_work}))
                await session.execute(update(StandingRow).where(had_a_side).values(duels=StandingRow.duels + 1))
        return decided is not None

    async def _add(self, row: DuelRow) -> bool:
        works = {row.left_work, row.right_work}
        standing = select(CreationRow.id).where(CreationRow.id.in_(works))
        async with self._database.writing() as session:
            # Held until the duel refers to them, so that they are not deleted in between.
            if len((await session.scalars(standing.with_for_update(read=True, key_share=True))).all()) < len(works):
                return False
            session.add(row)
        return True


async def paired(session: AsyncSession, creation: CreationRow, parents: Collection[ParentRow]) -> None:
    """Note down of a new work, and of what it was made again from, that there are two of the same words."""
    works = {parent.creation for parent in parents if parent.relation is Relation.AGAIN}
    if works or len(creation.artifacts) > 1:
        works.add(creation.id)
        await session.execute(update(StandingRow).where(StandingRow.creation.in_(works)).values(is_paired=True))


def _duel(row: DuelRow) -> Duel:
    return Duel(
        id=row.id,
        server=row.server,
        member=row.member,
        ground=row.ground,
        left=Side(creation=row.left_work, part=row.left_part),
        right=Side(creation=row.right_work, part=row.right_part),
        asked_at=row.asked_at,
        preference=row.preference,
        decided_at=row.decided_at,
    )
