"""❤️ under a work keeps it, and `/favourites` shows what one keeps."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.features.history import page_note
from bot.features.privacy.consent import ask_reactor
from bot.postbox import Found
from bot.reactions import kept
from bot.replies import show_reply
from bot.ui.filters import Filters, Scope
from inference.contract.identifiers import MemberId, MessageId
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

_HEART: Final = "\N{HEAVY BLACK HEART}"
# More than go while somebody looks under one message.
REMEMBERED: Final = 10_000
_VARIATIONS: Final = "\ufe0e\ufe0f"  # As text, as emoji.


class Favourites(commands.Cog):
    """Keeps in the database under which works a member's heart stands.

    Hearts are written down one at a time, in the order in which the gateway tells of them, also where the database
    makes one wait: the last word about a heart is the last one written. Who looks under a message takes a while to
    learn all the names; a heart that is told to be gone meanwhile stays gone.
    """

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._favourites = client.services.storage.favourites
        self._turn = asyncio.Lock()
        # When which heart went; without a member, all under a message.
        self._gone: dict[tuple[MessageId, MemberId | None], datetime] = {}

    @app_commands.command(name=locale_str("favourites"), description=locale_str("The works that you keep with a ❤️"))
    async def favourites(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        note = await page_note(interaction, Filters(scope=Scope.KEPT))
        await show_reply(interaction, note)
        await ask_reactor(interaction)

    async def cog_load(self) -> None:
        self._client.services.early_reactions.when_found(self._take_early)
        self._client.services.reconciler.when_looked(self._reconcile)

    async def _take_early(self, _: Creation, message: MessageId, found: Found, at: datetime) -> None:
        async with self._turn:
            for member in self._hearts(message, found, at):
                if not await kept(partial(self._favourites.keep, message, member, at=at)):
                    self._client.services.reconciler.look_at([message])
                    return

    async def _reconcile(self, message: MessageId, found: Found, at: datetime) -> int:
        async with self._turn:
            return await self._favourites.reconcile(message, self._hearts(message, found, at), at=at)

    def _hearts(self, message: MessageId, found: Found, at: datetime) -> Collection[MemberId]:
        """Those found, without those that the gateway has told to be gone since somebody began to look."""
        if (cleared := self._gone.get((message, None))) is not None and cleared >= at:
            return ()
        hearts = {member for emoji in found if is_heart(emoji) for member in found[emoji]}
        return {one for one in hearts if (gone := self._gone.get((message, one))) is None or gone < at}

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        if is_heart(reaction.emoji.name) and not (reaction.member is not None and reaction.member.bot):
            message, member = MessageId(reaction.message_id), MemberId(reaction.user_id)
            await self._write(message, partial(self._favourites.keep, message, member, at=_now()))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        if is_heart(reaction.emoji.name):
            message, member = MessageId(reaction.message_id), MemberId(reaction.user_id)
            self._remember_gone(message, member)
            await self._write(message, partial(self._favourites.let_go, message, member))

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, cleared: discord.RawReactionClearEvent) -> None:
        await self._clear(MessageId(cleared.message_id))

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, cleared: discord.RawReactionClearEmojiEvent) -> None:
        if is_heart(cleared.emoji.name):
            await self._clear(MessageId(cleared.message_id))

    async def _clear(self, message: MessageId) -> None:
        self._remember_gone(message, None)
        await self._write(message, partial(self._favourites.clear, message))

    async def _write(self, message: MessageId, act: Callable[[], Awaitable[object]]) -> None:
        async with self._turn:
            is_written = await kept(act)
        if not is_written:
            self._client.services.reconciler.look_at([message])

    def _remember_gone(self, message: MessageId, member: MemberId | None) -> None:
        self._gone.pop((message, member), None)  # The latest stand last.
        self._gone[message, member] = _now()
        if len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]


def is_heart(emoji: str) -> bool:
    """Whether it is ❤, in either of its forms."""
    return emoji.rstrip(_VARIATIONS) == _HEART


def _now() -> datetime:
    return datetime.now(UTC)
