"""The people, places and messages of the world. Only `World` and its parts change them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any

from bot.studio.permissions import Overwrite, Permission
from bot.studio.snowflakes import Snowflake

Json = dict[str, Any]


class ChannelType(IntEnum):
    TEXT = 0
    DIRECT = 1
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


THREADS = frozenset({ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})


class MessageType(IntEnum):
    DEFAULT = 0
    PINNED = 6
    THREAD_CREATED = 18
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU = 23


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    VOICE_MESSAGE = 1 << 13
    COMPONENTS_V2 = 1 << 15


NO_FLAG = MessageFlag(0)


@dataclass(slots=True, kw_only=True)
class User:
    id: Snowflake
    username: str
    global_name: str
    locale: str = "en-US"
    is_bot: bool = False


@dataclass(slots=True, kw_only=True)
class Role:
    id: Snowflake
    name: str
    permissions: Permission
    position: int = 0
    is_managed: bool = False


@dataclass(slots=True, kw_only=True)
class Member:
    user: User
    role_ids: list[Snowflake]
    joined_at: datetime


@dataclass(slots=True, kw_only=True)
class Thread:
    """What a channel has beyond a channel when it is a thread."""

    owner_id: Snowflake
    auto_archive_minutes: int
    is_archived: bool
    is_locked: bool
    archive_moved_at: datetime
    member_ids: list[Snowflake]


@dataclass(slots=True, kw_only=True)
class Channel:
    id: Snowflake
    type: ChannelType
    name: str
    guild_id: Snowflake | None  # None: a direct conversation
    position: int = 0
    is_age_restricted: bool = False
    topic: str | None = None
    parent_id: Snowflake | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    recipient_ids: tuple[Snowflake, ...] = ()
    last_message_id: Snowflake | None = None
    thread: Thread | None = None


@dataclass(slots=True, kw_only=True)
class Guild:
    id: Snowflake
    name: str
    owner_id: Snowflake
    locale: str
    roles: dict[Snowflake, Role]
    members: dict[Snowflake, Member]
    system_channel_id: Snowflake | None = None
    is_available: bool = True  # False: in an outage, or before its first GUILD_CREATE.


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, from a person or from the bot: `Upload("cat.png", content)`."""

    filename: str
    content: bytes = field(repr=False)
    media_type: str | None = None  # None: what the file's name says, whatever the bytes are


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that was taken in. It lies on disk for as long as something shows it.

    `filename` is what Discord makes of the name that it was given; `title` is the name before that, without its
    ending, where the two differ. `width` and `height` are in pixels, None unless it is a picture.
    """

    id: Snowflake
    filename: str
    path: Path = field(repr=False)
    size_bytes: int
    media_type: str
    title: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None

    @property
    def is_spoiler(self) -> bool:
        return self.filename.startswith("SPOILER_")

    @property
    def content(self) -> bytes:
        """The bytes. Soon after its message is deleted or shows something else, FileNotFoundError."""
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """Whom a message notifies."""

    users: frozenset[Snowflake] = frozenset()
    roles: frozenset[Snowflake] = frozenset()
    everyone: bool = False

    def __or__(self, other: "Pings") -> "Pings":
        return Pings(
            users=self.users | other.users, roles=self.roles | other.roles, everyone=self.everyone or other.everyone
        )

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that can be seen of a message, already checked."""

    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: MessageFlag = NO_FLAG
    mentions: Pings = Pings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button of a message, as a member sees it."""

    label: str
    custom_id: str | None
    emoji: str | None
    is_disabled: bool


@dataclass(slots=True, kw_only=True)
class Message:
    """A message, always as it stands now: the object stays the same through edits and deletion.

    `pings` gathers every mention that would have notified somebody, when it was sent or by an edit.
    `previews` are the embeds that Discord itself adds for links, some time after the message.
    `reactions` maps an emoji to the ids of those who reacted with it, in order; `bursts` does so for super reactions.
    """

    id: Snowflake
    channel_id: Snowflake
    author_id: Snowflake
    type: MessageType
    created_at: datetime
    draft: Draft
    edited_at: datetime | None = None
    edits_count: int = 0
    previews: tuple[Json, ...] = ()
    reactions: dict[str, list[Snowflake]] = field(default_factory=dict)
    bursts: dict[str, list[Snowflake]] = field(default_factory=dict)
    pings: Pings = Pings()
    nonce: str | None = None
    interaction_id: Snowflake | None = None
    interaction_metadata: Json | None = None
    reply_to: Snowflake | None = None
    ephemeral_for: Snowflake | None = None
    thread_id: Snowflake | None = None
    is_pinned: bool = False
    is_deleted: bool = False

    @property
    def content(self) -> str:
        return self.draft.content

    @property
    def embeds(self) -> tuple[Json, ...]:
        return self.draft.embeds

    @property
    def components(self) -> tuple[Json, ...]:
        return self.draft.components

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.draft.attachments

    @property
    def flags(self) -> MessageFlag:
        return self.draft.flags

    @property
    def is_ephemeral(self) -> bool:
        return self.ephemeral_for is not None

    @property
    def emojis(self) -> Sequence[str]:
        """What stands under the message, in whatever way."""
        return list(dict.fromkeys((*self.reactions, *self.bursts)))

    def reacted(self, *, is_burst: bool) -> dict[str, list[Snowflake]]:
        return self.bursts if is_burst else self.reactions

    @property
    def is_thinking(self) -> bool:
        return MessageFlag.LOADING in self.flags

    @property
    def buttons(self) -> list[Button]:
        return [
            Button(
                label=each.get("label", ""),
                custom_id=each.get("custom_id"),
                emoji=(each.get("emoji") or {}).get("name"),
                is_disabled=bool(each.get("disabled")),
            )
            for each in walk_components(self.components)
            if each.get("type") == 2
        ]

    def button(self, label: str) -> Button:
        """The button of this label; LookupError names those that are there."""
        for each in self.buttons:
            if each.label == label:
                return each
        raise LookupError(f"no button {label!r} among {[each.label for each in self.buttons]}")


def walk_components(components: tuple[Json, ...] | list[Json]) -> Iterator[Json]:
    """Every component, nested ones included, in the order in which they are shown."""
    for each in components:
        yield each
        yield from walk_components(each.get("components") or [])
        for name in ("accessory", "component"):
            if isinstance(each.get(name), dict):
                yield from walk_components([each[name]])
