"""What members think of works, told by their reactions, and said by buttons and in forms.

Events of reactions may come twice or in the wrong order: what stands is a function of the set of events, their times
included. For each member, message and number of stars the latest event counts, and of
two at one time the removal.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from inference.contract.mediums import Medium
from storage.database import Database
from storage.domain import MAX_STARS, MIN_STARS, Axis, Ignored, Rating, Reacted, Repeat, Sight, Via
from storage.looks import MEMBERS_A_STEP, Look, bring_in_line, members_with_news
from storage.pseudonyms import Pseudonyms
from storage.reactions import Outcome, Pair, checked, derive, note_all, posted
from storage.showable import is_showable
from storage.standings import rescore
from storage.tables import ClearingRow, CreationRow, PostRow, RatingRow, ReactionRow, RemarkRow, RepeatRow

_EVERY_STARS: Final = range(MIN_STARS, MAX_STARS + 1)
# Who is brought a work again after this long has forgotten the stars that they gave it, or so one hopes.
REPEATED_AFTER: Final = timedelta(hours=12)


class Ratings:
    """One rating a member, creation and axis: the latest of what the member said and of their standing reactions."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms) -> None:
        self._database = database
        self._pseudonyms = pseudonyms

    async def react(self, message: MessageId, member: MemberId, stars: int, *, at: datetime) -> Rating | Ignored | None:
        """A reaction was added. Returns the member's rating now; None when a removal that came later is known."""
        event = Reacted(message=message, member=member, stars=stars, at=at, is_standing=True)
        return (await self.note_all([event]))[0]

    async def unreact(
        self, message: MessageId, member: MemberId, stars: int, *, at: datetime
    ) -> Rating | Ignored | None:
        """A reaction was taken away. Returns the member's rating now; None when no reaction of theirs stands."""
        event = Reacted(message=message, member=member, stars=stars, at=at, is_standing=False)
        return (await self.note_all([event]))[0]

    async def note_all(self, events: Sequence[Reacted]) -> Sequence[Outcome]:
        """Many events in one transaction. Returns of each its member's rating as it is after all of them."""
        async with self._database.reading() as session:  # Without a place in the writers' line.
            ours = await posted(session, events)
        kept = [event for event in events if event.message in ours]
        if not kept:
            return [Ignored.NO_CREATION] * len(events)
        async with self._database.writing() as session:
            outcomes = iter(await note_all(session, kept))
        return [next(outcomes) if event.message in ours else Ignored.NO_CREATION for event in events]

    async def clear(self, message: MessageId, *, at: datetime) -> None:
        """A moderator took all reactions from a message."""
        await self._clear(message, _EVERY_STARS, at=at)

    async def clear_emoji(self, message: MessageId, stars: int, *, at: datetime) -> None:
        """A moderator took all reactions with one emoji from a message."""
        await self._clear(message, [checked(stars)], at=at)

    async def reconcile(self, message: MessageId, found: Mapping[int, Collection[MemberId]], *, at: datetime) -> int:
        """Bring what is known in line with who stood under a message, by stars, when somebody looked at this moment.

        Discord does not tell since when. So a rating stands whose reaction still does, and otherwise the highest that
        does; what the gateway told of since then goes before. Returns how many reactions were news.
        """
        found = {checked(stars): members for stars, members in found.items()}
        look, news = Look(message=message, found=found, at=at), 0
        async with self._database.reading() as session:
            members = await members_with_news(session, self._pseudonyms, look)
        for start in range(0, len(members), MEMBERS_A_STEP):
            async with self._database.writing() as session:
                if (creation := await _locked(session, message)) is None:
                    break
                some = members[start : start + MEMBERS_A_STEP]
                news += await bring_in_line(session, self._pseudonyms, creation, look, some)
        return news

    async def say(
        self,
        creation: CreationId,
        member: MemberId,
        stars: Mapping[Axis, int | None],
        *,
        via: Via,
        at: datetime,
        remark: str | None = None,
    ) -> Sequence[Rating] | Ignored:
        """A member rated a work by a button or in a form. What is left out stays, an axis as the remark.

        None takes back what was said on an axis, and an empty remark the one that was made.

        A work that `/rate` brought again is noted down as a repeat. Returns the member's ratings of the work now.
        """
        async with self._database.writing() as session:
            row = await session.scalar(select(CreationRow).where(CreationRow.id == creation).with_for_update())
            if row is None:
                return Ignored.NO_CREATION
            if row.member == member:
                return Ignored.OWN_WORK
            for axis, given in stars.items():
                known = await session.get(RatingRow, (creation, member, axis))
                if given is None:
                    await _take_back(session, known)
                    continue
                if known is None:
                    known = RatingRow(creation=creation, member=member, axis=axis)
                    session.add(known)
                elif via is Via.SERVED and known.rated_at <= at - REPEATED_AFTER:
                    await _note_repeat(session, known, checked(given), at=at)
                known.stars = known.said_stars = checked(given)
                known.rated_at = known.said_at = at
                known.via = known.said_via = via
            if remark is not None:
                await _remark(session, creation, member, remark.strip(), at=at)
            await session.flush()
            await rescore(session, [creation])
            theirs = select(RatingRow).where(RatingRow.creation == creation, RatingRow.member == member)
            return [_rating(one) for one in await session.scalars(theirs.order_by(RatingRow.axis))]

    async def get(self, creation: CreationId, member: MemberId, axis: Axis = Axis.OVERALL) -> Rating | None:
        """The member's rating that stands."""
        async with self._database.reading() as session:
            row = await session.get(RatingRow, (creation, member, axis))
        return None if row is None else _rating(row)

    async def by(self, member: MemberId, creation: CreationId) -> Mapping[Axis, Rating]:
        """Everything that a member rates a work with."""
        query = select(RatingRow).where(RatingRow.creation == creation, RatingRow.member == member)
        async with self._database.reading() as session:
            return {row.axis: _rating(row) for row in await session.scalars(query)}

    async def remark(self, creation: CreationId, member: MemberId) -> str:
        """What the member had to say about the work; empty: nothing."""
        async with self._database.reading() as session:
            row = await session.get(RemarkRow, (creation, member))
        return "" if row is None else row.text

    async def has_any(self, server: ServerId, member: MemberId) -> bool:
        """Whether the member rates any work of the server, be it by a reaction alone."""
        query = select(RatingRow.creation).join(CreationRow, CreationRow.id == RatingRow.creation)
        query = query.where(RatingRow.member == member, CreationRow.server == server).limit(1)
        async with self._database.reading() as session:
            return await session.scalar(query) is not None

    async def of(self, creation: CreationId) -> Sequence[Rating]:
        """Every rating of a creation, by member."""
        query = select(RatingRow).where(RatingRow.creation == creation).order_by(RatingRow.member, RatingRow.axis)
        async with self._database.reading() as session:
            return [_rating(row) for row in await session.scalars(query)]

    async def repeats(self, server: ServerId) -> Sequence[Repeat]:
        """How steady the raters of a server are: every work that somebody rated twice without being told so."""
        query = select(RepeatRow).join(CreationRow, CreationRow.id == RepeatRow.creation)
        query = query.where(CreationRow.server == server)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(RepeatRow.creation, RepeatRow.member, RepeatRow.axis))
            return [
                Repeat(
                    creation=row.creation,
                    member=row.member,
                    axis=row.axis,
                    first_stars=row.first_stars,
                    first_at=row.first_at,
                    stars=row.stars,
                    at=row.at,
                )
                for row in rows
            ]

    async def to_repeat(
        self,
        server: ServerId,
        member: MemberId,
        *,
        before: datetime,
        start: float,
        medium: Medium | None = None,
        with_unsafe: bool = True,
        sight: Sight | None,
    ) -> CreationId | None:
        """A work that the member rated before this moment, and was not brought again yet.

        The first from `start` on, 0 to 1: a share of the way from the oldest to the newest that they rated.
        """
        theirs = select(func.min(RatingRow.creation), func.max(RatingRow.creation)).where(RatingRow.member == member)
        again = select(RepeatRow.creation).where(RepeatRow.creation == RatingRow.creation, RepeatRow.member == member)
        query = (
            select(RatingRow.creation)
            .join(CreationRow, CreationRow.id == RatingRow.creation)
            .where(
                RatingRow.member == member,
                RatingRow.axis == Axis.OVERALL,
                RatingRow.rated_at <= before,
                CreationRow.server == server,
                CreationRow.member != member,
                is_showable(with_unsafe=with_unsafe, sight=sight),
                ~again.exists(),
            )
            .order_by(RatingRow.creation)
        )
        if medium is not None:
            query = query.where(CreationRow.medium == medium)
        async with self._database.snapshot() as session:
            oldest, newest = (await session.execute(theirs)).one()
            if oldest is None:
                return None
            first = oldest + round(start * (newest - oldest))
            some = query.where(RatingRow.creation >= first), query.where(RatingRow.creation < first)
            for each in some:
                if (found := await session.scalar(each.limit(1))) is not None:
                    return found
        return None

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
            pairs = set()
            for reaction in await session.scalars(cleared):
                reaction.at, reaction.is_standing = at, False
                pairs.add(Pair(creation.id, reaction.member))
            await session.flush()
            await derive(session, pairs)
            await rescore(session, [creation.id])


