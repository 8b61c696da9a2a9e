"""❤️ under a work keeps it, and `/favourites` shows what one keeps."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.features.history import page_note
from bot.postbox import Found, view_of
from bot.reactions import kept
from bot.ui.filters import Filters, Scope
from inference.contract.identifiers import MemberId, MessageId
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

_HEART: Final = "\N{HEAVY BLACK HEART}"
_VARIATIONS: Final = "\ufe0e\ufe0f"  # As text, as emoji.


class Favourites(commands.Cog):
    """Keeps in the database under which works a member's heart stands.

    Hearts are written down one at a time, in the order in which the gateway tells of them, also where the database
    makes one wait: the last word about a heart is the last one written.
    """

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._favourites = client.services.storage.favourites
        self._turn = client.services.early_reactions.turn

    @app_commands.command(name=locale_str("favourites"), description=locale_str("The works that you keep with a ❤️"))
    async def favourites(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        note = await page_note(interaction, Filters(scope=Scope.KEPT))
        await interaction.edit_original_response(content=note.content, view=view_of(note))

    async def cog_load(self) -> None:
        self._client.services.early_reactions.when_found(self._take_early)
        self._client.services.reconciler.when_looked(self._reconcile)

    async def _take_early(self, _: Creation, message: MessageId, found: Found) -> None:
        for member in {member for emoji in found if is_heart(emoji) for member in found[emoji]}:
            await kept(partial(self._favourites.keep, message, member, at=_now()))

    async def _reconcile(self, message: MessageId, found: Found, at: datetime) -> int:
        hearts = {member for emoji in found if is_heart(emoji) for member in found[emoji]}
        return await self._favourites.reconcile(message, hearts, at=at)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        if is_heart(reaction.emoji.name) and not (reaction.member is not None and reaction.member.bot):
            message, member = MessageId(reaction.message_id), MemberId(reaction.user_id)
            async with self._turn:
                await kept(partial(self._favourites.keep, message, member, at=_now()))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        if is_heart(reaction.emoji.name):
            message, member = MessageId(reaction.message_id), MemberId(reaction.user_id)
            async with self._turn:
                await kept(partial(self._favourites.let_go, message, member))

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, cleared: discord.RawReactionClearEvent) -> None:
        async with self._turn:
            await kept(partial(self._favourites.clear, MessageId(cleared.message_id)))

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, cleared: discord.RawReactionClearEmojiEvent) -> None:
        if is_heart(cleared.emoji.name):
            async with self._turn:
                await kept(partial(self._favourites.clear, MessageId(cleared.message_id)))


def is_heart(emoji: str) -> bool:
    """Whether it is ❤, in either of its forms."""
    return emoji.rstrip(_VARIATIONS) == _HEART


def _now() -> datetime:
    return datetime.now(UTC)
