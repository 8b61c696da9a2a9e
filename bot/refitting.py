"""Keeps scores in line with how the members of a server rate: at each start, and now and then while ratings come."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Self

import structlog

from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ServerId
from storage import Storage

log = structlog.get_logger(__name__)

# Ratings move scores at once; only what is known of the raters waits for this.
SECONDS_BETWEEN_LOOKS: Final = 600.0


class Refitter:
    """One server at a time; one that fails is tried again at the next look, and keeps no other waiting."""

    def __init__(
        self, storage: Storage, *, clock: Callable[[], datetime], seconds_between_looks: float = SECONDS_BETWEEN_LOOKS
    ) -> None:
        self._refits = storage.refits
        self._clock = clock
        self._seconds_between_looks = seconds_between_looks

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """Look until the block ends. A refit under way then breaks off, and the next one takes all up again."""
        work = asyncio.create_task(self._look_forever(), name="refit")
        try:
            yield self
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _look_forever(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._seconds_between_looks)

    async def look(self) -> None:
        """Refit the servers that need it: those with enough new, and those that an upgrade has left bare."""
        for server in await self._servers():
            try:
                await self._refit_if_needed(server)
            except StorageUnavailableError as error:
                log.warning("a refit waits for the database", server=server, error=str(error))
            except Exception as error:
                where = "".join(traceback.format_tb(error.__traceback__, limit=-3))
                log.error("a refit broke off", server=server, error=type(error).__name__, where=where)

    async def _servers(self) -> Sequence[ServerId]:
        try:
            return await self._refits.servers()
        except StorageUnavailableError as error:
            log.warning("refits wait for the database", error=str(error))
            return ()

    async def _refit_if_needed(self, server: ServerId) -> None:
        began = self._clock()
        if not await self._refits.is_needed(server, at=began):
            return
        found = await self._refits.refit(server, at=began)
        log.info(
            "a server's scores were fitted anew",
            server=server,
            works=found.works,
            opinions=found.opinions,
            raters=found.raters,
            flagged=found.flagged,
            moved=found.moved,
            seconds=round((self._clock() - began).total_seconds(), 1),
        )
