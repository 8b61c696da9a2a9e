"""Looks again who stands under works, where the gateway may not have told: after a start, or a lost session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, Self

import structlog

from bot.courier import Courier
from bot.postbox import TRANSIENT, Postbox
from bot.reactions import EarlyReactions, Found
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import CreationId, MessageId
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

# Older works are hardly rated any more, and each takes at least one request of the few that Discord allows.
LATELY: Final = timedelta(days=30)
MOST_WORKS: Final = 2_000
_PAGE: Final = 50
# Deliveries go first, but where they never end the looks go on too.
LONGEST_COURTESY_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 10.0

Taker = Callable[[MessageId, Found, datetime], Awaitable[int]]  # Returns how much of it was news.


class Reconciler:
    """One message at a time, the newest works first, and only while the courier has nothing to deliver."""

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
            for creation in page:
                for message in creation.messages:
                    news += await self._look(creation, message)
            last, works = page[-1].id, works + len(page)
        log.info("reactions are reconciled", works=works, news=news)

    async def _page_in_time(self, since: datetime, last: CreationId | None) -> Sequence[Creation]:
        """The next works, however long the database makes one wait for them."""
        while True:
            try:
                return await self._creations.newest(since=since, limit=_PAGE, older_than=last)
            except StorageUnavailableError as error:
                log.warning("reactions wait to be looked for", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _look(self, creation: Creation, message: MessageId) -> int:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._courier.quiet(), LONGEST_COURTESY_SECONDS)
        async with self._turn:  # What the gateway tells of hearts meanwhile has the last word.
            if self._settle is not None:
                await self._settle()
            at = self._clock()
            try:
                found = await self._postbox.reactions(creation.channel, message)
                return 0 if found is None else sum([await take(message, found, at) for take in self._takers])
            except (*TRANSIENT, StorageUnavailableError) as error:
                log.info("reactions under a work were not looked for", message=message, error=str(error))
                return 0
