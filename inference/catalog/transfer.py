"""Downloads of large files that go on where they were cut off, and count only once their sum is right."""

import asyncio
import errno
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import aiohttp

from inference.catalog.errors import DownloadFailedError, HttpRefusedError, SumMismatchError
from inference.catalog.sums import Sum

TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
_BLOCK_BYTES: Final = 2**20
_TRIES: Final = 3  # In a row without a byte.
_PAUSE_SECONDS: Final = 0.5
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PARTIAL: Final = ".partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to fetch."""

    name: str  # For the host to read.
    url: str  # http, https or file.
    path: Path  # Where it stands once it is whole and proven.
    size_bytes: int
    sum: Sum
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def partial(self) -> Path:
        return self.path.with_name(self.path.name + _PARTIAL)

    @property
    def bytes_here(self) -> int:
        for path in (self.path, self.partial):
            if path.exists():
                return path.stat().st_size
        return 0


async def fetch(session: aiohttp.ClientSession, wanted: Wanted, on_progress: Callable[[], None]) -> None:
    """Bring one file here, going on with what an earlier try left of it.

    Raises `DownloadFailedError`, which leaves what has come; `SumMismatchError`, which leaves nothing; `OSError`.
    """
    if wanted.path.exists():
        return
    has_part = wanted.partial.exists()
    await _transfer(session, wanted, on_progress)
    found = await asyncio.to_thread(wanted.sum.mismatch, wanted.partial)
    if found is not None and has_part:  # The source may have changed between the two halves.
        wanted.partial.unlink()
        await _transfer(session, wanted, on_progress)
        found = await asyncio.to_thread(wanted.sum.mismatch, wanted.partial)
    if found is not None:
        wanted.partial.unlink()
        raise SumMismatchError(name=wanted.name, expected=wanted.sum.digest, found=found)
    wanted.partial.replace(wanted.path)


def require_room(files: Sequence[Wanted], folder: Path) -> None:
    """Raises `OSError` (ENOSPC) before hours of download rather than after."""
    missing = sum(max(0, wanted.size_bytes - wanted.bytes_here) for wanted in files)
    if missing > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, f"{missing / 1e9:.1f} GB are still to come", str(folder))


def write_all(file: RawIOBase, block: bytes) -> None:
    """A disk that is about to be full takes a part of a block without a word, and says so at the next write."""
    left = memoryview(block)
    while left:
        left = left[file.write(left) or 0 :]


async def _transfer(session: aiohttp.ClientSession, wanted: Wanted, on_progress: Callable[[], None]) -> None:
    """Fill the partial file up to its size."""
    if wanted.url.startswith("file:"):
        source = Path(url2pathname(urlsplit(wanted.url).path))
        await asyncio.to_thread(shutil.copyfile, source, wanted.partial)
        return
    tries, has_begun_anew = 0, False
    while (start := wanted.bytes_here) < wanted.size_bytes or not start:
        try:
            if await _stream(session, wanted, start, on_progress):
                return
            if has_begun_anew:
                raise DownloadFailedError(package=wanted.name, is_offline=False, reason="its source takes files back")
            has_begun_anew = True
            continue
        except (aiohttp.ClientError, TimeoutError) as error:
            tries = 1 if wanted.bytes_here > start else tries + 1
            if tries >= _TRIES:
                raise _failure(wanted.name, error) from error
        await asyncio.sleep(_PAUSE_SECONDS * tries)


async def _stream(session: aiohttp.ClientSession, wanted: Wanted, start: int, on_progress: Callable[[], None]) -> bool:
    """Append what the server has from `start` on; False if there was nothing, and the file has to begin anew."""
    # Not compressed on the way: ranges would count other bytes.
    headers = {**wanted.headers, "Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    async with session.get(wanted.url, headers=headers, timeout=TIMEOUT) as response:
        if response.status == 416 and start:  # More is here than the server has.
            wanted.partial.unlink()
            return False
        if response.status in _PASSING:
            response.raise_for_status()
        if response.status not in {200, 206}:
            raise HttpRefusedError(package=wanted.name, status=response.status)
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {start}-") and response.status == 206
        # Unbuffered, so that what has come outlives a kill.
        with await asyncio.to_thread(wanted.partial.open, "ab" if goes_on else "wb", buffering=0) as file:
            async for block in response.content.iter_chunked(_BLOCK_BYTES):
                write_all(file, block)
                on_progress()
                if file.tell() > wanted.size_bytes:
                    break
    return True


def _failure(name: str, error: Exception) -> DownloadFailedError:
    is_offline = isinstance(error, aiohttp.ClientConnectionError | TimeoutError)
    return DownloadFailedError(package=name, is_offline=is_offline, reason=str(error) or type(error).__name__)
