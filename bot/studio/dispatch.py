"""Turns what happens in the world into the gateway's events, and says which intent each one needs."""

from dataclasses import dataclass
from typing import assert_never

from bot.studio.entities import THREADS, Channel, Json, Message
from bot.studio.events import (
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    CommandsRegistered,
    Event,
    GuildAvailable,
    GuildJoined,
    GuildLeft,
    GuildUnavailable,
    InteractionAnswered,
    InteractionCreated,
    MessageCreated,
    MessagesDeleted,
    MessageUpdated,
    ReactionAdded,
    ReactionRemoved,
    ReactionsCleared,
    RoleCreated,
    RoleUpdated,
    ThreadMemberAdded,
    TypingStarted,
)
from bot.studio.intents import NO_INTENT, Intent
from bot.studio.interactions import Interaction
from bot.studio.payloads import Payloads
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One gateway event; any of `intents` lets it through, none means that everyone gets it."""

    name: str
    payload: Json
    intents: Intent = NO_INTENT
    interaction: Interaction | None = None

    def is_for(self, intents: Intent) -> bool:
        return self.intents is NO_INTENT or bool(self.intents & intents)


class Dispatcher:
    """Reads events, writes dispatches. Messages in channels that the bot cannot see stay unheard."""

    def __init__(self, world: World, payloads: Payloads) -> None:
        self._world = world
        self._payloads = payloads

    def dispatches(self, event: Event) -> list[Dispatch]:
        match event:
            case MessageCreated(message=message):
                return self._message("MESSAGE_CREATE", message)
            case MessageUpdated(message=message):
                return self._message("MESSAGE_UPDATE", message)
            case MessagesDeleted():
                return self._deleted(event)
            case ReactionAdded() | ReactionRemoved() | ReactionsCleared():
                return self._reacted(event)
            case TypingStarted(channel=channel, user_id=user_id):
                return self._typing(channel, user_id)
            case InteractionCreated(interaction_id=interaction_id):
                interaction = self._world.interactions.get(interaction_id)
                payload = self._payloads.interaction(interaction)
                return [Dispatch(name="INTERACTION_CREATE", payload=payload, interaction=interaction)]
            case ChannelCreated() | ChannelUpdated() | ChannelDeleted() | ThreadMemberAdded():
                return self._channel(event)
            case GuildJoined() | GuildLeft() | GuildAvailable() | GuildUnavailable() | RoleCreated() | RoleUpdated():
                return self._guild(event)
            case InteractionAnswered() | CommandsRegistered():
                return []
            case _:
                assert_never(event)

    def _guild(
        self, event: GuildJoined | GuildLeft | GuildAvailable | GuildUnavailable | RoleCreated | RoleUpdated
    ) -> list[Dispatch]:
        payload: Json
        match event:
            case RoleCreated() | RoleUpdated():
                return self._role(event)
            case GuildLeft(guild=guild):
                name, payload = "GUILD_DELETE", {"id": str(guild.id)}
            case GuildUnavailable(guild=guild):
                name, payload = "GUILD_DELETE", {"id": str(guild.id), "unavailable": True}
            case GuildJoined(guild=guild):
                name, payload = "GUILD_CREATE", self._payloads.guild_create(guild, with_members=False)
            case GuildAvailable(guild=guild):
                # By this key alone a client tells a server that came back from one that was joined.
                name, payload = "GUILD_CREATE", self._payloads.guild_create(guild, with_members=False)
                payload["unavailable"] = False
            case _:
                assert_never(event)
        return [Dispatch(name=name, payload=payload, intents=Intent.GUILDS)]

    def _entered(self, channel: Channel, user_id: Snowflake) -> list[Dispatch]:
        """Of who enters a thread a bot without the members intent is told only where it is itself."""
        if user_id != self._world.bot.id:
            return []
        member = self._payloads.thread_member(channel, user_id)
        payload = {**self._payloads.channel(channel), "member": member}
        members = {
            "id": str(channel.id),
            "guild_id": str(channel.guild_id),
            "member_count": payload["member_count"],
            "added_members": [member],
        }
        return [
            Dispatch(name="THREAD_CREATE", payload=payload, intents=Intent.GUILDS),
            Dispatch(name="THREAD_MEMBERS_UPDATE", payload=members, intents=Intent.GUILDS),
        ]

    def _role(self, event: RoleCreated | RoleUpdated) -> list[Dispatch]:
        name = "GUILD_ROLE_CREATE" if isinstance(event, RoleCreated) else "GUILD_ROLE_UPDATE"
        payload = {"guild_id": str(event.guild.id), "role": self._payloads.role(event.role)}
        return [Dispatch(name=name, payload=payload, intents=Intent.GUILDS)]

    def _is_seen(self, channel: Channel) -> bool:
        """Nor in a server that is in an outage."""
        is_told = channel.guild_id is None or self._world.guild(channel.guild_id).is_available
        return is_told and self._world.sees(self._world.bot.id, channel)

    def _placed(self, channel: Channel) -> Json:
        place = {"channel_id": str(channel.id)}
        return place if channel.guild_id is None else {**place, "guild_id": str(channel.guild_id)}

    def _message(self, name: str, message: Message) -> list[Dispatch]:
        channel = self._world.channel(message.channel_id)
        if message.is_ephemeral or not self._is_seen(channel):
            return []
        payload = self._payloads.dispatched(message, self._world.bot.id)
        return [Dispatch(name=name, payload=payload, intents=_either(channel, Intent.GUILD_MESSAGES))]

    def _deleted(self, event: MessagesDeleted) -> list[Dispatch]:
        heard = [message for message in event.messages if not message.is_ephemeral]
        if not heard or not self._is_seen(event.channel):
            return []
        ids = [str(message.id) for message in heard]
        intents = _either(event.channel, Intent.GUILD_MESSAGES)
        place = self._placed(event.channel)
        if event.is_bulk:
            return [Dispatch(name="MESSAGE_DELETE_BULK", payload={**place, "ids": ids}, intents=intents)]
        return [Dispatch(name="MESSAGE_DELETE", payload={**place, "id": each}, intents=intents) for each in ids]

    def _reacted(self, event: ReactionAdded | ReactionRemoved | ReactionsCleared) -> list[Dispatch]:
        message = event.message
        channel = self._world.channel(message.channel_id)
        if message.is_ephemeral or not self._is_seen(channel):
            return []
        payload: Json = {**self._placed(channel), "message_id": str(message.id)}
        if event.emoji is not None:
            payload["emoji"] = {"id": None, "name": event.emoji}
        match event:
            case ReactionsCleared(emoji=emoji):
                name = "MESSAGE_REACTION_REMOVE_ALL" if emoji is None else "MESSAGE_REACTION_REMOVE_EMOJI"
            case ReactionAdded(user_id=user_id, is_burst=is_burst):
                name = "MESSAGE_REACTION_ADD"
                payload |= {"user_id": str(user_id), "type": int(is_burst), "burst": is_burst, "burst_colors": []}
                payload |= {"message_author_id": str(message.author_id)}
                if channel.guild_id is not None:
                    payload["member"] = self._payloads.member(self._world.member(channel.guild_id, user_id))
            case ReactionRemoved(user_id=user_id, is_burst=is_burst):
                name = "MESSAGE_REACTION_REMOVE"
                payload |= {"user_id": str(user_id), "type": int(is_burst), "burst": is_burst}
            case _:
                assert_never(event)
        return [Dispatch(name=name, payload=payload, intents=_either(channel, Intent.GUILD_REACTIONS))]

    def _typing(self, channel: Channel, user_id: Snowflake) -> list[Dispatch]:
        if not self._is_seen(channel):
            return []
        payload: Json = {**self._placed(channel), "user_id": str(user_id)}
        payload["timestamp"] = int(self._world.now().timestamp())
        if channel.guild_id is not None:
            payload["member"] = self._payloads.member(self._world.member(channel.guild_id, user_id))
        return [Dispatch(name="TYPING_START", payload=payload, intents=_either(channel, Intent.GUILD_TYPING))]

    def _channel(self, event: ChannelCreated | ChannelUpdated | ChannelDeleted | ThreadMemberAdded) -> list[Dispatch]:
        channel = event.channel
        if isinstance(event, ThreadMemberAdded):
            return self._entered(channel, event.user_id)
        kind = "THREAD" if channel.type in THREADS else "CHANNEL"
        if kind == "THREAD" and not self._is_seen(channel):
            return []
        verb = {ChannelCreated: "CREATE", ChannelUpdated: "UPDATE", ChannelDeleted: "DELETE"}[type(event)]
        payload = self._payloads.channel(channel)
        if isinstance(event, ChannelCreated) and kind == "THREAD":
            payload["newly_created"] = True
        return [Dispatch(name=f"{kind}_{verb}", payload=payload, intents=Intent.GUILDS)]


_DIRECT = {
    Intent.GUILD_MESSAGES: Intent.DIRECT_MESSAGES,
    Intent.GUILD_REACTIONS: Intent.DIRECT_REACTIONS,
    Intent.GUILD_TYPING: Intent.DIRECT_TYPING,
}


def _either(channel: Channel, intent: Intent) -> Intent:
    return intent if channel.guild_id is not None else _DIRECT[intent]
