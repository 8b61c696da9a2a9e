"""What members think of works, told by their reactions.

Events may come twice or in the wrong order, since each is handled by itself: what stands is a function of the set of
events, their times included. For each member, message and number of stars the latest event counts, and of two at one
time the removal.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage.database import Database
from storage.domain import MAX_STARS, MIN_STARS, Axis, Ignored, Rating, Score
from storage.tables import ClearingRow, CreationRow, PostRow, RatingRow, ReactionRow

_EVERY_STARS: Final = range(MIN_STARS, MAX_STARS + 1)


class Ratings:
    """One rating a member and creation: the latest of the member's reactions that still stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def react(self, message: MessageId, member: MemberId, stars: int, *, at: datetime) -> Rating | Ignored | None:
        """A reaction was added. Returns the member's rating now; None when a removal that came later is known."""
        return await self._note(message, member, stars, at=at, is_standing=True)

    async def unreact(
        self, message: MessageId, member: MemberId, stars: int, *, at: datetime
    ) -> Rating | Ignored | None:
        """A reaction was taken away. Returns the member's rating now; None when no reaction of theirs stands."""
        return await self._note(message, member, stars, at=at, is_standing=False)

    async def clear(self, message: MessageId, *, at: datetime) -> None:
        """A moderator took all reactions from a message."""
        await self._clear(message, _EVERY_STARS, at=at)

    async def clear_emoji(self, message: MessageId, stars: int, *, at: datetime) -> None:
        """A moderator took all reactions with one emoji from a message."""
        await self._clear(message, [_checked(stars)], at=at)

    async def get(self, creation: CreationId, member: MemberId) -> Rating | None:
        """The member's rating that stands."""
        async with self._database.reading() as session:
            row = await session.get(RatingRow, (creation, member, Axis.OVERALL))
        return None if row is None else _rating(row)

    async def of(self, creation: CreationId) -> Sequence[Rating]:
        """Every rating of a creation, by member."""
        query = select(RatingRow).where(RatingRow.creation == creation).order_by(RatingRow.member)
        async with self._database.reading() as session:
            return [_rating(row) for row in await session.scalars(query)]

    async def scores(self, creations: Collection[CreationId]) -> Mapping[CreationId, Score]:
        """The scores of those creations that were rated at all."""
        query = (
            select(RatingRow.creation, func.sum(RatingRow.stars), func.count())
            .where(RatingRow.creation.in_(creations), RatingRow.axis == Axis.OVERALL)
            .group_by(RatingRow.creation)
        )
        async with self._database.reading() as session:
            sums = (await session.execute(query)).all()
        return {creation: Score(mean_stars=total / raters, raters=raters) for creation, total, raters in sums}

    async def _note(
        self, message: MessageId, member: MemberId, stars: int, *, at: datetime, is_standing: bool
    ) -> Rating | Ignored | None:
        if not await self._is_ours(message):
            return Ignored.NO_CREATION
        async with self._database.writing() as session:
            creation = await _locked(session, message)
            if creation is None:
                return Ignored.NO_CREATION
            if creation.member == member:
                return Ignored.OWN_WORK
            clearing = await session.get(ClearingRow, (message, _checked(stars)))
            if clearing is not None and at <= clearing.at:
                is_standing, at = False, clearing.at
            reaction = await session.get(ReactionRow, (message, stars, member))
            if reaction is None:
                reaction = ReactionRow(message=message, stars=stars, member=member, creation=creation.id)
                session.add(reaction)
                reaction.at, reaction.is_standing = at, is_standing
            elif (at, not is_standing) > (reaction.at, not reaction.is_standing):
                reaction.at, reaction.is_standing = at, is_standing
            return await _derive(session, creation.id, member)

    async def _is_ours(self, message: MessageId) -> bool:
        """Without a place in the writers' line: most reactions of a server are under other messages."""
        async with self._database.reading() as session:
            return await session.get(PostRow, message) is not None

    async def _clear(self, message: MessageId, every_stars: Collection[int], *, at: datetime) -> None:
        async with self._database.writing() as session:
            creation = await _locked(session, message)
            if creation is None:
                return
            for stars in every_stars:
                known = await session.get(ClearingRow, (message, stars))
                if known is None:
                    session.add(ClearingRow(message=message, stars=stars, creation=creation.id, at=at))
                else:
                    known.at = max(known.at, at)
            cleared = select(ReactionRow).where(
                ReactionRow.message == message,
                ReactionRow.stars.in_(every_stars),
                ReactionRow.is_standing,
                ReactionRow.at <= at,
            )
            members = set()
            for reaction in await session.scalars(cleared):
                reaction.at, reaction.is_standing = at, False
                members.add(reaction.member)
            for member in members:
                await _derive(session, creation.id, member)


async def _locked(session: AsyncSession, message: MessageId) -> CreationRow | None:
    # Whoever changes a creation's reactions holds it, so that each rating is derived from all of them.
    query = select(CreationRow).join(PostRow, PostRow.creation == CreationRow.id).where(PostRow.message == message)
    return await session.scalar(query.with_for_update(of=CreationRow))


async def _derive(session: AsyncSession, creation: CreationId, member: MemberId) -> Rating | None:
    latest = await session.scalar(
        select(ReactionRow)
        .where(ReactionRow.creation == creation, ReactionRow.member == member, ReactionRow.is_standing)
        .order_by(ReactionRow.at.desc(), ReactionRow.stars.desc())
        .limit(1)
    )
    row = await session.get(RatingRow, (creation, member, Axis.OVERALL))
    if latest is None:
        if row is not None:
            await session.delete(row)
        return None
    if row is None:
        row = RatingRow(creation=creation, member=member, axis=Axis.OVERALL)
        session.add(row)
    row.stars, row.rated_at = latest.stars, latest.at
    return _rating(row)


def _checked(stars: int) -> int:
    if stars not in _EVERY_STARS:
        raise ValueError(f"{stars} stars")
    return stars


def _rating(row: RatingRow) -> Rating:
    return Rating(creation=row.creation, member=row.member, axis=row.axis, stars=row.stars, rated_at=row.rated_at)
