"""Takes the words of erased members out of the messages that others' works stand in."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from bot.postbox import TRANSIENT, is_refusal
from inference.contract.errors import CreationNotFoundError, JobNotFoundError, StorageUnavailableError
from inference.contract.identifiers import JobId
from storage.outdated import Outdated

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 300.0
JOBS_A_LOOK: Final = 50

Show = Callable[[JobId], Awaitable[bool]]


class Rewriter:
    """One job at a time. Which ones is in the database until it is done, so that no restart forgets any."""

    def __init__(self, outdated: Outdated, *, show: Show, quiet: Callable[[], Awaitable[None]]) -> None:
        """`show` brings a job's messages in line and says whether they are; `quiet` waits until nothing else is due."""
        self._outdated = outdated
        self._show = show
        self._quiet = quiet
        self._is_more = asyncio.Event()

    def look(self) -> None:
        """There may be messages to rewrite."""
        self._is_more.set()

    async def rewrite_forever(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            self._is_more.clear()
            if await self._rewrite_all():
                pause = FIRST_RETRY_SECONDS
                await self._is_more.wait()
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_more.wait(), pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)

    async def _rewrite_all(self) -> bool:
        """Returns whether nothing is left that passes by itself. One that fails keeps no other waiting."""
        is_done, last = True, None
        try:
            while jobs := await self._outdated.some(limit=JOBS_A_LOOK, after=last):
                for job in jobs:
                    await self._quiet()
                    is_done &= await self._rewrite(job)
                    last = job
        except StorageUnavailableError as error:
            log.warning("messages wait for the database to be rewritten", error=str(error))
            return False
        return is_done

    async def _rewrite(self, job: JobId) -> bool:
        try:
            if not await self._show(job):
                return True  # It is delivered first, or its channel is closed: with the next look, or the next start.
        except (CreationNotFoundError, JobNotFoundError):
            pass  # It went meanwhile, and its messages with it.
        except TRANSIENT as error:
            log.warning("erased words still stand in a message", job=job, error=str(error))
            return is_refusal(error)
        await self._outdated.shown(job)
        return True
