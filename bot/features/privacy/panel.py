"""`/privacy`: what is stored about a member in this server, and what the member may do about it."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.privacy.consent import WORDINGS, ConsentButton
from bot.i18n import texts_for
from bot.postbox import view_of
from bot.ui.privacy import panel_note
from inference.contract.identifiers import MemberId

if TYPE_CHECKING:
    from bot.client import AtelierClient


class Privacy(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(
        name=locale_str("privacy"), description=locale_str("What is stored about you: see it, export it, erase it")
    )
    async def privacy(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        await show_panel(interaction)


class ToggleButton(ConsentButton, template=r"privacy:(?P<about>works|ratings):(?P<answer>yes|no):(?P<id>\d+)"):
    """As an answer to the question, and the panel then shows it."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        await self.write_down(interaction)
        await show_panel(interaction)


async def show_panel(interaction: discord.Interaction["AtelierClient"]) -> None:
    """Into the private message that this interaction answers with, or comes from."""
    storage = interaction.client.services.storage
    server, member = server_of(interaction), MemberId(interaction.user.id)
    holdings = await storage.exports.holdings(server, member)
    consents = await storage.consents.of(server, member)
    note = panel_note(holdings, consents, member, wordings=WORDINGS, t=texts_for(str(interaction.locale)))
    await interaction.edit_original_response(content=note.content, view=view_of(note))