async def _locked(session: AsyncSession, message: MessageId) -> CreationRow | None:
    # Whoever changes a creation's reactions holds it, so that each rating is derived from all of them.
    query = select(CreationRow).join(PostRow, PostRow.creation == CreationRow.id).where(PostRow.message == message)
    return await session.scalar(query.with_for_update(of=CreationRow))


async def _take_back(session: AsyncSession, known: RatingRow | None) -> None:
    if known is None:
        return
    known.said_stars = known.said_at = known.said_via = None
    await session.flush()
    if known.axis is Axis.OVERALL:  # Their reactions may still say something.
        await derive(session, {Pair(known.creation, known.member)})
    else:
        await session.delete(known)


async def _note_repeat(session: AsyncSession, known: RatingRow, stars: int, *, at: datetime) -> None:
    """The last repeat of a work stands: what matters is how far two opinions of one member agree."""
    repeat = RepeatRow(
        creation=known.creation,
        member=known.member,
        axis=known.axis,
        first_stars=known.stars,
        first_at=known.rated_at,
        stars=stars,
        at=at,
    )
    await session.merge(repeat)


async def _remark(session: AsyncSession, creation: CreationId, member: MemberId, text: str, *, at: datetime) -> None:
    if text:
        await session.merge(RemarkRow(creation=creation, member=member, text=text, said_at=at))
    else:
        await session.execute(delete(RemarkRow).where(RemarkRow.creation == creation, RemarkRow.member == member))


def _rating(row: RatingRow) -> Rating:
    return Rating(
        creation=row.creation, member=row.member, axis=row.axis, stars=row.stars, rated_at=row.rated_at, via=row.via
    )
