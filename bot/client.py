"""Atelier as Discord sees it: its intents, its command tree and its cogs."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands

from bot.courier import Courier
from bot.desk import Desk
from bot.eraser import Eraser
from bot.errors import answer
from bot.house import House
from bot.i18n.translator import GettextTranslator
from bot.postbox import Postbox
from bot.prints import Prints
from bot.ratings_line import RatingsLine
from bot.reactions import EarlyReactions
from bot.reconciler import Reconciler
from bot.releaser import Releaser
from bot.settings import Settings
from bot.styles import Styles
from bot.ui.forms import Form, take_form
from inference.contract.identifiers import ApplicationId, ChannelId
from inference.queue import JobQueue
from storage import Storage

log = structlog.get_logger(__name__)

INTENTS: Final = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the cogs and the buttons work with."""

    settings: Settings
    house: House
    styles: Styles
    storage: Storage
    queue: JobQueue
    desk: Desk
    courier: Courier
    prints: Prints
    postbox: Postbox
    eraser: Eraser
    early_reactions: EarlyReactions
    reconciler: Reconciler
    ratings_line: RatingsLine
    releaser: Releaser


class AtelierTree(app_commands.CommandTree["AtelierClient"]):
    async def on_error(
        self, interaction: discord.Interaction["AtelierClient"], error: app_commands.AppCommandError, /
    ) -> None:
        await answer(interaction, error)


class AtelierClient(commands.Bot):
    """The gateway connection; everything else is in `services`, set before the client starts."""

    services: Services
    forms: Sequence[type[Form]] = ()

    def __init__(self, *, http_trace: aiohttp.TraceConfig | None = None) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,  # There are no text commands; this one needs no message content.
            help_command=None,
            intents=INTENTS,
            tree_cls=AtelierTree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=http_trace or aiohttp.TraceConfig(),
        )

    async def setup_hook(self) -> None:
        from bot.features import add_features

        await add_features(self)
        await self.tree.set_translator(GettextTranslator())

    async def on_ready(self) -> None:
        log.info("the gateway is ready", user=str(self.user), servers=len(self.guilds))
        self.services.reconciler.begin()  # A new session knows nothing of what happened before.

    async def on_interaction(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        """Modals alone: the library has dealt with commands and buttons by itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            await take_form(interaction, self.forms)

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        if not event.data["thread_metadata"]["archived"]:
            await self.services.courier.hide_again(ChannelId(event.thread_id))

    async def on_message(self, _: discord.Message, /) -> None:
        """Nothing: text is not for us."""

    async def offer_commands(self) -> None:
        """After the login. Registers them only when they changed: Discord allows few registrations a day."""
        assert self.application_id is not None  # Known after the login
        application = ApplicationId(self.application_id)
        digest = await self._digest_of_commands()
        registered = {command.name for command in await self.tree.fetch_commands()}
        ours = {command.name for command in self.tree.get_commands()}
        if registered == ours and await self.services.storage.command_trees.digest(application) == digest:
            return
        synced = await self.tree.sync()
        await self.services.storage.command_trees.synced(application, digest)
        log.info("commands registered", count=len(synced))

    async def _digest_of_commands(self) -> str:
        translator = self.tree.translator
        payloads: list[Any] = [
            await command.get_translated_payload(self.tree, translator) if translator else command.to_dict(self.tree)
            for command in self.tree.get_commands()
        ]
        return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()


def point_discord_at(*, api_url: object | None, gateway_url: object | None) -> None:
    """Make discord.py speak to another server than Discord's own; None leaves an address as it is."""
    if api_url is not None:
        discord.http.Route.BASE = str(api_url)
        discord.asset.Asset.BASE = str(yarl.URL(str(api_url)).origin())
    if gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(str(gateway_url))
