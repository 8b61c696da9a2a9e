"""Interactions: what a member asked the bot, by which token it is answered, and how it was answered."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bot.studio.entities import Draft, Json, Message, MessageFlag, MessageType
from bot.studio.errors import DiscordError
from bot.studio.events import InteractionAnswered, InteractionCreated
from bot.studio.snowflakes import Snowflake

if TYPE_CHECKING:
    from bot.studio.world import World

FIRST_ANSWER_WITHIN = timedelta(seconds=3)
TOKEN_LIFE = timedelta(minutes=15)


class InteractionKind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, kw_only=True)
class Interaction:
    """One interaction, always as it stands now.

    `response` is the message that stands for the answer (for a press that updates, the message pressed), `followups`
    what came after it. `sent_ns` is CLOCK_MONOTONIC when the gateway frame was written.
    """

    id: Snowflake
    token: str
    kind: InteractionKind
    user_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None
    payload: Json
    created_at: datetime
    locale: str
    source: Message | None = None  # the message whose button was pressed
    origin: "Interaction | None" = None  # the interaction that opened the modal
    command_name: str | None = None
    callback: Callback | None = None
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    sent_ns: int | None = None

    @property
    def is_acknowledged(self) -> bool:
        return self.callback is not None

    @property
    def is_private(self) -> bool:
        return self.response is not None and self.response.is_ephemeral

    @property
    def messages(self) -> list[Message]:
        """All answers that still stand."""
        answers = [self.response, *self.followups]
        return [message for message in answers if message is not None and not message.is_deleted]


class Interactions:
    """Every interaction, by id and by token, and the rules of answering."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_id: dict[Snowflake, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def get(self, interaction_id: Snowflake) -> Interaction:
        if interaction_id not in self._by_id:
            raise DiscordError(10062)
        return self._by_id[interaction_id]

    def begin(
        self, *, kind: InteractionKind, user_id: Snowflake, channel_id: Snowflake, payload: Json, **more: Any
    ) -> Interaction:
        """A member asks: the interaction is born and sent to the bot. `more` are further fields of `Interaction`."""
        interaction = Interaction(
            id=self._world.mint.next(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            user_id=user_id,
            channel_id=channel_id,
            guild_id=self._world.channel(channel_id).guild_id,
            payload=payload,
            created_at=self._world.now(),
            locale=self._world.user(user_id).locale,
            **more,
        )
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        self._world.emit(InteractionCreated(interaction_id=interaction.id))
        return interaction

    def awaiting_answer(self, interaction_id: Snowflake, token: str) -> Interaction:
        """The interaction to answer first; 10062 when unknown or older than 3 s, 40060 when answered already."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise DiscordError(10062)
        if interaction.is_acknowledged:
            raise DiscordError(40060)
        if self._world.now() - interaction.created_at > FIRST_ANSWER_WITHIN:
            raise DiscordError(10062)
        return interaction

    def by_token(self, application_id: Snowflake, token: str) -> Interaction:
        """The interaction of a living token; 10015 when unknown or unanswered, 50027 after 15 minutes."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.bot.id:
            raise DiscordError(10015)
        if self._world.now() - interaction.created_at > TOKEN_LIFE:
            raise DiscordError(50027)
        if not interaction.is_acknowledged:
            raise DiscordError(10015)
        return interaction

    # Answering

    def acknowledge(self, interaction: Interaction, callback: Callback) -> None:
        interaction.callback = callback
        if callback in (Callback.DEFERRED_UPDATE, Callback.UPDATE):
            interaction.response = interaction.source
        self._tell(interaction)

    def answer_message(self, interaction: Interaction, draft: Draft, callback: Callback) -> Message:
        """The first answer as a message, or as the placeholder that says that the bot is thinking."""
        interaction.callback = callback
        interaction.response = self._post(interaction, draft, replies_to=None)
        self._tell(interaction)
        return interaction.response

    def answer_choices(self, interaction: Interaction, choices: list[Json]) -> None:
        interaction.choices = choices
        self.acknowledge(interaction, Callback.CHOICES)

    def answer_modal(self, interaction: Interaction, modal: Json) -> None:
        interaction.modal = modal
        self.acknowledge(interaction, Callback.MODAL)

    def follow_up(self, interaction: Interaction, draft: Draft) -> Message:
        """A further message; the first one after a deferral fills the placeholder, as Discord does it."""
        placeholder = interaction.response
        if placeholder is not None and placeholder.is_thinking and not placeholder.is_deleted:
            self._world.messages.edit(placeholder, draft)
            self._tell(interaction)
            return placeholder
        message = self._post(interaction, draft, replies_to=placeholder)
        interaction.followups.append(message)
        self._tell(interaction)
        return message

    def answer(self, interaction: Interaction, which: str) -> Message:
        """One answer by `@original` or id; 10008 where it is not this interaction's or no longer stands."""
        for message in interaction.messages:
            if which == str(message.id) or (which == "@original" and message is interaction.response):
                return message
        raise DiscordError(10008)

    def _post(self, interaction: Interaction, draft: Draft, *, replies_to: Message | None) -> Message:
        is_private = MessageFlag.EPHEMERAL in draft.flags
        slash = interaction.kind is InteractionKind.COMMAND and interaction.payload.get("type", 1) == 1
        first = MessageType.COMMAND if slash else MessageType.CONTEXT_MENU
        type_ = first if interaction.kind is InteractionKind.COMMAND and replies_to is None else MessageType.REPLY
        return self._world.messages.send(
            self._world.channel(interaction.channel_id),
            self._world.bot.id,
            draft,
            type_=type_ if replies_to or interaction.kind is InteractionKind.COMMAND else MessageType.DEFAULT,
            reply_to=replies_to.id if replies_to else None,
            interaction_id=interaction.id,
            interaction_metadata=self.metadata(interaction),
            ephemeral_for=interaction.user_id if is_private else None,
        )

    def metadata(self, interaction: Interaction) -> Json:
        """What Discord tells on a message about the interaction that it answers (without the user's own fields)."""
        metadata: Json = {
            "id": str(interaction.id),
            "type": int(interaction.kind),
            "user_id": str(interaction.user_id),
            "authorizing_integration_owners": {"0": str(interaction.guild_id or 0)},
        }
        if interaction.command_name:
            metadata["name"] = interaction.command_name
        if interaction.source is not None and interaction.kind is InteractionKind.COMPONENT:
            metadata["interacted_message_id"] = str(interaction.source.id)
        if interaction.origin is not None:
            metadata["triggering_interaction_metadata"] = self.metadata(interaction.origin)
        return metadata

    def _tell(self, interaction: Interaction) -> None:
        self._world.emit(InteractionAnswered(interaction_id=interaction.id))
