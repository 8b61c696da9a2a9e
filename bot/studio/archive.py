"""What stands in the studio, in one SQLite file: whoever opens the studio again finds it as it was left.

Kept is what Discord would keep: messages with their files and reactions, threads, and what channels allow. What lives
but minutes there, interactions, tokens and private messages, ends with the studio here as well.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final, assert_never

from pydantic import TypeAdapter

from bot.studio.entities import Channel, Draft, Message
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
from bot.studio.snowflakes import Snowflake
from bot.studio.spool import Spool
from bot.studio.world import World

_FORM: Final = 1  # Of the tables; a file of another form is refused.
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS channels (id INTEGER PRIMARY KEY, channel TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_channel ON messages (channel);
CREATE TABLE IF NOT EXISTS reactions (
    position INTEGER PRIMARY KEY, message INTEGER NOT NULL, emoji TEXT NOT NULL, user INTEGER NOT NULL,
    UNIQUE (message, emoji, user)
);
CREATE TABLE IF NOT EXISTS bursts (
    position INTEGER PRIMARY KEY, message INTEGER NOT NULL, emoji TEXT NOT NULL, user INTEGER NOT NULL,
    UNIQUE (message, emoji, user)
);
CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS files_by_message ON files (message);
"""
_REACTIONS: Final = ("reactions", "bursts")
_CHANNEL: Final = TypeAdapter(Channel)
_MESSAGE: Final = TypeAdapter(Message)


class ArchiveError(Exception):
    """The file is none of the studio's, or broken."""


class Archive:
    """Writes down each event as it happens; a studio that is killed has lost nothing that somebody saw."""

    def __init__(self, path: Path) -> None:
        """Raises `ArchiveError`, `sqlite3.OperationalError` where the file cannot be opened or written."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            form = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if form not in (0, _FORM):
                raise ArchiveError(f"{path} is of another version of the studio")
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(f"{_TABLES}PRAGMA user_version = {_FORM};")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ArchiveError(f"{path} cannot be read: {error}") from error
        except ArchiveError:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def bring_back(self, world: World, spool: Spool) -> None:
        """Put everything back where it was. Only before anybody looks."""
        for (written,) in self._connection.execute("SELECT channel FROM channels ORDER BY id"):
            channel = _CHANNEL.validate_json(written)
            world.channels[channel.id] = channel
        reactions, bursts = (self._reactions(table) for table in _REACTIONS)
        messages = []
        for number, written in self._connection.execute("SELECT id, message FROM messages ORDER BY id"):
            message = _MESSAGE.validate_json(written)
            if message.channel_id in world.channels:
                message.reactions = reactions.get(number, {})
                message.bursts = bursts.get(number, {})
                message.draft = self._with_files(message.draft, spool)
                messages.append(message)
        world.messages.bring_back(messages)
        if messages:
            world.mint.go_on_after(messages[-1].id)

    def hear(self, event: Event) -> None:
        """Write down what an event changed."""
        match event:
            case MessageCreated(message=message) | MessageUpdated(message=message):
                self._put_message(message)
            case MessagesDeleted(messages=messages):
                self._forget(message.id for message in messages)
            case ReactionAdded() | ReactionRemoved() | ReactionsCleared():
                self._hear_reaction(event)
            case ChannelCreated(channel=channel) | ChannelUpdated(channel=channel):
                self._put_channel(channel)
            case ChannelDeleted(channel=channel):
                self._forget_channel(channel)
            case ThreadMemberAdded(channel=channel):
                self._put_channel(channel)
            case GuildJoined() | GuildLeft() | GuildAvailable() | GuildUnavailable() | RoleCreated() | RoleUpdated():
                return  # These are of one evening.
            case TypingStarted() | InteractionCreated() | InteractionAnswered() | CommandsRegistered():
                return
            case _:
                assert_never(event)

    def _hear_reaction(self, event: ReactionAdded | ReactionRemoved | ReactionsCleared) -> None:
        message, emoji = event.message.id, event.emoji
        if isinstance(event, ReactionsCleared):
            for table in _REACTIONS:
                self._write(f"DELETE FROM {table} WHERE message = ? AND emoji = coalesce(?, emoji)", message, emoji)  # noqa: S608
            return
        table = "bursts" if event.is_burst else "reactions"
        if isinstance(event, ReactionAdded):
            statement = f"INSERT OR IGNORE INTO {table} (message, emoji, user) VALUES (?, ?, ?)"  # noqa: S608
        else:
            statement = f"DELETE FROM {table} WHERE message = ? AND emoji = ? AND user = ?"  # noqa: S608
        self._write(statement, message, emoji, event.user_id)

    def _put_message(self, message: Message) -> None:
        if message.is_ephemeral:
            return
        written = _MESSAGE.dump_json(message, exclude={"reactions", "bursts"}).decode()
        known = {number for (number,) in self._ask("SELECT id FROM files WHERE message = ?", message.id)}
        shown = {attachment.id for attachment in message.attachments}
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT OR REPLACE INTO messages VALUES (?, ?, ?)", (message.id, message.channel_id, written)
            )
            cursor.executemany("DELETE FROM files WHERE id = ?", [(gone,) for gone in known - shown])
            cursor.executemany(
                "INSERT INTO files VALUES (?, ?, ?)",
                [(each.id, message.id, each.content) for each in message.attachments if each.id not in known],
            )
            cursor.execute("COMMIT")

    def _forget(self, messages: Iterable[Snowflake]) -> None:
        ids = [(each,) for each in messages]
        for table, column in (
            ("messages", "id"),
            ("reactions", "message"),
            ("bursts", "message"),
            ("files", "message"),
        ):
            self._connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", ids)  # noqa: S608

    def _put_channel(self, channel: Channel) -> None:
        if channel.guild_id is not None:
            self._write(
                "INSERT OR REPLACE INTO channels VALUES (?, ?)", channel.id, _CHANNEL.dump_json(channel).decode()
            )

    def _forget_channel(self, channel: Channel) -> None:
        self._write("DELETE FROM channels WHERE id = ?", channel.id)
        self._forget(number for (number,) in self._ask("SELECT id FROM messages WHERE channel = ?", channel.id))

    def _reactions(self, table: str) -> Mapping[Snowflake, dict[str, list[Snowflake]]]:
        found: defaultdict[Snowflake, dict[str, list[Snowflake]]] = defaultdict(dict)
        for message, emoji, user in self._connection.execute(
            f"SELECT message, emoji, user FROM {table} ORDER BY position"  # noqa: S608
        ):
            found[message].setdefault(emoji, []).append(user)
        return found

    def _with_files(self, draft: Draft, spool: Spool) -> Draft:
        """The draft with its files in the spool's folder; one that is lost is answered as what was deleted."""
        attachments = [replace(each, path=spool.path_of(each.id)) for each in draft.attachments]
        for each in attachments:
            for (content,) in self._connection.execute("SELECT content FROM files WHERE id = ?", (each.id,)):
                spool.take(each, content)
        return replace(draft, attachments=tuple(attachments))

    def _write(self, statement: str, *fields: object) -> None:
        self._connection.execute(statement, fields)

    def _ask(self, question: str, *fields: object) -> list[tuple[Snowflake]]:
        return self._connection.execute(question, fields).fetchall()
