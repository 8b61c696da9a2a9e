"""Who may do what: the bot in a channel, members in a server, and adults alone.

The one place that names Discord's permissions.
"""

from typing import TYPE_CHECKING, Final

import discord

from bot.errors import NotAdminError, NotModeratorError
from inference.contract.identifiers import ChannelId

if TYPE_CHECKING:
    from bot.client import AtelierClient

# What it takes to show a job, to add to it and to find it again. The invitation asks for these, and for reactions.
NEEDED_PERMISSIONS: Final = discord.Permissions(
    view_channel=True, send_messages=True, read_message_history=True, attach_files=True
)
# A report reaches the moderators' channel as a card.
CARD_PERMISSIONS: Final = NEEDED_PERMISSIONS | discord.Permissions(embed_links=True)
INVITED_PERMISSIONS: Final = CARD_PERMISSIONS | discord.Permissions(add_reactions=True, send_messages_in_threads=True)

# Discord shows the commands of these to such members alone, unless the server's own settings say otherwise.
MODERATORS: Final = discord.Permissions(manage_messages=True)
ADMINS: Final = discord.Permissions(manage_guild=True)

_MAY_BE_AGE_RESTRICTED: Final = (
    discord.TextChannel,
    discord.VoiceChannel,
    discord.StageChannel,
    discord.ForumChannel,
    discord.Thread,
)


def missing_permissions(interaction: discord.Interaction["AtelierClient"]) -> discord.Permissions:
    """What the bot would need in the channel of this interaction and does not have."""
    needed = discord.Permissions(NEEDED_PERMISSIONS.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.update(send_messages=False, send_messages_in_threads=True)
    return without(needed, interaction.app_permissions)


def without(needed: discord.Permissions, held: discord.Permissions) -> discord.Permissions:
    """Those of some permissions that are not held."""
    return discord.Permissions(needed.value & ~held.value)


def is_age_restricted(channel: object) -> bool:
    """Whether Discord lets adults alone into a channel; of a thread, into the one that it belongs to."""
    return isinstance(channel, _MAY_BE_AGE_RESTRICTED) and channel.is_nsfw()


def closed_channels(interaction: discord.Interaction["AtelierClient"]) -> frozenset[ChannelId]:
    """The channels of the server that the member may not look into, or that are for adults while this one is not.

    A thread is as the channel that it belongs to, a private one closed; those that Discord has archived are not known.
    """
    guild, member = interaction.guild, interaction.user
    if guild is None or not isinstance(member, discord.Member):
        return frozenset()
    is_for_adults = is_age_restricted(interaction.channel)
    closed = {
        channel.id
        for channel in guild.channels
        if not channel.permissions_for(member).view_channel or (is_age_restricted(channel) and not is_for_adults)
    }
    closed |= {thread.id for thread in guild.threads if thread.parent_id in closed or thread.is_private()}
    return frozenset(ChannelId(channel) for channel in closed if channel != interaction.channel_id)


def is_moderator(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may take other members' messages away."""
    return interaction.permissions >= MODERATORS


def require_moderator(interaction: discord.Interaction["AtelierClient"]) -> None:
    """For buttons, which stay when a member's permissions go. Raises `NotModeratorError`."""
    if not is_moderator(interaction):
        raise NotModeratorError


def is_admin(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may manage the server."""
    return interaction.permissions >= ADMINS


def require_admin(interaction: discord.Interaction["AtelierClient"]) -> None:
    """For buttons and modals, which stay when a member's permissions go. Raises `NotAdminError`."""
    if not is_admin(interaction):
        raise NotAdminError


def is_staff(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member looks after the server in one way or the other."""
    return is_moderator(interaction) or is_admin(interaction)
