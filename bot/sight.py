"""Where a member may look, as far as the gateway has told: what is not known is closed."""

from typing import TYPE_CHECKING

import discord

from bot.rights import is_age_restricted
from inference.contract.identifiers import ChannelId
from storage.domain import Sight

if TYPE_CHECKING:
    from bot.client import AtelierClient


def sight_of(interaction: discord.Interaction["AtelierClient"]) -> Sight:
    """The channels that are known to be open to the member, those for adults only where this one is for adults.

    Before the gateway has told of the server, and in an outage, that is the channel in which they ask, alone.
    """
    assert interaction.channel_id is not None, "the commands are for servers"
    here, guild, member = ChannelId(interaction.channel_id), interaction.guild, interaction.user
    if guild is None or guild.unavailable or not isinstance(member, discord.Member):
        return Sight(channels=frozenset(), threads=frozenset({here}))
    is_for_adults, own = is_age_restricted(interaction.channel), guild.get_member(interaction.application_id)
    channels = frozenset(
        ChannelId(channel.id)
        for channel in guild.channels
        if _is_open(channel, member, own) and (is_for_adults or not is_age_restricted(channel))
    )
    threads = {
        ChannelId(thread.id) for thread in guild.threads if thread.parent_id in channels and not thread.is_private()
    }
    return Sight(channels=channels, threads=frozenset({*threads, here}))


def _is_open(channel: discord.abc.GuildChannel, member: discord.Member, own: discord.Member | None) -> bool:
    """A channel that the bot itself was shut out of counts as closed: nobody tells it who else was."""
    is_told_of = own is not None and channel.permissions_for(own).view_channel
    return is_told_of and channel.permissions_for(member).view_channel


def is_seen_by_bot(channel: object) -> bool:
    """Whether the bot may look in where a command came from: of a private thread it is told once it is in it."""
    if not isinstance(channel, discord.Thread) or not channel.is_private():
        return True
    return channel.guild.get_thread(channel.id) is not None


def parent_of(interaction: discord.Interaction["AtelierClient"]) -> ChannelId:
    """The channel whose permissions hold where a command came from: itself, or that which a thread belongs to."""
    if isinstance(interaction.channel, discord.Thread):
        return ChannelId(interaction.channel.parent_id)
    assert interaction.channel_id is not None
    return ChannelId(interaction.channel_id)


def is_private(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether only those in a thread see what is made here."""
    return isinstance(interaction.channel, discord.Thread) and interaction.channel.is_private()
