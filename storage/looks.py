"""Reactions that were found by looking, held against what is known, in the time of the look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import MemberId, MessageId
from storage.forgotten import forgotten_since
from storage.pseudonyms import Pseudonyms
from storage.reactions import Pair, derive
from storage.standings import rescore
from storage.tables import ClearingRow, CreationRow, PostRow, ReactionRow

# Whose reactions are brought in line in one transaction: a tenth of a second or less, which is what others wait.
MEMBERS_A_STEP: Final = 200
_NEXT_MOMENT: Final = timedelta(microseconds=1)


class _Standing(NamedTuple):
    """One emoji of one member under the message."""

    stars: int
    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who stood under a message, by stars, when somebody looked. Of bots and of the work's author nothing counts."""

    message: MessageId
    found: Mapping[int, Collection[MemberId]]
    at: datetime

    def standing(self, among: Collection[MemberId] | None) -> set[_Standing]:
        everybody = ((stars, member) for stars, members in self.found.items() for member in members)
        return {_Standing(*each) for each in everybody if among is None or each[1] in among}


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What a look tells that is not known."""

    creation: CreationRow
    gone: Collection[ReactionRow]
    come: Collection[_Standing]
    known: Mapping[_Standing, ReactionRow]
    clearings: Mapping[int, datetime]

    @property
    def members(self) -> set[MemberId]:
        return {row.member for row in self.gone} | {key.member for key in self.come}


async def members_with_news(session: AsyncSession, pseudonyms: Pseudonyms, look: Look) -> list[MemberId]:
    """Of whom a look tells what is not known. Without a place in the writers' line: most looks tell nothing new."""
    query = select(CreationRow).join(PostRow, PostRow.creation == CreationRow.id)
    creation = await session.scalar(query.where(PostRow.message == look.message))
    news = await _news(session, pseudonyms, creation, look) if creation else None
    return sorted(news.members) if news else []


async def bring_in_line(
    session: AsyncSession, pseudonyms: Pseudonyms, creation: CreationRow, look: Look, members: Collection[MemberId]
) -> int:
    """Write down what is news of these members. Returns how many reactions were. `creation` is held."""
    news = await _news(session, pseudonyms, creation, look, members)
    for row in news.gone:
        row.at, row.is_standing = look.at, False
    for key in news.come:
        _let_stand(session, look.message, key, news)
    await session.flush()
    await derive(session, {Pair(creation.id, member) for member in news.members})
    await rescore(session, [creation.id] if news.members else [])
    return len(news.gone) + len(news.come)


async def _news(
    session: AsyncSession,
    pseudonyms: Pseudonyms,
    creation: CreationRow,
    look: Look,
    members: Collection[MemberId] | None = None,
) -> _News:
    """`members`: None, all.

    What the gateway told since the look goes before: of who was told of since, nothing is news, nor of stars that a
    moderator cleared since.
    """
    of_message = ReactionRow.message == look.message
    of_members = of_message if members is None else of_message & ReactionRow.member.in_(members)
    rows = (await session.scalars(select(ReactionRow).where(of_members))).all()
    of_clearings = await session.scalars(select(ClearingRow).where(ClearingRow.message == look.message))
    clearings = {row.stars: row.at for row in of_clearings}
    known = {_Standing(row.stars, row.member): row for row in rows}
    told_since = {row.member for row in rows if row.at >= look.at}
    theirs = {creation.member, *told_since}
    standing = {
        key
        for key in look.standing(members)
        if key.member not in theirs and (key.stars not in clearings or clearings[key.stars] < look.at)
    }
    come = {key for key in standing if key not in known or not known[key].is_standing}
    stood = [(key, row) for key, row in known.items() if row.is_standing and key.member not in theirs]
    members_come = {key.member for key in come}
    erased = await forgotten_since(session, pseudonyms, members_come, creation.server, creation.created_at)
    return _News(
        creation=creation,
        gone=[row for key, row in stood if key not in standing],
        come=sorted(key for key in come if key.member not in erased),
        known=known,
        clearings=clearings,
    )


def _let_stand(session: AsyncSession, message: MessageId, key: _Standing, news: _News) -> None:
    """Nobody knows since when: as of the work's birth, or of just after it was gone."""
    row = news.known.get(key)
    if row is None:
        row = ReactionRow(message=message, stars=key.stars, member=key.member, creation=news.creation.id)
        row.at = news.creation.created_at
        session.add(row)
    else:
        row.at += _NEXT_MOMENT
    row.is_standing = True
    if key.stars in news.clearings:
        row.at = max(row.at, news.clearings[key.stars] + _NEXT_MOMENT)
