"""Carries out what members have asked to have erased: first the rows and files, then the messages in Discord.

What others made from the erased works stays, without the words: `bot.rewriter` takes them out of its messages.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final, Self

import discord
import structlog

from bot.courier import Courier
from bot.postbox import REFUSALS, TRANSIENT, Postbox
from bot.rewriter import Rewriter
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ChannelId, MemberId, MessageId, ServerId
from inference.queue import JobQueue
from storage import Storage
from storage.domain import Erasure, Posted

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 300.0
MESSAGES_A_LOOK: Final = 50
# Deliveries go first, but where they never end the messages go too.
LONGEST_COURTESY_SECONDS: Final = 5.0
LONGEST_TIDYING_SECONDS: Final = 20.0  # For so long who erased their data waits to hear what stays.


class Eraser:
    """One erasure at a time, then one message at a time; both go on where a restart interrupted them."""

    def __init__(
        self,
        storage: Storage,
        queue: JobQueue,
        courier: Courier,
        postbox: Postbox,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._erasures = storage.erasures
        self._queue = queue
        self._courier = courier
        self._postbox = postbox
        self._clock = clock
        self._asked = asyncio.Event()
        self._is_more_to_delete = asyncio.Event()
        self._is_tidy = asyncio.Event()
        self._refused: dict[
            MessageId, ChannelId
        ] = {}  # Messages that Discord did not let the bot delete, by their place.
        self._done: dict[int, asyncio.Event] = {}
        self._rewriter = Rewriter(storage.outdated, show=courier.rewrite, quiet=self._courteous)
        courier.when_delivered(lambda *_: self._rewriter.look())

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """Take up what the last run left, then serve until the block ends."""
        works = (
            asyncio.create_task(self._erase_forever(), name="erase"),
            asyncio.create_task(self._delete_forever(), name="delete messages"),
            asyncio.create_task(self._rewriter.rewrite_forever(), name="rewrite messages"),
        )
        try:
            yield self
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def erase(self, member: MemberId, server: ServerId | None, *, takes_messages: bool) -> Collection[ChannelId]:
        """Returns when rows and files are gone; messages follow. Raises `StorageUnavailableError`: nothing was asked.

        Returns the channels where messages stay as far as that is known by then: the bot may not delete anything there.
        Whoever stops waiting stops nothing.
        """
        places = await self._erasures.places_of(member, server) if takes_messages else ()
        erasure = await self._erasures.ask(member, server, takes_messages=takes_messages, at=self._clock())
        done = self._done[erasure.id] = asyncio.Event()
        self._asked.set()
        await done.wait()
        if not takes_messages:
            return ()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tidied(), LONGEST_TIDYING_SECONDS)
        return sorted(set(self._refused.values()) & set(places))

    async def _tidied(self) -> None:
        while self._is_more_to_delete.is_set() or not self._is_tidy.is_set():
            await asyncio.sleep(0)
            await self._is_tidy.wait()

    def tidy(self) -> None:
        """There are messages to delete that nobody has deleted yet."""
        self._is_more_to_delete.set()

    async def _erase_forever(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            self._asked.clear()
            if await self._erase_pending():
                pause = FIRST_RETRY_SECONDS
                await self._asked.wait()
            else:
                log.warning("erasures are still to be carried out", retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)

    async def _erase_pending(self) -> bool:
        """Returns whether none is left. One that fails keeps no other member waiting."""
        waited_for = tuple(self._done)
        try:
            pending = await self._erasures.pending()
        except StorageUnavailableError as error:
            log.warning("erasures wait for the database", error=str(error))
            return False
        done = [await self._is_carried_out(erasure) for erasure in pending]
        # Also those that were done before whoever asked began to wait.
        for erasure_id in set(waited_for) - {erasure.id for erasure in pending}:
            self._done.pop(erasure_id).set()
        return all(done)

    async def _is_carried_out(self, erasure: Erasure) -> bool:
        try:
            await self._carry_out(erasure)
        except StorageUnavailableError as error:
            log.warning("an erasure waits for the database", error=str(error))
            return False
        except Exception as error:  # Without its message, which may hold what a member typed.
            where = "".join(traceback.format_tb(error.__traceback__, limit=-3))
            log.error("an erasure broke off", erasure=erasure.id, error=type(error).__name__, where=where)
            return False
        return True

    async def _carry_out(self, erasure: Erasure) -> None:
        works, is_done = 0, False
        while not is_done:
            erased = await self._erasures.carry_on(erasure, at=self._clock())
            works, is_done = works + erased.works, erased.is_done
            self._is_more_to_delete.set()
            self._rewriter.look()
            await self._queue.forget(erasure.member, erased.jobs)
        log.info("a member was erased", works=works)  # Not who: the log outlives it.
        if (done := self._done.pop(erasure.id, None)) is not None:
            done.set()

    async def _delete_forever(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            self._is_more_to_delete.clear()
            try:
                while posted := await self._erasures.to_delete(limit=MESSAGES_A_LOOK, without=self._refused):
                    for message in posted:
                        await self._delete(message)
                        pause = FIRST_RETRY_SECONDS
            except (*TRANSIENT, StorageUnavailableError) as error:
                log.warning("messages are still to be deleted", error=str(error), retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)
                continue
            self._is_tidy.set()
            await self._is_more_to_delete.wait()
            self._is_tidy.clear()

    async def _courteous(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._courier.quiet(), LONGEST_COURTESY_SECONDS)

    async def _delete(self, posted: Posted) -> None:
        await self._courteous()
        try:
            await self._postbox.delete(posted.channel, posted.message)
        except discord.Forbidden as error:
            log.warning("a message may not be deleted", message=posted.message, error=str(error))
            self._refused[posted.message] = posted.channel
            return  # The next start tries again: somebody may have let the bot in.
        except discord.HTTPException as error:
            if error.status not in REFUSALS:
                raise
            log.warning("a message cannot be deleted", message=posted.message, error=str(error))
        await self._erasures.deleted(posted.message)
