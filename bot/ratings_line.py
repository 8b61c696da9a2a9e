"""The line in which reactions wait to be written down: as many as have come go in one transaction."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, Self

import structlog

from bot.reactions import kept
from inference.contract.identifiers import MessageId
from storage.domain import Reacted
from storage.ratings import Ratings

log = structlog.get_logger(__name__)

# Some tens of milliseconds of the event loop: a command that comes meanwhile hardly feels it.
MOST_AT_ONCE: Final = 100
# Some hundred megabytes of a burst. Beyond it, looking again costs less than keeping.
MOST_WAITING: Final = 200_000
LAST_WRITES_SECONDS: Final = 10.0


class RatingsLine:
    """One batch at a time. What finds no room, or no database for long, is looked for again under its messages."""

    def __init__(self, ratings: Ratings, *, look_again: Callable[[Collection[MessageId]], None]) -> None:
        self._ratings = ratings
        self._look_again = look_again
        self._waiting: deque[Reacted] = deque()
        self._has_news = asyncio.Event()
        # How many events ever came, and how many of those that came first are dealt with.
        self._came = 0
        self._settled = 0
        self._has_settled = asyncio.Condition()

    def put(self, event: Reacted) -> None:
        """It is written down soon."""
        if len(self._waiting) >= MOST_WAITING:
            log.warning("more reactions than find room", waiting=len(self._waiting))
            self._look_again({each.message for each in self._waiting})
            self._waiting.clear()
        self._waiting.append(event)
        self._came += 1
        self._has_news.set()

    async def quiet(self) -> None:
        """Returns when nothing waits of what had come by now, however much comes meanwhile."""
        mark = self._came
        async with self._has_settled:
            await self._has_settled.wait_for(lambda: self._settled >= mark)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """What waits when the block ends gets some time."""
        work = asyncio.create_task(self._write_forever(), name="write reactions down")
        try:
            yield self
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.quiet(), LAST_WRITES_SECONDS)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _write_forever(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            while self._waiting:
                await self._write([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))])
                async with self._has_settled:
                    self._settled = self._came - len(self._waiting)
                    self._has_settled.notify_all()

    async def _write(self, events: Sequence[Reacted]) -> None:
        """Whatever happens, those that come after are written."""

        async def write() -> None:
            await self._ratings.note_all(events)

        try:
            is_written = await kept(write)
        except Exception:
            log.exception("reactions were not written down", count=len(events))
            is_written = False
        if not is_written:
            self._look_again({event.message for event in events})
