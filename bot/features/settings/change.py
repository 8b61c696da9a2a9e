"""One change of a server's settings: who may make it, and what is said about it."""

from typing import TYPE_CHECKING

import discord

from bot.desk import server_of
from bot.errors import NotAdminError
from bot.i18n import texts_for
from bot.ui.choices import Usual, changed
from inference.contract.identifiers import MemberId
from storage.domain import ServerSettings

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from bot.house import Change

# Discord shows the commands to these members alone, unless the server's own settings for commands say otherwise.
ADMINS = discord.Permissions(manage_guild=True)


def settings_of(interaction: discord.Interaction["AtelierClient"]) -> ServerSettings:
    return interaction.client.services.house.settings_of(server_of(interaction))


def usual_of(interaction: discord.Interaction["AtelierClient"]) -> Usual:
    house = interaction.client.services.house
    return Usual(
        text_model=house.text_model,
        seeds_reactions=house.seeds_reactions,
        locale=str(interaction.guild_locale or interaction.locale),
    )


async def apply(interaction: discord.Interaction["AtelierClient"], change: "Change") -> str:
    """Make a change that holds from now on. Returns what to tell the admin. Raises `StorageUnavailableError`."""
    house = interaction.client.services.house
    was, now = await house.change(server_of(interaction), change, by=MemberId(interaction.user.id))
    return changed(was, now, usual_of(interaction), t=texts_for(str(interaction.locale)))


def require_admin(interaction: discord.Interaction["AtelierClient"]) -> None:
    """For buttons and modals, which stay when a member's permissions go. Raises `NotAdminError`."""
    if not interaction.permissions.manage_guild:
        raise NotAdminError
