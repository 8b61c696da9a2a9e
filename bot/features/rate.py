"""Ratings: 1️⃣ to 5️⃣ under a work, as raw gateway events, since the bot caches no messages."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord.ext import commands

from bot.postbox import Found
from bot.reactions import kept
from bot.seeder import Seeder
from inference.contract.identifiers import MemberId, MessageId
from storage.domain import Creation, Reacted

if TYPE_CHECKING:
    from bot.client import AtelierClient

STARS: Final = {"1️⃣": 1, "2️⃣": 2, "3️⃣": 3, "4️⃣": 4, "5️⃣": 5}


class Rate(commands.Cog):
    """Keeps in the database which reactions stand."""

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._ratings = client.services.storage.ratings
        self._line = client.services.ratings_line
        self._creations = client.services.storage.creations
        self._seeder = Seeder(client.services.postbox, client.services.courier, emojis=tuple(STARS))

    async def cog_load(self) -> None:
        self._client.services.early_reactions.when_found(self._take_early)
        self._client.services.reconciler.when_looked(self._reconcile)
        self._seeder.start()
        self._client.services.courier.when_delivered(self._seed)
        self._client.services.courier.when_shown_again(self._seed)

    async def cog_unload(self) -> None:
        await self._seeder.stop()

    def _seed(self, creation: Creation, messages: Sequence[MessageId]) -> None:
        if creation.awaits_choice or creation.hidden_at is not None:  # The message may go with the choice.
            return
        if not creation.shown:  # Of pictures that are all held back there is nothing to rate yet.
            return
        if self._client.services.house.seeds_reactions_in(creation.server):
            self._seeder.ask_for(creation.channel, messages[-1])

    async def _take_early(self, creation: Creation, message: MessageId, found: Found, _: datetime) -> None:
        """They count as of the work's birth, so that whatever the gateway tells goes before them.

        Of several by one member the highest stands.
        """
        for emoji, stars in STARS.items():
            for member in found.get(emoji, ()):
                at = creation.created_at
                self._line.put(Reacted(message=message, member=member, stars=stars, at=at, is_standing=True))

    async def _reconcile(self, message: MessageId, found: Found, at: datetime) -> int:
        by_stars = {stars: found.get(emoji, ()) for emoji, stars in STARS.items()}
        return await self._ratings.reconcile(message, by_stars, at=at)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        stars = STARS.get(reaction.emoji.name)
        if stars is None or (reaction.member is not None and reaction.member.bot):
            return
        self._line.put(_event(reaction, stars, is_standing=True))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        stars = STARS.get(reaction.emoji.name)
        if stars is not None:
            self._line.put(_event(reaction, stars, is_standing=False))

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, cleared: discord.RawReactionClearEvent) -> None:
        message = MessageId(cleared.message_id)
        await self._write(message, partial(self._ratings.clear, message, at=_now()))

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, cleared: discord.RawReactionClearEmojiEvent) -> None:
        stars = STARS.get(cleared.emoji.name)
        if stars is not None:
            message = MessageId(cleared.message_id)
            await self._write(message, partial(self._ratings.clear_emoji, message, stars, at=_now()))

    async def _write(self, message: MessageId, clear: Callable[[], Awaitable[None]]) -> None:
        if not await kept(clear):
            self._client.services.reconciler.look_at([message])

    @commands.Cog.listener()
    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        await kept(partial(self._creations.unpost, [MessageId(deleted.message_id)]))

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        await kept(partial(self._creations.unpost, [MessageId(one) for one in deleted.message_ids]))


def _event(reaction: discord.RawReactionActionEvent, stars: int, *, is_standing: bool) -> Reacted:
    return Reacted(
        message=MessageId(reaction.message_id),
        member=MemberId(reaction.user_id),
        stars=stars,
        at=_now(),
        is_standing=is_standing,
    )


def _now() -> datetime:
    return datetime.now(UTC)
