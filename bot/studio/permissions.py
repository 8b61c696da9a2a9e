"""Discord's permission bits, and how roles and overwrites add up to what someone may do in a channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag

from bot.studio.snowflakes import Snowflake


class Permission(IntFlag):
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51


NONE = Permission(0)
# A union of single bits: the complement of zero would be negative on the wire.
ALL = Permission(sum(Permission))
ARTIST = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
MODERATOR = ARTIST | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS | Permission.MODERATE_MEMBERS
BOT = ARTIST | Permission.USE_EXTERNAL_EMOJIS

_NEEDS_SENDING = (
    Permission.MENTION_EVERYONE | Permission.SEND_TTS_MESSAGES | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """What a channel allows or denies one role or one member, over what their roles say."""

    target: Snowflake
    is_role: bool
    allow: Permission = NONE
    deny: Permission = NONE


def permissions_in_channel(
    *,
    user: Snowflake,
    roles: Iterable[tuple[Snowflake, Permission]],
    everyone: Snowflake,
    overwrites: Iterable[Overwrite],
    is_owner: bool,
) -> Permission:
    """Adds up as Discord documents it: owner, roles, then overwrites of everyone, of the roles, of the member.

    Args:
        user: Whose permissions they are.
        roles: Id and permissions of each of the member's roles, everyone's included.
        everyone: The id of the role that all have (the server's own id).
        overwrites: The channel's overwrites (of a thread: its parent's).
        is_owner: Whether the member owns the server.
    """
    held = dict(roles)
    base = NONE
    for permission in held.values():
        base |= permission
    if is_owner or Permission.ADMINISTRATOR in base:
        return ALL
    known = list(overwrites)
    base = _overwritten(base, [o for o in known if o.target == everyone])
    base = _overwritten(base, [o for o in known if o.is_role and o.target in held and o.target != everyone])
    base = _overwritten(base, [o for o in known if not o.is_role and o.target == user])
    if Permission.VIEW_CHANNEL not in base:
        return NONE
    if Permission.SEND_MESSAGES not in base:
        base &= ~_NEEDS_SENDING
    return base


def _overwritten(base: Permission, overwrites: Iterable[Overwrite]) -> Permission:
    allow = deny = NONE
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    return (base & ~deny) | allow
