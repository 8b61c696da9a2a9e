"""What was written: sending, editing and deleting messages, reacting to them, and the memory of nonces."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.studio.emoji import is_emoji
from bot.studio.entities import Channel, Draft, Json, Message, MessageFlag, MessageType
from bot.studio.errors import DiscordError
from bot.studio.events import (
    MessageCreated,
    MessagesDeleted,
    MessageUpdated,
    ReactionAdded,
    ReactionRemoved,
    ReactionsCleared,
)
from bot.studio.permissions import Permission
from bot.studio.snowflakes import Snowflake
from bot.studio.unfurling import previews_of

if TYPE_CHECKING:
    from bot.studio.world import World

NONCE_MEMORY = timedelta(minutes=3)
BULK_DELETE_WITHIN = timedelta(days=14)
REACTIONS_A_MESSAGE = 20


class Messages:
    """Every message of the world, by channel and in order."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_channel: dict[Snowflake, dict[Snowflake, Message]] = {}
        self._nonces: dict[tuple[Snowflake, Snowflake, str], Message] = {}

    # Reading

    def everything(self, channel_id: Snowflake) -> list[Message]:
        """All that stands in a channel, private messages too, oldest first."""
        return list(self._by_channel.get(channel_id, {}).values())

    def get(self, channel_id: Snowflake, message_id: Snowflake) -> Message:
        """The message, private or not; DiscordError 10008 where it is unknown or deleted."""
        message = self._by_channel.get(channel_id, {}).get(message_id)
        if message is None:
            raise DiscordError(10008)
        return message

    def get_public(self, channel_id: Snowflake, message_id: Snowflake) -> Message:
        """As the bot sees it by channel and id: private messages do not exist there."""
        message = self.get(channel_id, message_id)
        if message.is_ephemeral:
            raise DiscordError(10008)
        return message

    def visible_to(self, channel_id: Snowflake, user_id: Snowflake) -> list[Message]:
        return [
            message for message in self.everything(channel_id) if message.ephemeral_for in (None, user_id)
        ]  # fmt: skip

    def page(
        self, channel_id: Snowflake, *, limit: int, before: int | None, after: int | None, around: int | None
    ) -> list[Message]:
        """Public messages, newest first, as Discord lists them."""
        public = [message for message in self.everything(channel_id) if not message.is_ephemeral]
        if around is not None:
            earlier = [message for message in public if message.id <= around][-(limit // 2 + 1) :]
            later = [message for message in public if message.id > around][: limit - len(earlier)]
            return [*earlier, *later][::-1]
        if after is not None:
            return [message for message in public if message.id > after][:limit][::-1]
        if before is not None:
            public = [message for message in public if message.id < before]
        return public[-limit:][::-1]

    # Writing

    def bring_back(self, messages: Iterable[Message]) -> None:
        """What stood here before, oldest first; nobody is told, since nobody looks on yet."""
        for message in messages:
            self._by_channel.setdefault(message.channel_id, {})[message.id] = message
            self._world.channel(message.channel_id).last_message_id = message.id

    def send(
        self,
        channel: Channel,
        author_id: Snowflake,
        draft: Draft,
        *,
        type_: MessageType = MessageType.DEFAULT,
        nonce: str | None = None,
        is_nonce_enforced: bool = False,
        reply_to: Snowflake | None = None,
        interaction_id: Snowflake | None = None,
        interaction_metadata: Json | None = None,
        ephemeral_for: Snowflake | None = None,
    ) -> Message:
        """Sends; with an enforced nonce that is remembered, gives back what was sent with it before."""
        key = (channel.id, author_id, nonce or "")
        if nonce and is_nonce_enforced and (earlier := self._remembered(key)):
            self._world.files.drop(*draft.attachments)
            return earlier
        if ephemeral_for is None:
            self._world.require_open(author_id, channel, by_writing=True)
        message = Message(
            id=self._world.mint.next(),
            channel_id=channel.id,
            author_id=author_id,
            type=type_,
            created_at=self._world.now(),
            draft=draft,
            pings=draft.mentions,
            nonce=nonce,
            reply_to=reply_to,
            interaction_id=interaction_id,
            interaction_metadata=interaction_metadata,
            ephemeral_for=ephemeral_for,
        )
        self._by_channel.setdefault(channel.id, {})[message.id] = message
        if nonce:
            self._nonces[key] = message
        if not message.is_ephemeral:
            channel.last_message_id = message.id
            self._world.reopen(channel)
        self._world.emit(MessageCreated(message=message))
        self._unfurl(message)
        return message

    def _remembered(self, key: tuple[Snowflake, Snowflake, str]) -> Message | None:
        earlier = self._nonces.get(key)
        if earlier is None or self._world.now() - earlier.created_at >= NONCE_MEMORY:
            return None
        return earlier

    def edit(self, message: Message, draft: Draft) -> None:
        """Puts a new draft in place of what stood there, and notifies as Discord would; 50083 in an archived thread."""
        if not message.is_ephemeral:
            self._world.require_open(message.author_id, self._world.channel(message.channel_id))
        was_thinking = message.is_thinking
        self._world.files.drop(*(each for each in message.attachments if each not in draft.attachments))
        message.draft = draft
        message.pings |= draft.mentions
        if not was_thinking:
            message.edited_at = self._world.now()
        message.edits_count += 1
        self._world.emit(MessageUpdated(message=message))
        self._unfurl(message)

    def _unfurl(self, message: Message) -> None:
        """Discord itself edits the message again once it has followed its links."""
        channel = self._world.channel(message.channel_id)
        is_bare = MessageFlag.SUPPRESS_EMBEDS in message.flags
        may_embed = Permission.EMBED_LINKS in self._world.permissions(message.author_id, channel)
        previews = () if is_bare or not may_embed else previews_of(message.content)
        if previews != message.previews:
            message.previews = previews
            self._world.emit(MessageUpdated(message=message))

    def delete(self, *messages: Message, is_bulk: bool = False) -> None:
        """Deletes messages of one channel."""
        channel = self._world.channel(messages[0].channel_id)
        for message in messages:
            message.is_deleted = True
            self._world.files.drop(*message.attachments)
            self._by_channel[channel.id].pop(message.id, None)
        self._world.emit(MessagesDeleted(channel=channel, messages=messages, is_bulk=is_bulk))

    def mark_thread(self, message: Message, thread_id: Snowflake) -> None:
        message.thread_id = thread_id
        self._world.emit(MessageUpdated(message=message))

    def pin(self, message: Message, *, is_pinned: bool) -> None:
        message.is_pinned = is_pinned
        self._world.emit(MessageUpdated(message=message))

    # Reactions

    def react(self, message: Message, user_id: Snowflake, emoji: str, *, is_burst: bool = False) -> None:
        """Adds a reaction, once a member, emoji and kind; DiscordError 10014, 30010 or a missing permission."""
        if not is_emoji(emoji):
            raise DiscordError(10014)
        needed = Permission.READ_MESSAGE_HISTORY
        if emoji not in message.emojis:
            needed |= Permission.ADD_REACTIONS
            if len(message.emojis) >= REACTIONS_A_MESSAGE:
                raise DiscordError(30010)
        channel = self._world.channel(message.channel_id)
        self._world.require(user_id, channel, needed)
        self._world.require_open(user_id, channel)
        reacted = message.reacted(is_burst=is_burst).setdefault(emoji, [])
        if user_id not in reacted:
            reacted.append(user_id)
            self._world.emit(ReactionAdded(message=message, user_id=user_id, emoji=emoji, is_burst=is_burst))

    def unreact(self, message: Message, user_id: Snowflake, emoji: str, *, is_burst: bool = False) -> None:
        """Takes a reaction back; where there is none, Discord says 10014."""
        reactions = message.reacted(is_burst=is_burst)
        reacted = reactions.get(emoji, [])
        if user_id not in reacted:
            raise DiscordError(10014)
        self._world.require_open(user_id, self._world.channel(message.channel_id))
        reacted.remove(user_id)
        if not reacted:
            del reactions[emoji]
        self._world.emit(ReactionRemoved(message=message, user_id=user_id, emoji=emoji, is_burst=is_burst))

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        if emoji is None:
            message.reactions.clear()
            message.bursts.clear()
        elif emoji not in message.emojis:
            raise DiscordError(10014)
        else:
            message.reactions.pop(emoji, None)
            message.bursts.pop(emoji, None)
        self._world.emit(ReactionsCleared(message=message, emoji=emoji))

    # Bulk

    def deletable_in_bulk(self, channel_id: Snowflake, ids: Collection[Snowflake]) -> list[Message]:
        """Those of the messages that still stand; 50034 where one is older than two weeks."""
        found = [message for message in self.everything(channel_id) if message.id in ids and not message.is_ephemeral]
        if any(self._world.now() - message.created_at > BULK_DELETE_WITHIN for message in found):
            raise DiscordError(50034)
        return found
