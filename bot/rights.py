"""Who may do what: the bot in a channel, members in a server, and adults alone.

The one place that names Discord's permissions.
"""

from typing import TYPE_CHECKING, Final

import discord

from bot.errors import NotAdminError, NotBlockableError, NotModeratorError, NotModeratorThereError, Standing
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


def is_moderator(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may take other members' messages away in the whole server."""
    return _guild_wide(interaction) >= MODERATORS


def require_moderator(interaction: discord.Interaction["AtelierClient"]) -> None:
    """For what concerns the whole server. Raises `NotModeratorError`.

    For commands too: Discord shows them also to who has the permission in one channel alone.
    """
    if not is_moderator(interaction):
        raise NotModeratorError


def may_moderate(
    interaction: discord.Interaction["AtelierClient"], channel: ChannelId, ruled_by: ChannelId | None = None
) -> bool:
    """Whether the member may take other members' messages away in a channel: for what concerns what stands there.

    `ruled_by`: the channel whose permissions hold there, where that is known: of an archived thread, Discord tells
    nothing any more.
    """
    return _permissions_in(interaction, channel, ruled_by) >= MODERATORS


def require_moderator_in(
    interaction: discord.Interaction["AtelierClient"], channel: ChannelId, ruled_by: ChannelId | None = None
) -> None:
    """Raises `NotModeratorThereError`."""
    if not may_moderate(interaction, channel, ruled_by):
        raise NotModeratorThereError


def require_moderator_somewhere(interaction: discord.Interaction["AtelierClient"]) -> None:
    """In the whole server, or in the channel of this interaction. Raises `NotModeratorError`."""
    if not is_moderator(interaction) and not interaction.permissions >= MODERATORS:
        raise NotModeratorError


def is_admin(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may manage the server."""
    return _guild_wide(interaction) >= ADMINS


def require_admin(interaction: discord.Interaction["AtelierClient"]) -> None:
    """For commands, buttons and modals alike. Raises `NotAdminError`."""
    if not is_admin(interaction):
        raise NotAdminError


def is_staff(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member looks after the server in one way or the other."""
    return is_moderator(interaction) or is_admin(interaction)


def require_below(interaction: discord.Interaction["AtelierClient"], other: discord.User | discord.Member) -> None:
    """A moderator blocks nobody who stands as high as themselves, as Discord has it for bans.

    Raises `NotBlockableError`.
    """
    caller, guild = interaction.user, interaction.guild
    if other.id == caller.id:
        raise NotBlockableError(Standing.ONESELF)
    if other.bot:
        raise NotBlockableError(Standing.BOT)
    if guild is None or not isinstance(caller, discord.Member) or other.id == guild.owner_id:
        raise NotBlockableError(Standing.ABOVE)
    if caller.id == guild.owner_id or not isinstance(other, discord.Member):  # Who has left stands nowhere.
        return
    is_over_an_admin = other.guild_permissions >= ADMINS and not is_admin(interaction)
    if is_over_an_admin or other.top_role >= caller.top_role:
        raise NotBlockableError(Standing.ABOVE)


def _guild_wide(interaction: discord.Interaction["AtelierClient"]) -> discord.Permissions:
    """What a member's roles allow in the whole server; nothing while the server's roles are not known.

    `interaction.permissions` holds what the channel of the interaction allows on top: there it may be more.
    """
    guild, member = interaction.guild, interaction.user
    if guild is None or guild.unavailable or not isinstance(member, discord.Member):
        return discord.Permissions.none()
    return member.guild_permissions


def _permissions_in(
    interaction: discord.Interaction["AtelierClient"], channel: ChannelId, ruled_by: ChannelId | None = None
) -> discord.Permissions:
    """What a member may do in a channel of the server; nothing in one that is not known to be open to them.

    No channel restricts administrators, so theirs are known where the channel is not: one that has been deleted.
    """
    guild, member = interaction.guild, interaction.user
    if channel == interaction.channel_id:
        return interaction.permissions
    if guild is None or guild.unavailable or not isinstance(member, discord.Member):
        return discord.Permissions.none()
    if member.guild_permissions.administrator:
        return discord.Permissions.all()
    place = guild.get_channel_or_thread(channel) or (guild.get_channel(ruled_by) if ruled_by else None)
    if isinstance(place, discord.Thread):
        return _permissions_in_thread(member, place)
    return place.permissions_for(member) if place is not None else discord.Permissions.none()


def _permissions_in_thread(member: discord.Member, thread: discord.Thread) -> discord.Permissions:
    """As in the channel that it belongs to. Who is in a private one is not told, save that Manage Threads sees all."""
    if thread.parent is None:
        return discord.Permissions.none()
    held = thread.permissions_for(member)
    return held if not thread.is_private() or held.manage_threads else discord.Permissions.none()
