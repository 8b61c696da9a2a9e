"""Has releases previewed and made by the command line's own process: the bot's memory and event loop stay out of it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import structlog

from bot.errors import ReleaseBusyError, ReleaseFailedError
from bot.settings import Settings
from inference.contract.environment import caches_in, passed_on_to_computing
from inference.contract.identifiers import MemberId, ServerId

log = structlog.get_logger(__name__)

_MOST_LINE_BYTES: Final = 2**20  # A preview is one line.

Told = Mapping[str, Any]  # A line of `atelier release … --progress json`.


class Releaser:
    """One release a server at a time; what a stop of the bot breaks off leaves nothing half-made."""

    def __init__(self, settings: Settings) -> None:
        # PostgreSQL's own variables complete an address that lacks its password, for example.
        self._environment = (
            passed_on_to_computing(prefixes=("PG",)) | caches_in(settings.cache_folder) | settings.for_release()
        )
        self._servers: set[ServerId] = set()

    async def preview(self, server: ServerId) -> Told:
        """Raises `ReleaseFailedError`."""
        async with aclosing(self._lines("preview", "--server", str(server))) as lines:
            async for told in lines:
                if "preview" in told:
                    found: Told = told["preview"]
                    return found
        raise ReleaseFailedError(code="", reason="no answer")

    async def make(self, server: ServerId, *, by: MemberId) -> AsyncGenerator[Told, None]:
        """How far it is, and last `{"made": …}`. Raises `ReleaseBusyError`, `ReleaseFailedError`."""
        if server in self._servers:
            raise ReleaseBusyError
        self._servers.add(server)
        try:
            async with aclosing(self._lines("make", "--server", str(server), "--by", str(by))) as lines:
                async for told in lines:
                    yield told
                    if "made" in told:
                        return
            raise ReleaseFailedError(code="", reason="no answer")
        finally:
            self._servers.discard(server)

    async def _lines(self, deed: str, *arguments: str) -> AsyncGenerator[Told, None]:
        async with _command(("release", deed, "--progress", "json", *arguments), self._environment) as process:
            assert process.stdout is not None
            async for line in process.stdout:
                told: Told = json.loads(line)
                if "error" in told:
                    log.warning("a release was not made", code=told["code"], reason=told["error"])
                    raise ReleaseFailedError(code=told["code"], reason=told["error"])
                yield told
            if exit_code := await process.wait():
                assert process.stderr is not None
                complaint = (await process.stderr.read(_MOST_LINE_BYTES)).decode(errors="replace")
                log.error("a release broke off", exit_code=exit_code, complaint=complaint[-1_000:])
                raise ReleaseFailedError(code="", reason=f"exit code {exit_code}")


@asynccontextmanager
async def _command(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments), env=environment, stdout=PIPE, stderr=PIPE, limit=_MOST_LINE_BYTES
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
