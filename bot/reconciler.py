"""Looks again who stands under works, where the gateway may not have told: after a start, or a lost session."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Self, TypeVar

import discord
import structlog

from bot.courier import Courier
from bot.postbox import TRANSIENT, Found, Postbox, is_refusal, who_reacted
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ChannelId, CreationId, MessageId, ServerId
from storage import Storage

log = structlog.get_logger(__name__)

# Older works are hardly rated any more, and each reaction's names take requests of the few that Discord allows.
LATELY: Final = timedelta(days=30)
# In each server, so that a busy one hides no other. A page of a hundred works is a request or a few.
MOST_WORKS: Final = 10_000
WORKS_A_PAGE: Final = 100
# Deliveries go first, but where they never end the looks go on too.
LONGEST_COURTESY_SECONDS: Final = 5.0
# About two minutes in all: as long as Discord's smaller failures, or a copy being made of the database, take.
TRIES: Final = 8
FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 60.0
DATABASE_RETRY_SECONDS: Final = 10.0

Taker = Callable[[MessageId, Found, datetime], Awaitable[int]]  # Returns how much of it was news.

T = TypeVar("T")


@dataclass(slots=True)
class _Tally:
    """What came of looking."""

    news: int = 0
    gone: int = 0  # Messages that Discord has no more.
    left_out: int = 0  # Messages under which nobody could look.


class Reconciler:
    """The newest works first, and only while the courier has nothing to deliver.

    A page of a channel's history tells for a hundred messages at once which emojis stand under them; who put those
    there is asked for message by message. What cannot be looked at is left out and counted.
    """

    def __init__(self, storage: Storage, courier: Courier, postbox: Postbox, *, clock: Callable[[], datetime]) -> None:
        self._creations = storage.creations
        self._courier = courier
        self._postbox = postbox
        self._clock = clock
        self._takers: list[Taker] = []
        self._settle: Callable[[], Awaitable[None]] | None = None
        self._begins = False
        self._due: set[MessageId] = set()
        self._has_news = asyncio.Event()

    def when_looked(self, take: Taker) -> None:
        self._takers.append(take)

    def settle_first(self, settle: Callable[[], Awaitable[None]]) -> None:
        """What was told before a look has to be written down before it: else it would be taken for what came after."""
        self._settle = settle

    def begin(self) -> None:
        """Begin with the newest work, also where a walk is under way: what it has passed may have changed since."""
        self._begins = True
        self._has_news.set()

    def look_at(self, messages: Collection[MessageId]) -> None:
        """Look soon under these messages, however old, as far as they are works': what was told of them is lost."""
        self._due.update(messages)
        self._has_news.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """A walk that is under way when the block ends is left to the next start."""
        work = asyncio.create_task(self._work_forever(), name="reconcile reactions")
        try:
            yield self
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _work_forever(self) -> None:
        """One look at a time: of two under one message the older must not have the last word."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            try:
                await self._look_at_due()
                while self._begins:
                    self._begins = False
                    await self._walk()
            except Exception:
                log.exception("reactions are not reconciled")

    async def _walk(self) -> None:
        """Page by page through all servers in turn; ends without a word when it is to begin again."""
        since, tally, works = self._clock() - LATELY, _Tally(), Counter[ServerId]()
        servers = await self._in_time(partial(self._creations.servers, since=since))
        cursors: dict[ServerId, CreationId | None] = dict.fromkeys(servers)
        while cursors:
            for server, last in list(cursors.items()):
                newest = partial(self._creations.newest, server, since=since, limit=WORKS_A_PAGE, older_than=last)
                page = await self._in_time(newest)
                places = ((message, work.channel) for work in page for message in work.messages)
                for channel, messages in _by_channel(places).items():
                    await self._look_through(channel, messages, tally)
                    await self._look_at_due()
                    if self._begins:
                        return
                works[server] += len(page)
                cursors[server] = page[-1].id if page else None
                if len(page) < WORKS_A_PAGE or works[server] >= MOST_WORKS:
                    del cursors[server]
        log.info("reactions are reconciled", works=works.total(), **asdict(tally))

    async def _look_at_due(self) -> None:
        if not self._due:
            return
        tally, looked_at = _Tally(), 0
        while self._due:
            some = sorted(self._due, reverse=True)[:WORKS_A_PAGE]
            self._due.difference_update(some)
            places = await self._in_time(partial(self._creations.places, some))
            looked_at += len(places)
            for channel, messages in _by_channel(places.items()).items():
                await self._look_through(channel, messages, tally)
        if looked_at:  # Most messages of a server are none of ours.
            log.info("lost reactions are looked for", messages=looked_at, **asdict(tally))

    async def _look_through(self, channel: ChannelId, messages: Collection[MessageId], tally: _Tally) -> None:
        left, has_newer = sorted(messages), False
        while left:
            await self._let_deliveries_go_first()
            try:
                at, page = await _patiently(partial(self._read, channel, left[-1]))
            except Exception as error:
                _tell(error, channel=channel, messages=len(left))
                tally.left_out += len(left)
                return
            if not page:  # All are deleted, or the bot may not read what was: it looks the same.
                tally.left_out += len(left)
                return
            oldest, gone = min(page), []
            while left and left[-1] >= oldest:
                message = left.pop()
                if message in page:
                    await self._look(page[message], at, tally)
                elif has_newer or message < max(page):
                    gone.append(message)  # It would stand between others.
            has_newer = True
            await self._unpost(gone, tally)

    async def _read(
        self, channel: ChannelId, newest: MessageId
    ) -> tuple[datetime, Mapping[MessageId, discord.Message]]:
        at = self._clock()
        return at, await self._postbox.page(channel, newest)

    async def _look(self, message: discord.Message, at: datetime, tally: _Tally) -> None:
        """`at`: when the message was read."""
        await self._let_deliveries_go_first()
        try:
            tally.news += await _patiently(partial(self._take, message, at))
        except Exception as error:
            _tell(error, message=message.id)
            tally.left_out += 1

    async def _take(self, message: discord.Message, at: datetime) -> int:
        found = await who_reacted(message)
        if self._settle is not None:
            await self._settle()
        return sum([await take(MessageId(message.id), found, at) for take in self._takers])

    async def _unpost(self, gone: Collection[MessageId], tally: _Tally) -> None:
        if not gone:
            return
        try:
            await _patiently(partial(self._creations.unpost, gone))
        except Exception as error:
            _tell(error, messages=len(gone))
            tally.left_out += len(gone)
        else:
            tally.gone += len(gone)

    async def _in_time(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, however long the database makes one wait for it."""
        while True:
            try:
                return await ask()
            except StorageUnavailableError as error:
                log.warning("reactions wait to be looked for", error=str(error))
                await asyncio.sleep(DATABASE_RETRY_SECONDS)

    async def _let_deliveries_go_first(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._courier.quiet(), LONGEST_COURTESY_SECONDS)


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Raises what does not pass by itself, at once, and what has not passed after the last try."""
    for attempt in range(TRIES - 1):
        try:
            return await act()
        except (*TRANSIENT, StorageUnavailableError) as error:
            if is_refusal(error):
                raise
            log.info("looking for reactions is tried again", error=str(error), attempt=attempt)
            await asyncio.sleep(min(FIRST_RETRY_SECONDS * 2**attempt, LAST_RETRY_SECONDS))
    return await act()


def _tell(error: Exception, **facts: int) -> None:
    if isinstance(error, (*TRANSIENT, StorageUnavailableError)):
        log.warning("reactions were not looked for", error=str(error), **facts)
    else:
        log.error("reactions were not looked for", exc_info=error, **facts)


def _by_channel(places: Iterable[tuple[MessageId, ChannelId]]) -> Mapping[ChannelId, Collection[MessageId]]:
    """The channel of the first message first."""
    messages: dict[ChannelId, list[MessageId]] = {}
    for message, channel in places:
        messages.setdefault(channel, []).append(message)
    return messages
