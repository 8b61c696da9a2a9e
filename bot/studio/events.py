"""What happens in the world: frozen events, told to the gateway, to the page and to whoever waits."""

from dataclasses import dataclass

from bot.studio.entities import Channel, Guild, Message, Role
from bot.studio.snowflakes import Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCreated:
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUpdated:
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesDeleted:
    channel: Channel
    messages: tuple[Message, ...]
    is_bulk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionAdded:
    message: Message
    user_id: Snowflake
    emoji: str
    is_burst: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRemoved:
    message: Message
    user_id: Snowflake
    emoji: str
    is_burst: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionsCleared:
    message: Message
    emoji: str | None  # None: of every emoji


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingStarted:
    channel: Channel
    user_id: Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionCreated:
    interaction_id: Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionAnswered:
    interaction_id: Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated:
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUpdated:
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDeleted:
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMemberAdded:
    channel: Channel
    user_id: Snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildAvailable:
    """An outage is over."""

    guild: Guild


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildUnavailable:
    guild: Guild


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildJoined:
    guild: Guild


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildLeft:
    guild: Guild


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated:
    guild: Guild
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUpdated:
    guild: Guild
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandsRegistered:
    guild_id: Snowflake | None  # None: for every server


Event = (
    MessageCreated
    | MessageUpdated
    | MessagesDeleted
    | ReactionAdded
    | ReactionRemoved
    | ReactionsCleared
    | TypingStarted
    | InteractionCreated
    | InteractionAnswered
    | ChannelCreated
    | ChannelUpdated
    | ChannelDeleted
    | ThreadMemberAdded
    | GuildJoined
    | GuildLeft
    | GuildAvailable
    | GuildUnavailable
    | RoleCreated
    | RoleUpdated
    | CommandsRegistered
)
