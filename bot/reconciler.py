"""Looks again who stands under works, where the gateway may not have told: after a start, or a lost session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, Self

import discord
import structlog

from bot.courier import Courier
from bot.postbox import TRANSIENT, Found, Postbox, who_reacted
from bot.reactions import EarlyReactions
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ChannelId, CreationId, MessageId
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

# Older works are hardly rated any more, and each reaction's names take requests of the few that Discord allows.
LATELY: Final = timedelta(days=30)
MOST_WORKS: Final = 2_000
_WORKS_A_PAGE: Final = 100
# Deliveries go first, but where they never end the looks go on too.
LONGEST_COURTESY_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 10.0

Taker = Callable[[MessageId, Found, datetime], Awaitable[int]]  # Returns how much of it was news.


class Reconciler:
    """The newest works first, and only while the courier has nothing to deliver.

    A page of a channel's history tells for a hundred messages at once which emojis stand under them; who put those
    there is asked for message by message.
    """

    def __init__(
        self,
        storage: Storage,
        courier: Courier,
        postbox: Postbox,
        early_reactions: EarlyReactions,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._creations = storage.creations
        self._courier = courier
        self._postbox = postbox
        self._turn = early_reactions.turn
        self._clock = clock
        self._takers: list[Taker] = []
        self._settle: Callable[[], Awaitable[None]] | None = None
        self._walk: asyncio.Task[None] | None = None

    def when_looked(self, take: Taker) -> None:
        self._takers.append(take)

    def settle_first(self, settle: Callable[[], Awaitable[None]]) -> None:
        """What was told before a look has to be written down before it: else it would be taken for what came after."""
        self._settle = settle

    def begin(self) -> None:
        """Begin with the newest work, also where a walk is under way: what it has passed may have changed since."""
        if self._walk is not None:
            self._walk.cancel()
        self._walk = asyncio.create_task(self._walk_all(), name="reconcile reactions")

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """A walk that is under way when the block ends is left to the next start."""
        try:
            yield self
        finally:
            if self._walk is not None:
                self._walk.cancel()
                await asyncio.gather(self._walk, return_exceptions=True)

    async def _walk_all(self) -> None:
        since, last, works, news = self._clock() - LATELY, None, 0, 0
        while works < MOST_WORKS and (page := await self._page_in_time(since, last)):
            for channel, messages in _by_channel(page).items():
                news += await self._look_through(channel, messages)
            last, works = page[-1].id, works + len(page)
        log.info("reactions are reconciled", works=works, news=news)

    async def _page_in_time(self, since: datetime, last: CreationId | None) -> Sequence[Creation]:
        """The next works, however long the database makes one wait for them."""
        while True:
            try:
                return await self._creations.newest(since=since, limit=_WORKS_A_PAGE, older_than=last)
            except StorageUnavailableError as error:
                log.warning("reactions wait to be looked for", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _look_through(self, channel: ChannelId, messages: Collection[MessageId]) -> int:
        """Returns how much was news."""
        news, left = 0, sorted(messages)
        while left:
            await self._let_deliveries_go_first()
            try:
                async with self._turn:  # What the gateway tells of hearts from now on is later than the page.
                    at = self._clock()
                    page = await self._postbox.page(channel, left[-1])
            except TRANSIENT as error:
                log.info("reactions in a channel were not looked for", channel=channel, error=str(error))
                break
            below = min(page, default=left[-1])
            while left and left[-1] >= below:
                if (message := page.get(left.pop())) is not None:
                    news += await self._look(message, at)
        return news

    async def _look(self, message: discord.Message, at: datetime) -> int:
        """`at`: when the message was read."""
        await self._let_deliveries_go_first()
        async with self._turn:
            try:
                found = await who_reacted(message)
                if self._settle is not None:
                    await self._settle()
                return sum([await take(MessageId(message.id), found, at) for take in self._takers])
            except (*TRANSIENT, StorageUnavailableError) as error:
                log.info("reactions under a work were not looked for", message=message.id, error=str(error))
                return 0

    async def _let_deliveries_go_first(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._courier.quiet(), LONGEST_COURTESY_SECONDS)


def _by_channel(works: Sequence[Creation]) -> Mapping[ChannelId, Collection[MessageId]]:
    """The channel with the newest work first."""
    messages: dict[ChannelId, list[MessageId]] = {}
    for work in works:
        messages.setdefault(work.channel, []).extend(work.messages)
    return messages
