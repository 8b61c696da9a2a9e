"""The channels in which Atelier may work, chosen from Discord's own list."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

import discord

from bot.desk import server_of
from bot.errors import answer
from bot.features.settings.change import apply, settings_of
from bot.i18n import texts_for
from bot.rights import require_admin
from bot.ui.buttons import RowButton
from inference.contract.identifiers import ChannelId

if TYPE_CHECKING:
    from bot.client import AtelierClient

MOST_CHANNELS: Final = 25
# Where members can write: threads go with the channel that they are in, posts with their forum.
_KINDS: Final = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
]


class ChannelsSelect(discord.ui.DynamicItem[discord.ui.ChannelSelect[Any]], template=r"settings:channels:(?P<id>\d+)"):
    """Takes whatever is chosen in place of what was."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.ChannelSelect)  # The template is a channel select's.
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await _choose(interaction, tuple(ChannelId(channel.id) for channel in self.item.values))
        except Exception as error:  # The admin gets an answer, whatever broke.
            await answer(interaction, error)


class EverywhereButton(RowButton, template=r"settings:everywhere:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await _choose(interaction, ())


async def ask_for_channels(interaction: discord.Interaction["AtelierClient"]) -> None:
    """Show the list, to the admin alone. Raises `NotAdminError`."""
    require_admin(interaction)
    t = texts_for(str(interaction.locale))
    question = t("Choose the channels where I may work. Threads go with theirs.")
    await interaction.response.send_message(question, view=_panel(interaction), ephemeral=True)


async def _choose(interaction: discord.Interaction["AtelierClient"], channels: tuple[ChannelId, ...]) -> None:
    require_admin(interaction)
    await interaction.response.defer()
    known = {channel.id for channel in interaction.guild.channels} if interaction.guild else set()
    here = tuple(channel for channel in channels if channel in known)
    said = await apply(interaction, lambda settings: replace(settings, channels=here))
    await interaction.edit_original_response(content=said, view=_panel(interaction))


def _panel(interaction: discord.Interaction["AtelierClient"]) -> discord.ui.View:
    """Stopped before it is sent: else discord.py keeps it."""
    t = texts_for(str(interaction.locale))
    server, guild = server_of(interaction), interaction.guild
    chosen = [channel for channel in settings_of(interaction).channels if guild and guild.get_channel(channel)]
    view = discord.ui.View(timeout=None)
    view.add_item(
        discord.ui.ChannelSelect(
            custom_id=f"settings:channels:{server}",
            channel_types=_KINDS,
            placeholder=t("Wherever I may write"),
            min_values=0,
            max_values=MOST_CHANNELS,
            default_values=[
                discord.SelectDefaultValue(id=channel, type=discord.SelectDefaultValueType.channel)
                for channel in chosen
            ],
        )
    )
    view.add_item(
        discord.ui.Button(custom_id=f"settings:everywhere:{server}", label=t("Wherever I may write"), emoji="🌍")
    )
    view.stop()
    return view
