"""Reactions under works, whatever they mean: written down with patience, and those found that came too early."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Self

import structlog

from bot.courier import Courier
from bot.endings import ended_within
from bot.postbox import TRANSIENT, Found, Postbox
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import MessageId
from storage.domain import Creation

log = structlog.get_logger(__name__)

TRIES: Final = 6
FIRST_RETRY_SECONDS: Final = 0.5
LAST_LOOKS_SECONDS: Final = 3.0

Taker = Callable[[Creation, MessageId, Found, datetime], Awaitable[None]]  # The moment: when somebody began to look.


class EarlyReactions:
    """Looks once under each message of a work that has found its place, for all that care about reactions.

    What was put there before the database knew that the message is the work's, the gateway told to nobody's use.
    """

    def __init__(
        self,
        courier: Courier,
        postbox: Postbox,
        *,
        look_again: Callable[[Collection[MessageId]], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._postbox = postbox
        self._look_again = look_again
        self._clock = clock
        self._takers: list[Taker] = []
        self._looks: set[asyncio.Task[None]] = set()
        courier.when_delivered(self._look_soon)

    def when_found(self, take: Taker) -> None:
        self._takers.append(take)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """What is still looked for when the block ends gets some time."""
        try:
            yield self
        finally:
            await ended_within(self._looks, LAST_LOOKS_SECONDS)

    def _look_soon(self, creation: Creation, messages: Sequence[MessageId]) -> None:
        look = asyncio.create_task(self._look(creation, messages), name=f"look under work {creation.id}")
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)

    async def _look(self, creation: Creation, messages: Sequence[MessageId]) -> None:
        for message in messages:
            try:
                await self._take(creation, message)
            except Exception as error:
                is_odd = not isinstance(error, TRANSIENT)
                log.warning("early reactions were not looked for", message=message, error=str(error), exc_info=is_odd)
                self._look_again([message])

    async def _take(self, creation: Creation, message: MessageId) -> None:
        at = self._clock()
        found = await self._postbox.reactions(creation.channel, message)
        for take in self._takers:
            await take(creation, message, found or {}, at)


async def kept(act: Callable[[], Awaitable[object]]) -> bool:
    """Write something down; a database that is locked for a while gets more than one chance. Returns whether it was."""
    for attempt in range(TRIES):
        try:
            await act()
        except StorageUnavailableError as error:
            log.warning("a reaction was not written down", error=str(error), attempt=attempt)
            await asyncio.sleep(FIRST_RETRY_SECONDS * 2**attempt)
        else:
            return True
    return False
