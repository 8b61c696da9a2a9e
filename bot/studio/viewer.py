"""What one person on the page sees: messages, and events as they happen."""

from typing import assert_never

from bot.studio.entities import Channel, Json, Message
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
from bot.studio.interactions import Interaction
from bot.studio.payloads import Payloads
from bot.studio.people import Person
from bot.studio.permissions import Permission
from bot.studio.world import World


class Viewer:
    """The world in JSON, as one person on the page sees it."""

    def __init__(self, world: World, payloads: Payloads, person: Person) -> None:
        self._world = world
        self._payloads = payloads
        self.person = person

    def message(self, message: Message) -> Json:
        payload = self._payloads.message(message, self.person.id)
        return payload | {
            "is_private": message.is_ephemeral,
            "is_thinking": message.is_thinking,
            "reacted": {
                emoji: [str(each) for each in (*message.reactions.get(emoji, ()), *message.bursts.get(emoji, ()))]
                for emoji in message.emojis
            },
        }

    def interaction(self, interaction: Interaction) -> Json:
        """How an interaction stands; `sent_ns` is CLOCK_MONOTONIC when its gateway frame was written."""
        response = interaction.response
        return {
            "id": str(interaction.id),
            "is_acknowledged": interaction.is_acknowledged,
            "modal": interaction.modal,
            "response_id": str(response.id) if response is not None else None,
            "sent_ns": interaction.sent_ns,
        }

    def permissions(self, channel: Channel) -> Permission:
        return self._world.permissions(self.person.id, channel)

    def may_see(self, channel: Channel) -> bool:
        return self._world.sees(self.person.id, channel)

    def frame(self, event: Event) -> Json | None:
        """What the page is told of an event; None where it does not concern this person."""
        match event:
            case MessageCreated(message=message) | MessageUpdated(message=message):
                return self._message_frame(message)
            case ReactionAdded() | ReactionRemoved() | ReactionsCleared():
                return self._message_frame(event.message)
            case MessagesDeleted(channel=channel, messages=messages):
                ids = [str(message.id) for message in messages]
                return (
                    {"event": "deleted", "channel_id": str(channel.id), "ids": ids} if self.may_see(channel) else None
                )
            case TypingStarted(channel=channel, user_id=user_id):
                name = self._world.users[user_id].global_name
                return (
                    {"event": "typing", "channel_id": str(channel.id), "name": name} if self.may_see(channel) else None
                )
            case InteractionAnswered(interaction_id=interaction_id):
                interaction = self._world.interactions.get(interaction_id)
                if interaction.user_id != self.person.id:
                    return None
                return {"event": "answered", "interaction": self.interaction(interaction)}
            case CommandsRegistered():
                return {"event": "commands"}
            case (
                ChannelCreated()
                | ChannelUpdated()
                | ChannelDeleted()
                | GuildJoined()
                | GuildLeft()
                | GuildAvailable()
                | GuildUnavailable()
                | ThreadMemberAdded()
                | RoleCreated()
                | RoleUpdated()
            ):
                return {"event": "channels"}
            case InteractionCreated():
                return None
            case _:
                assert_never(event)

    def _message_frame(self, message: Message) -> Json | None:
        channel = self._world.channels.get(message.channel_id)
        if channel is None or not self.may_see(channel) or message.ephemeral_for not in (None, self.person.id):
            return None
        return {"event": "message", "message": self.message(message)}
