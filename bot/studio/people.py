"""People at work: what a member can do in Discord's client, for tests and for the page alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.studio.checks.commands import CHANNEL, MENTIONABLE, MESSAGE, PERSON, ROLE, SLASH
from bot.studio.checks.messages import checked_draft
from bot.studio.entities import Channel, ChannelType, Json, Message, Upload, User, walk_components
from bot.studio.errors import ClientRefusedError
from bot.studio.interactions import FIRST_ANSWER_WITHIN, Interaction, InteractionKind
from bot.studio.modals import filled_in
from bot.studio.options import OptionWriter, leaf_of, nested
from bot.studio.payloads import Payloads
from bot.studio.permissions import NONE, Permission
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

Values = Mapping[str, Any]
_BUTTON = 2
# Selects of people, roles, both and channels, and the kind of option that points at the same.
_POINTING = {5: PERSON, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}


class Person:
    """One member. Acts at once, and gives back live objects.

    What their client would refuse is a `ClientRefusedError`, what Discord would is a `DiscordError`.
    """

    def __init__(self, world: World, payloads: Payloads, user: User, *, home: Snowflake) -> None:
        self._world = world
        self._payloads = payloads
        self._home = home
        self.user = user

    @property
    def id(self) -> Snowflake:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    # Commands

    def commands(self, channel: Channel | None = None) -> list[Json]:
        """The commands that the picker shows this member here."""
        place = self._place(channel)
        held = self._world.permissions(self.id, place)
        return [
            each
            for each in self._world.commands.offered(place.guild_id)
            if self._world.commands.is_allowed(each, self.id, held)
            and (place.is_age_restricted or not each.get("nsfw"))
        ]

    async def command(
        self, name: str, options: Values | None = None, channel: Channel | None = None, *, unchecked: bool = False
    ) -> Interaction:
        """Calls a slash command by its full name (`"release preview"`); `unchecked` skips choices and ranges.

        An option that takes a file is given an `Upload`: `{"reference": Upload("cat.png", content)}`.
        """
        place, command = self._place(channel), self._found(name, SLASH, channel)
        writer = self._writer(place)
        written = writer.written(leaf_of(command, name), options or {}, is_checked=not unchecked)
        return self._ask(InteractionKind.COMMAND, place, command, name, nested(name, written), writer)

    async def autocomplete(
        self, name: str, option: str, partial: str, options: Values | None = None, channel: Channel | None = None
    ) -> list[Json]:
        """The choices that the bot offers while an option is typed; TimeoutError when it stays silent.

        `options` are those filled in already. The bot is told ids of people, channels and files, and no more.
        """
        place, command = self._place(channel), self._found(name, SLASH, channel)
        leaf = leaf_of(command, name)
        if not any(form["name"] == option and form.get("autocomplete") for form in leaf.get("options") or []):
            raise ClientRefusedError(f"{option} does not complete")
        writer = self._writer(place)
        written = writer.half_written(leaf, options or {}, focused=option, partial=partial)
        asked = self._ask(InteractionKind.AUTOCOMPLETE, place, command, name, nested(name, written), writer)
        within = FIRST_ANSWER_WITHIN.total_seconds()
        await self._world.until(lambda: asked.choices is not None, within_seconds=within)
        return asked.choices or []

    async def message_command(self, name: str, message: Message) -> Interaction:
        """Calls a command from a message's own menu."""
        place = self._world.channel(message.channel_id)
        command = self._found(name, MESSAGE, place)
        shown = self._payloads.message(message, message.author_id)
        payload: Json = {
            "id": command["id"],
            "name": name,
            "type": MESSAGE,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): shown}},
        }
        return self._world.interactions.begin(
            kind=InteractionKind.COMMAND, user_id=self.id, channel_id=place.id, payload=payload, command_name=name
        )

    def _found(self, name: str, type_: int, channel: Channel | None) -> Json:
        place = self._place(channel)
        held = self._world.permissions(self.id, place)
        if Permission.USE_APPLICATION_COMMANDS not in held or not self._world.sees(self.id, place):
            raise ClientRefusedError(f"{self.user.username} may not use commands in #{place.name}")
        wanted = name.split(" ", maxsplit=1)[0] if type_ == SLASH else name
        for each in self.commands(place):
            if each["name"] == wanted and each["type"] == type_:
                return each
        raise ClientRefusedError(f"{self.user.username} is not shown {name!r} in #{place.name}")

    def _writer(self, place: Channel) -> OptionWriter:
        return OptionWriter(self._world, self._payloads, guild_id=place.guild_id, channel_id=place.id, user_id=self.id)

    def _ask(
        self, kind: InteractionKind, place: Channel, command: Json, name: str, options: list[Json], writer: OptionWriter
    ) -> Interaction:
        payload: Json = {"id": command["id"], "name": command["name"], "type": SLASH, "options": options}
        if "guild_id" in command:
            payload["guild_id"] = command["guild_id"]
        if writer.resolved:
            payload["resolved"] = writer.resolved
        return self._world.interactions.begin(
            kind=kind, user_id=self.id, channel_id=place.id, payload=payload, command_name=name
        )

    # Components and modals

    async def press(self, message: Message, custom_id: str, *, unchecked: bool = False) -> Interaction:
        """Presses a button; `unchecked` presses one that is disabled, or that an edit has taken away."""
        if not unchecked:
            self._standing(message, custom_id, {_BUTTON})
        return self._touch(message, {"custom_id": custom_id, "component_type": _BUTTON})

    async def select(self, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Chooses from a select menu."""
        found = self._standing(message, custom_id, {3, 5, 6, 7, 8})
        offered = [option["value"] for option in found.get("options") or []]
        if offered and not set(values) <= set(offered):
            raise ClientRefusedError(f"{custom_id} offers {offered}")
        if not found.get("min_values", 1) <= len(values) <= found.get("max_values", 1):
            raise ClientRefusedError(f"{custom_id} takes another number of values")
        payload: Json = {"custom_id": custom_id, "component_type": found["type"], "values": list(values)}
        if found["type"] in _POINTING:
            payload["resolved"] = self._resolved(message, found, values)
        return self._touch(message, payload)

    async def submit(self, interaction: Interaction, fields: Values) -> Interaction:
        """Sends the modal that answered an interaction, filled in by `custom_id`; files are lists of `Upload`."""
        if interaction.modal is None:
            raise ClientRefusedError("no modal is open")
        writer = self._writer(self._world.channel(interaction.channel_id))
        filled = filled_in(interaction.modal, fields, uploading=writer.uploaded)
        for field in walk_components(filled):
            if field["type"] in _POINTING:
                for value in field["values"]:
                    writer.pointed_at(_POINTING[field["type"]], field["custom_id"], Snowflake(int(value)))
        payload: Json = {"custom_id": interaction.modal["custom_id"], "components": filled}
        if writer.resolved:
            payload["resolved"] = writer.resolved
        return self._world.interactions.begin(
            kind=InteractionKind.MODAL,
            user_id=self.id,
            channel_id=interaction.channel_id,
            payload=payload,
            source=interaction.source,
            origin=interaction,
        )

    def _resolved(self, message: Message, select: Json, values: Sequence[str]) -> Json:
        """What the chosen ids stand for; a select of channels offers those of its kinds alone."""
        writer = self._writer(self._world.channel(message.channel_id))
        for value in values:
            writer.pointed_at(_POINTING[select["type"]], select["custom_id"], Snowflake(int(value)))
        kinds = {each["type"] for each in writer.resolved.get("channels", {}).values()}
        if select.get("channel_types") and not kinds <= set(select["channel_types"]):
            raise ClientRefusedError(f"{select['custom_id']} does not offer these channels")
        return writer.resolved

    def _standing(self, message: Message, custom_id: str, types: set[int]) -> Json:
        self._require_sight(message)
        for each in walk_components(message.components):
            if each.get("custom_id") == custom_id and each["type"] in types and not each.get("disabled"):
                return each
        raise ClientRefusedError(f"nothing to press: {custom_id} among {message.buttons}")

    def _touch(self, message: Message, payload: Json) -> Interaction:
        return self._world.interactions.begin(
            kind=InteractionKind.COMPONENT,
            user_id=self.id,
            channel_id=message.channel_id,
            payload=payload,
            source=message,
        )

    # Messages

    async def say(self, text: str, channel: Channel | None = None, files: Sequence[Upload] = ()) -> Message:
        """Writes a message of their own."""
        place = self._place(channel)
        needed = Permission.SEND_MESSAGES | (Permission.ATTACH_FILES if files else NONE)
        self._world.require(self.id, place, needed)
        self._world.require_open(self.id, place, by_writing=True)
        draft = checked_draft(self._world, {"content": text}, dict(enumerate(files)))
        message = self._world.messages.send(place, self.id, draft)
        if place.thread is not None:  # Whom somebody mentions in a thread is brought into it.
            for user_id in draft.mentions.users:
                self._world.add_to_thread(place, user_id)
        return message

    async def start_thread(self, name: str, channel: Channel | None = None, *, is_private: bool = False) -> Channel:
        """Starts a thread in a channel, which only who is in it sees where it is private."""
        place = self._place(channel)
        self._world.require(self.id, place, Permission.SEND_MESSAGES)
        return self._world.start_thread(
            place,
            name=name,
            owner_id=self.id,
            type_=ChannelType.PRIVATE_THREAD if is_private else ChannelType.PUBLIC_THREAD,
            archive_minutes=1440,
        )

    async def reopen(self, thread: Channel) -> None:
        """Opens an archived thread, as a moderator."""
        self._world.require(self.id, thread, Permission.MANAGE_THREADS)
        self._world.set_thread(thread, is_archived=False)

    async def delete(self, message: Message) -> None:
        """Deletes a message of their own, or as a moderator anyone's."""
        self._require_sight(message)
        if message.is_ephemeral:
            raise ClientRefusedError("a private message is dismissed, not deleted")
        if message.author_id != self.id:
            self._world.require(self.id, self._world.channel(message.channel_id), Permission.MANAGE_MESSAGES)
        self._world.messages.delete(message)

    async def archive(self, thread: Channel, *, is_locked: bool = False) -> None:
        """Closes a thread; `is_locked`: so that only moderators open it again."""
        self._world.require(self.id, thread, Permission.MANAGE_THREADS)
        self._world.set_thread(thread, is_archived=True, is_locked=is_locked)

    async def delete_many(self, messages: Sequence[Message]) -> None:
        """Deletes several messages of one channel at once, as a moderator's bot does."""
        self._world.require(self.id, self._world.channel(messages[0].channel_id), Permission.MANAGE_MESSAGES)
        self._world.messages.delete(*messages, is_bulk=True)

    async def react(self, message: Message, emoji: str, *, is_burst: bool = False) -> None:
        """Puts an emoji under a message; `is_burst`: as a super reaction, which counts apart."""
        self._require_reactable(message)
        self._world.messages.react(message, self.id, emoji, is_burst=is_burst)

    async def unreact(self, message: Message, emoji: str, *, is_burst: bool = False) -> None:
        self._require_reactable(message)
        self._world.messages.unreact(message, self.id, emoji, is_burst=is_burst)

    async def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Takes all reactions off, or all of one emoji, as a moderator."""
        self._require_reactable(message)
        self._world.require(self.id, self._world.channel(message.channel_id), Permission.MANAGE_MESSAGES)
        self._world.messages.clear_reactions(message, emoji)

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """What this member sees in a channel, oldest first, private messages to them included."""
        return self._world.messages.visible_to(self._place(channel).id, self.id)

    def _require_reactable(self, message: Message) -> None:
        self._require_sight(message)
        if message.is_ephemeral:
            raise ClientRefusedError("a private message takes no reactions")

    def _require_sight(self, message: Message) -> None:
        is_seen = self._world.sees(self.id, self._world.channel(message.channel_id))
        if not is_seen or message.is_deleted or message.ephemeral_for not in (None, self.id):
            raise ClientRefusedError(f"{self.user.username} does not see this message")

    def _place(self, channel: Channel | None) -> Channel:
        return channel if channel is not None else self._world.channel(self._home)
