"""Takes in what members upload: fetched within bounds, made plain by a process with limits, put into the spool."""

import asyncio
import hashlib
import secrets
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog

from bot.errand import returned
from bot.refusals import Refusals
from inference.contract.artifacts import Artifact
from inference.contract.environment import passed_on
from inference.contract.identifiers import MemberId
from inference.safety.uploads.terms import (
    MAX_ANSWER_BYTES,
    MAX_UPLOAD_BYTES,
    Clean,
    Refusal,
    UploadRefusedError,
    unpacked,
)
from storage.faults import translated

log = structlog.get_logger(__name__)

_MODULE: Final = "inference.safety.uploads"
_CHUNK_BYTES: Final = 2**16
_FETCHES: Final = 4  # At a time, so that what is held in memory has a bound as well.


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """What one upload is given. The largest picture takes 0.9 GB and three seconds of a processor."""

    memory_bytes: int = 2**30
    cpu_seconds: int = 10
    fetched_within_seconds: float = 30.0
    cleaned_within_seconds: float = 30.0


class Intake:
    """Fetches some uploads at a time, and cleans one: the memory that this may take is that of one process.

    Of each member one is under way at a time, so that whoever sends many at once waits for themselves, and anybody
    else for one of theirs at most.
    """

    def __init__(
        self, session: aiohttp.ClientSession, spool: Path, limits: IntakeLimits, clock: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._spool = spool
        self._limits = limits
        self._refusals = Refusals(clock=clock)
        self._turns: WeakValueDictionary[MemberId, asyncio.Lock] = WeakValueDictionary()
        self._fetching = asyncio.Semaphore(_FETCHES)
        self._cleaning = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, spool: Path, *, limits: IntakeLimits | None = None, clock: Callable[[], datetime] = _now
    ) -> AsyncIterator[Self]:
        limits = limits or IntakeLimits()
        timeout = aiohttp.ClientTimeout(total=limits.fetched_within_seconds)
        # Not decompressed: what a server packs could be unpacked to any size.
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
            yield cls(session, spool, limits, clock)

    @asynccontextmanager
    async def received(self, attachment: discord.Attachment, *, by: MemberId) -> AsyncIterator[Artifact]:
        """A plain picture of what a member has attached, in the spool as long as the block lasts.

        Raises `UploadRefusedError`, `UploadsRefusedOftenError`, `StorageUnavailableError`. Call it once the interaction
        is acknowledged.
        """
        clean = await self._made_plain(attachment, by)
        path = self._spool / f"upload-{secrets.token_hex(16)}.png"
        writing = asyncio.create_task(asyncio.to_thread(_write, clean, path))
        try:
            with translated():
                artifact = await asyncio.shield(writing)
            yield artifact
        finally:
            await asyncio.wait([writing])  # A thread goes on when who waits for it is cancelled.
            await asyncio.to_thread(_remove, path)

    async def _made_plain(self, attachment: discord.Attachment, member: MemberId) -> Clean:
        async with self._turns.setdefault(member, asyncio.Lock()):
            self._refusals.require_few(member)
            try:
                async with self._fetching:
                    return await self._cleaned(await self._fetched(attachment))
            except UploadRefusedError as error:
                if error.reason is not Refusal.GONE:  # That is Discord's doing.
                    self._refusals.note(member)
                raise

    async def _fetched(self, attachment: discord.Attachment) -> bytes:
        """What Discord says of its size is believed when it is too large, and counted when it is not."""
        if attachment.size > MAX_UPLOAD_BYTES:
            raise UploadRefusedError(Refusal.TOO_LARGE)
        upload = bytearray()
        try:
            async with self._session.get(attachment.url, allow_redirects=False) as response:
                if response.status != 200:
                    raise UploadRefusedError(Refusal.GONE, detail=f"status {response.status}")
                async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                    upload += chunk
                    if len(upload) > MAX_UPLOAD_BYTES:
                        raise UploadRefusedError(Refusal.TOO_LARGE)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("an upload could not be fetched", error=type(error).__name__)
            raise UploadRefusedError(Refusal.GONE, detail=type(error).__name__) from error
        return bytes(upload)

    async def _cleaned(self, upload: bytes) -> Clean:
        limits = self._limits
        async with self._cleaning:
            try:
                done = await returned(
                    *(_MODULE, str(limits.memory_bytes), str(limits.cpu_seconds)),
                    sent=upload,
                    environment=passed_on(),
                    within_seconds=limits.cleaned_within_seconds,
                    at_most_bytes=MAX_ANSWER_BYTES,
                )
            except TimeoutError as error:
                raise UploadRefusedError(Refusal.TOO_DEMANDING, detail="deadline") from error
        if done.exit_code < 0:  # The system's limits, or a decoder that was led astray.
            log.warning("an upload ended the process that looked at it", signal=-done.exit_code, bytes=len(upload))
            raise UploadRefusedError(Refusal.TOO_DEMANDING, detail=f"signal {-done.exit_code}")
        if done.exit_code:  # No upload does that: something is amiss here.
            raise subprocess.CalledProcessError(done.exit_code, _MODULE, stderr=done.complaint)
        return unpacked(done.answer)


def _write(clean: Clean, path: Path) -> Artifact:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(clean.png)
    return Artifact(
        path=path,
        media_type="image/png",
        sha256=hashlib.sha256(clean.png).hexdigest(),
        size_bytes=len(clean.png),
        picture=clean.picture,
    )


def _remove(path: Path) -> None:
    with suppress(OSError):  # What the disk does not let go is cleared with the spool, at the next start.
        path.unlink(missing_ok=True)
