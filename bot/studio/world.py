"""The world behind the server: one server with its channels and people, what they wrote, and what happens there."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from bot.studio.commands import Commands
from bot.studio.entities import THREADS, Channel, ChannelType, Guild, Member, Role, Thread, User
from bot.studio.errors import DiscordError
from bot.studio.events import (
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    Event,
    GuildAvailable,
    GuildJoined,
    GuildLeft,
    GuildUnavailable,
    RoleCreated,
    RoleUpdated,
    ThreadMemberAdded,
)
from bot.studio.interactions import Interactions
from bot.studio.messages import Messages
from bot.studio.permissions import ALL, NONE, Overwrite, Permission, permissions_in_channel
from bot.studio.refusals import Refusals
from bot.studio.snowflakes import Clock, Mint, Snowflake
from bot.studio.spool import Spool

Answer = TypeVar("Answer")


class World:
    """State and its laws, without a word of HTTP. Everything that happens is told to the listeners at once.

    Refusals are `DiscordError`s with the code that Discord would send.
    """

    def __init__(self, *, clock: Clock, bot: User, files: Spool, attachment_limit_bytes: int) -> None:
        self.clock = clock
        self.mint = Mint(clock)
        self.bot = bot
        self.attachment_limit_bytes = attachment_limit_bytes
        self.has_message_content_intent = False
        self.users: dict[Snowflake, User] = {bot.id: bot}
        self.guilds: dict[Snowflake, Guild] = {}
        self.channels: dict[Snowflake, Channel] = {}
        self.files = files
        self.refusals = Refusals()
        self.messages = Messages(self)
        self.commands = Commands(self)
        self.interactions = Interactions(self)
        self._listeners: list[Callable[[Event], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()

    def now(self) -> datetime:
        return self.clock()

    # Telling and waiting

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Calls the listener at each event; what it returns ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)
        self.stir()

    def stir(self) -> None:
        """Wakes everyone who waits in `until`, so that each looks again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(self, predicate: Callable[[], Answer | None], *, within_seconds: float) -> Answer:
        """Waits until the predicate is true, looking again at each change; TimeoutError when it never is."""
        async with asyncio.timeout(within_seconds):
            while not (answer := predicate()):
                change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.add(change)
                try:
                    await change
                finally:
                    self._waiting.discard(change)
        return answer

    # Looking up

    def guild(self, guild_id: Snowflake) -> Guild:
        if guild_id not in self.guilds:
            raise DiscordError(10004)
        return self.guilds[guild_id]

    def channel(self, channel_id: Snowflake) -> Channel:
        if channel_id not in self.channels:
            raise DiscordError(10003)
        return self.channels[channel_id]

    def user(self, user_id: Snowflake) -> User:
        if user_id not in self.users:
            raise DiscordError(10013)
        return self.users[user_id]

    def member(self, guild_id: Snowflake, user_id: Snowflake) -> Member:
        members = self.guild(guild_id).members
        if user_id not in members:
            raise DiscordError(10007)
        return members[user_id]

    def channels_of(self, guild_id: Snowflake) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.guild_id == guild_id]

    # Permissions

    def permissions(self, user_id: Snowflake, channel: Channel) -> Permission:
        """What somebody may do in a channel; in a direct conversation, its two people may do all but moderate."""
        if channel.guild_id is None:
            return ALL & ~Permission.MANAGE_MESSAGES if user_id in channel.recipient_ids else NONE
        guild = self.guild(channel.guild_id)
        if user_id not in guild.members:
            return NONE
        place = self.channel(channel.parent_id) if channel.type in THREADS and channel.parent_id else channel
        held = [guild.roles[role_id] for role_id in guild.members[user_id].role_ids]
        return permissions_in_channel(
            user=user_id,
            roles=[(role.id, role.permissions) for role in [guild.roles[guild.id], *held]],
            everyone=guild.id,
            overwrites=place.overwrites,
            is_owner=guild.owner_id == user_id,
        )

    def sees(self, user_id: Snowflake, channel: Channel) -> bool:
        """Whether somebody may look into a channel; into a private thread, who is in it or manages threads.

        The sums of permissions that Discord sends with interactions know nothing of who is in a thread.
        """
        held = self.permissions(user_id, channel)
        if channel.type is ChannelType.PRIVATE_THREAD and channel.thread is not None:
            return user_id in channel.thread.member_ids or Permission.MANAGE_THREADS in held
        return Permission.VIEW_CHANNEL in held

    def require(self, user_id: Snowflake, channel: Channel, needed: Permission) -> None:
        """DiscordError 50001 where the channel is hidden, 50013 where a permission is missing."""
        held = self.permissions(user_id, channel)
        if not self.sees(user_id, channel):
            raise DiscordError(50001)
        if needed not in held:
            raise DiscordError(50013)

    def set_overwrite(
        self, channel_id: Snowflake, target: Snowflake, *, allow: Permission = NONE, deny: Permission = NONE
    ) -> None:
        """Lays down what a member or a role may do in one channel, in place of what was laid down before."""
        channel = self.channel(channel_id)
        is_role = channel.guild_id is not None and target in self.guild(channel.guild_id).roles
        kept = [overwrite for overwrite in channel.overwrites if overwrite.target != target]
        channel.overwrites = [*kept, Overwrite(target=target, is_role=is_role, allow=allow, deny=deny)]
        self.emit(ChannelUpdated(channel=channel))

    # Coming and going

    def add_guild(self, guild: Guild, channels: Iterable[Channel] = ()) -> None:
        self.guilds[guild.id] = guild
        self.users.update({member.user.id: member.user for member in guild.members.values()})
        self.channels.update({channel.id: channel for channel in channels})
        self.emit(GuildJoined(guild=guild))

    def set_available(self, guild_id: Snowflake, *, is_available: bool) -> None:
        """An outage of Discord's begins or ends: meanwhile nothing of the server is told, but commands arrive."""
        guild = self.guild(guild_id)
        if guild.is_available != is_available:
            guild.is_available = is_available
            self.emit(GuildAvailable(guild=guild) if is_available else GuildUnavailable(guild=guild))

    def remove_guild(self, guild_id: Snowflake) -> None:
        """The bot leaves, or is thrown out of, a server."""
        guild = self.guilds.pop(guild_id)
        for channel in self.channels_of(guild_id):
            del self.channels[channel.id]
        self.emit(GuildLeft(guild=guild))

    def add_member(self, guild_id: Snowflake, user: User, *, permissions: Permission = NONE) -> Member:
        """Adds somebody, with a role of their own where they may do more than everyone."""
        guild = self.guild(guild_id)
        self.users[user.id] = user
        role_ids: list[Snowflake] = []
        if permissions:
            role = Role(id=self.mint.next(), name=user.global_name, permissions=permissions, position=len(guild.roles))
            guild.roles[role.id] = role
            self.emit(RoleCreated(guild=guild, role=role))
            role_ids.append(role.id)
        guild.members[user.id] = Member(user=user, role_ids=role_ids, joined_at=self.now())
        return guild.members[user.id]

    def change_role(self, guild_id: Snowflake, role: Role) -> None:
        """Puts a role in the place of the one with its id."""
        guild = self.guild(guild_id)
        guild.roles[role.id] = role
        self.emit(RoleUpdated(guild=guild, role=role))

    def direct_channel(self, user_id: Snowflake) -> Channel:
        """The conversation between the bot and one person, opened where there was none."""
        pair = (self.bot.id, self.user(user_id).id)
        for channel in self.channels.values():
            if channel.type is ChannelType.DIRECT and channel.recipient_ids == pair:
                return channel
        channel = Channel(
            id=self.mint.next(), type=ChannelType.DIRECT, name=self.user(user_id).username, guild_id=None,
            recipient_ids=pair,
        )  # fmt: skip
        self.channels[channel.id] = channel
        return channel

    # Threads

    def start_thread(
        self, parent: Channel, *, name: str, owner_id: Snowflake, type_: ChannelType, archive_minutes: int,
        thread_id: Snowflake | None = None,
    ) -> Channel:  # fmt: skip
        """Starts a thread; one that hangs on a message takes that message's id."""
        channel = Channel(
            id=thread_id or self.mint.next(),
            type=type_,
            name=name,
            guild_id=parent.guild_id,
            parent_id=parent.id,
            is_age_restricted=parent.is_age_restricted,
            thread=Thread(
                owner_id=owner_id,
                auto_archive_minutes=archive_minutes,
                is_archived=False,
                is_locked=False,
                archive_moved_at=self.now(),
                member_ids=[owner_id],
            ),
        )
        self.channels[channel.id] = channel
        self.emit(ChannelCreated(channel=channel))
        return channel

    def add_to_thread(self, channel: Channel, user_id: Snowflake) -> None:
        """Somebody joins a thread, or is brought into it by a mention."""
        if channel.thread is None:
            raise DiscordError(50024)
        if user_id not in channel.thread.member_ids:
            channel.thread.member_ids.append(user_id)
            self.emit(ThreadMemberAdded(channel=channel, user_id=user_id))

    def set_thread(self, channel: Channel, *, is_archived: bool, is_locked: bool = False) -> None:
        """Archives, locks or reopens a thread."""
        thread = channel.thread
        if thread is None:
            raise DiscordError(50024)
        if thread.is_archived != is_archived:
            thread.archive_moved_at = self.now()
        thread.is_archived, thread.is_locked = is_archived, is_locked
        self.emit(ChannelUpdated(channel=channel))

    def require_open(self, user_id: Snowflake, channel: Channel, *, by_writing: bool = False) -> None:
        """DiscordError 50083 in an archived thread, and in a locked one without Manage Threads.

        `by_writing`: whether it is about a new message, which reopens a thread that is only archived.
        """
        thread = channel.thread
        if thread is None:
            return
        is_barred = thread.is_locked and Permission.MANAGE_THREADS not in self.permissions(user_id, channel)
        if is_barred or (thread.is_archived and not by_writing):
            raise DiscordError(50083)

    def reopen(self, channel: Channel) -> None:
        """Somebody has written in a thread."""
        if channel.thread is not None and channel.thread.is_archived:
            self.set_thread(channel, is_archived=False, is_locked=channel.thread.is_locked)

    def delete_channel(self, channel_id: Snowflake) -> None:
        channel = self.channel(channel_id)
        del self.channels[channel_id]
        self.emit(ChannelDeleted(channel=channel))
