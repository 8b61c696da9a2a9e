"""Recipe: how a work was made, for whoever asks, by the button or from the message's menu."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.features.creation.button import CreationButton, work_in
from bot.features.privacy.consent import ask_reactor
from bot.i18n import texts_for
from bot.replies import show_card
from bot.ui.recipes import recipe

if TYPE_CHECKING:
    from bot.client import AtelierClient


class RecipeButton(CreationButton, template=r"creation:recipe:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        card = recipe(await self.find(interaction), t=texts_for(str(interaction.locale)))
        await show_card(interaction, card)
        await ask_reactor(interaction)


@app_commands.context_menu(name=locale_str("Recipe"))
async def recipe_command(interaction: discord.Interaction["AtelierClient"], message: discord.Message) -> None:
    """The same from a message's own menu."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    card = recipe(await work_in(message, interaction), t=texts_for(str(interaction.locale)))
    await show_card(interaction, card)
    await ask_reactor(interaction)
