"""`/release`: what a release would hold, making one, and those that were made."""

import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.i18n import texts_for
from bot.postbox import TRANSIENT
from bot.replies import show_reply
from bot.rights import ADMINS, require_admin
from bot.ui.buttons import RowButton
from bot.ui.notes import Note
from bot.ui.releases import list_note, made_note, preview_note, progress_note
from inference.contract.identifiers import MemberId

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

SECONDS_AN_EDIT: Final = 3.0


class Release(commands.Cog):
    release = app_commands.Group(
        name=locale_str("release"),
        description=locale_str("What the curators accepted, as a dataset"),
        default_permissions=ADMINS,
    )

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @release.command(
        name=locale_str("preview"),
        description=locale_str("What a release would hold, and why other works would not be in it"),
    )
    async def preview(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True)
        await _show_preview(interaction, may_make=False)

    @release.command(name=locale_str("make"), description=locale_str("Make a release: you are asked once more"))
    async def make(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True)
        await _show_preview(interaction, may_make=True)

    @release.command(name=locale_str("list"), description=locale_str("The releases that were made"))
    async def list(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True)
        made = await self._client.services.storage.releases.listed(server_of(interaction))
        await show_reply(interaction, list_note(made, texts_for(str(interaction.locale))))


class MakeReleaseButton(RowButton, template=r"release:make:(?P<id>\d+)"):
    """Makes what the preview told of, as it is by now; the id is its version."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer()
        services, server, t = interaction.client.services, server_of(interaction), texts_for(str(interaction.locale))
        shown_at, made = 0.0, None
        async with aclosing(services.releaser.make(server, by=MemberId(interaction.user.id))) as lines:
            async for told in lines:
                made = told.get("made")
                if made is None and time.monotonic() >= shown_at + SECONDS_AN_EDIT:
                    shown_at = time.monotonic()
                    await show_if_possible(interaction, progress_note(told, t))
        assert made is not None, "a release ends with what was made"
        await show_if_possible(interaction, made_note(made, t))
        await _tell_moderators(interaction, made)


async def _show_preview(interaction: discord.Interaction["AtelierClient"], *, may_make: bool) -> None:
    told = await interaction.client.services.releaser.preview(server_of(interaction))
    await show_reply(interaction, preview_note(told, may_make=may_make, t=texts_for(str(interaction.locale))))


async def show_if_possible(interaction: discord.Interaction["AtelierClient"], note: Note) -> None:
    """A release may take longer than the token of the press lives; it is made all the same."""
    if interaction.is_expired():
        return
    try:
        await show_reply(interaction, note)
    except TRANSIENT as error:
        log.info("how far a release is was not shown", error=str(error))


async def _tell_moderators(interaction: discord.Interaction["AtelierClient"], made: Mapping[str, Any]) -> None:
    """In their channel, where the server has one: also when the token has died meanwhile."""
    client, server = interaction.client, server_of(interaction)
    channel = client.services.house.moderators_channels().get(server)
    if channel is None:
        return
    usual = interaction.guild_locale or interaction.locale
    note = made_note(made, texts_for(client.services.house.locale_of(server, usual)))
    try:
        place = client.get_partial_messageable(channel, guild_id=server)
        await place.send(note.content)
    except TRANSIENT as error:
        log.info("moderators were not told of a release", error=str(error))
