"""Events of reactions, written down many at a time: a fixed number of statements, however many there are.

What stands is a function of the set of events, so that a batch comes to the same as its events one at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage.domain import MAX_STARS, MIN_STARS, Axis, Ignored, Rating, Reacted, Via
from storage.standings import rescore
from storage.tables import ClearingRow, CreationRow, PostRow, RatingRow, ReactionRow

Outcome = Rating | Ignored | None


class _Key(NamedTuple):
    """One emoji of one member under one message."""

    message: MessageId
    stars: int
    member: MemberId


class Pair(NamedTuple):
    """A work, and who made it or who rates it."""

    creation: CreationId
    member: MemberId


@dataclass(frozen=True, slots=True)
class _State:
    """The latest that is known of a key; of two at one time the removal."""

    at: datetime
    is_standing: bool

    def or_later(self, other: "_State") -> "_State":
        return max(self, other, key=lambda one: (one.at, not one.is_standing))


def checked(stars: int) -> int:
    """Raises `ValueError` for what no reaction can say."""
    if not MIN_STARS <= stars <= MAX_STARS:
        raise ValueError(f"{stars} stars")
    return stars


async def posted(session: AsyncSession, events: Iterable[Reacted]) -> set[MessageId]:
    """The messages in which a work of ours stands: most reactions of a server are under other ones."""
    messages = {event.message for event in events}
    return set(await session.scalars(select(PostRow.message).where(PostRow.message.in_(messages))))


async def note_all(session: AsyncSession, events: Sequence[Reacted]) -> Sequence[Outcome]:
    """Write events down, and bring ratings and scores in line. Returns each event's member's rating as it is now."""
    works = await _works(session, events)
    told = {
        _Key(event.message, checked(event.stars), event.member)
        for event in events
        if event.message in works and works[event.message].member != event.member
    }
    if told:
        await _keep(session, told, events, works)
    pairs = {Pair(works[key.message].creation, key.member) for key in told}
    ratings = await derive(session, pairs) if pairs else {}
    await rescore(session, {pair.creation for pair in pairs})
    return [_outcome(event, works, ratings) for event in events]


def _outcome(event: Reacted, works: Mapping[MessageId, Pair], ratings: Mapping[Pair, Rating]) -> Outcome:
    work = works.get(event.message)
    if work is None:
        return Ignored.NO_CREATION
    return Ignored.OWN_WORK if work.member == event.member else ratings.get(Pair(work.creation, event.member))


async def _works(session: AsyncSession, events: Iterable[Reacted]) -> Mapping[MessageId, Pair]:
    # Whoever changes a creation's reactions holds it, so that each rating is derived from all of them; in the order of
    # their numbers, so that two wait for each other in turn.
    messages = {event.message for event in events}
    query = (
        select(PostRow.message, CreationRow.id, CreationRow.member)
        .join(PostRow, PostRow.creation == CreationRow.id)
        .where(PostRow.message.in_(messages))
        .order_by(CreationRow.id)
    )
    found = await session.execute(query.with_for_update(of=CreationRow))
    return {row.message: Pair(row.id, row.member) for row in found}


async def _keep(
    session: AsyncSession, told: set[_Key], events: Iterable[Reacted], works: Mapping[MessageId, Pair]
) -> None:
    messages, members = {key.message for key in told}, {key.member for key in told}
    clearings = await session.execute(
        select(ClearingRow.message, ClearingRow.stars, ClearingRow.at).where(ClearingRow.message.in_(messages))
    )
    cleared = {(message, stars): at for message, stars, at in clearings}
    rows = await session.execute(
        select(
            ReactionRow.message, ReactionRow.stars, ReactionRow.member, ReactionRow.at, ReactionRow.is_standing
        ).where(ReactionRow.message.in_(messages), ReactionRow.member.in_(members))
    )
    known = {_Key(*row[:3]): _State(row.at, row.is_standing) for row in rows}
    now: dict[_Key, _State] = {}
    for event in events:
        key = _Key(event.message, event.stars, event.member)
        if key in told:
            state = _State(event.at, event.is_standing)
            since = cleared.get((key.message, key.stars))
            if since is not None and event.at <= since:
                state = _State(since, is_standing=False)
            before = now.get(key) or known.get(key)
            now[key] = state if before is None else before.or_later(state)
    connection = await session.connection()
    new = [key for key in now if key not in known]
    changed = [key for key in now if key in known and now[key] != known[key]]
    await _many(connection, insert(ReactionRow), [_row(key, now[key], works[key.message].creation) for key in new])
    await _many(connection, _CHANGE_REACTION, [_change(key, now[key]) for key in changed])


def _row(key: _Key, state: _State, creation: CreationId) -> dict[str, Any]:
    return {**key._asdict(), "creation": creation, "at": state.at, "is_standing": state.is_standing}


def _change(key: _Key, state: _State) -> dict[str, Any]:
    of = {"of_message": key.message, "of_stars": key.stars, "of_member": key.member}
    return {**of, "at": state.at, "is_standing": state.is_standing}


async def derive(session: AsyncSession, pairs: set[Pair]) -> Mapping[Pair, Rating]:
    """Bring the ratings in line with the reactions that stand and with what was said; the later of the two counts."""
    works, members = {pair.creation for pair in pairs}, {pair.member for pair in pairs}
    standing = await session.execute(
        select(ReactionRow.creation, ReactionRow.member, ReactionRow.stars, ReactionRow.at)
        .where(ReactionRow.creation.in_(works), ReactionRow.member.in_(members), ReactionRow.is_standing)
        .order_by(ReactionRow.at, ReactionRow.stars)
    )
    latest = {Pair(row.creation, row.member): row for row in standing}  # Of each, the last one.
    rows = await session.execute(
        select(
            *(RatingRow.creation, RatingRow.member, RatingRow.stars, RatingRow.rated_at, RatingRow.via),
            *(RatingRow.said_stars, RatingRow.said_at, RatingRow.said_via),
        ).where(RatingRow.creation.in_(works), RatingRow.member.in_(members), RatingRow.axis == Axis.OVERALL)
    )
    known = {Pair(row.creation, row.member): row for row in rows}
    now = {pair: rating for pair in pairs if (rating := _rating_of(pair, latest.get(pair), known.get(pair)))}
    connection = await session.connection()
    gone = [pair for pair in pairs if pair in known and pair not in now]
    new = [pair for pair in now if pair not in known]
    changed = [pair for pair in now if pair in known and _figures(now[pair]) != tuple(known[pair][2:5])]
    await _many(connection, _DROP_RATING, [{"of_work": pair.creation, "of_member": pair.member} for pair in gone])
    await _many(connection, insert(RatingRow), [_rating_row(now[pair]) for pair in new])
    await _many(connection, _CHANGE_RATING, [_rating_change(now[pair]) for pair in changed])
    return now


def _rating_of(pair: Pair, reacted: Any, known: Any) -> Rating | None:
    said_at = None if known is None else known.said_at
    if reacted is not None and (said_at is None or reacted.at >= said_at):
        return Rating(creation=pair.creation, member=pair.member, stars=reacted.stars, rated_at=reacted.at)
    if said_at is None:
        return None
    return Rating(
        creation=pair.creation, member=pair.member, stars=known.said_stars, rated_at=said_at, via=known.said_via
    )


def _figures(rating: Rating) -> tuple[int, datetime, Via]:
    return rating.stars, rating.rated_at, rating.via


def _rating_row(rating: Rating) -> dict[str, Any]:
    return {
        "creation": rating.creation,
        "member": rating.member,
        "axis": rating.axis,
        "stars": rating.stars,
        "rated_at": rating.rated_at,
        "via": rating.via,
    }


def _rating_change(rating: Rating) -> dict[str, Any]:
    of = {"of_work": rating.creation, "of_member": rating.member}
    return {**of, "stars": rating.stars, "rated_at": rating.rated_at, "via": rating.via}


_CHANGE_REACTION: Final = (
    update(ReactionRow)
    .where(
        ReactionRow.message == bindparam("of_message"),
        ReactionRow.stars == bindparam("of_stars"),
        ReactionRow.member == bindparam("of_member"),
    )
    .values(at=bindparam("at"), is_standing=bindparam("is_standing"))
)
_OF_RATING: Final = (
    (RatingRow.creation == bindparam("of_work"))
    & (RatingRow.member == bindparam("of_member"))
    & (RatingRow.axis == Axis.OVERALL)
)
_DROP_RATING: Final = delete(RatingRow).where(_OF_RATING)
_CHANGE_RATING: Final = (
    update(RatingRow)
    .where(_OF_RATING)
    .values(stars=bindparam("stars"), rated_at=bindparam("rated_at"), via=bindparam("via"))
)


async def _many(connection: AsyncConnection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(statement, rows)
