"""One change of a server's settings: who may make it, and what is said about it."""

from typing import TYPE_CHECKING

import discord

from bot.desk import server_of
from bot.i18n import texts_for
from bot.ui.choices import Usual, changed
from inference.contract.identifiers import MemberId
from storage.domain import ServerSettings

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from bot.house import Change


def settings_of(interaction: discord.Interaction["AtelierClient"]) -> ServerSettings:
    return interaction.client.services.house.settings_of(server_of(interaction))


def usual_of(interaction: discord.Interaction["AtelierClient"]) -> Usual:
    house = interaction.client.services.house
    return Usual(
        text_model=house.text_model,
        image_model=house.image_model,
        seeds_reactions=house.seeds_reactions,
        locale=str(interaction.guild_locale or interaction.locale),
    )


async def apply(interaction: discord.Interaction["AtelierClient"], change: "Change") -> str:
    """Make a change that holds from now on. Returns what to tell the admin. Raises `StorageUnavailableError`."""
    house = interaction.client.services.house
    was, now = await house.change(server_of(interaction), change, by=MemberId(interaction.user.id))
    return changed(was, now, usual_of(interaction), t=texts_for(str(interaction.locale)))
