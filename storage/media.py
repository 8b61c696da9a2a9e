"""The files of creations, each under the SHA-256 of its bytes: the same work twice is one file."""

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final

from sqlalchemy import Row

from inference.contract.artifacts import Artifact
from inference.contract.image import Picture
from storage.faults import translated
from storage.tables import ArtifactRow, UploadRow

CHUNK_BYTES: Final = 1 << 20
_INCOMING: Final = "incoming"
_HALF: Final = "half-"
# Files are found by it: what was ever stored under an extension, or for want of an entry without one, stays there.
_EXTENSIONS: Final = {
    "text/plain": ".txt",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/flac": ".flac",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
}


class MediaStore:
    """A folder of files at `ab/cd/<sha256><extension>`.

    Every call raises `DiskFullError` or `StorageUnavailableError` where the disk refuses, and then leaves no half file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        # Held from taking a file in until its row is committed, and from the deletion of a row until its file is
        # gone: else a work is deleted, and takes along the file of an equal one that is just being added.
        self.changing = asyncio.Lock()

    async def prepare(self) -> None:
        """Make the folder."""
        with translated():
            await asyncio.to_thread((self._folder / _INCOMING).mkdir, parents=True, exist_ok=True)

    def path(self, sha256: str, media_type: str) -> Path:
        return self._folder / f"{sha256[:2]}/{sha256[2:4]}/{sha256}{_EXTENSIONS.get(media_type, '')}"

    @property
    def scratch(self) -> Path:
        """A folder on the media's disk, for what is not to stay."""
        return self._folder / _INCOMING

    def artifact(self, row: ArtifactRow | UploadRow | Row[Any]) -> Artifact:
        """The value of a row, also of its columns alone: its file, named by where it lies here."""
        return Artifact(
            path=self.path(row.sha256, row.media_type),
            media_type=row.media_type,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            picture=_picture(row),
        )

    async def adopt(self, path: Path, media_type: str) -> Artifact:
        """Copy a file in, from any file system; the original stays until its owner has committed the row."""
        with translated():
            return await asyncio.to_thread(self._adopt, path, media_type)

    async def put(self, content: bytes, media_type: str) -> Artifact:
        with translated():
            return await asyncio.to_thread(self._take, BytesIO(content), media_type)

    async def read_bytes(self, artifact: Artifact) -> bytes:
        with translated():
            return await asyncio.to_thread(artifact.path.read_bytes)

    async def read_text(self, artifact: Artifact) -> str:
        return (await self.read_bytes(artifact)).decode()

    async def remove(self, paths: Iterable[Path]) -> None:
        """Remove files whose row is gone, or which were adopted. What the disk does not let go is left to a sweep."""
        await asyncio.to_thread(_unlink_all, list(paths))

    async def sweep(
        self, referenced: Callable[[Collection[str]], Awaitable[Collection[str]]], *, before: datetime
    ) -> int:
        """Remove the orphans and count them."""
        orphans = await self.orphans(referenced, before=before)
        await self.remove(orphans)
        return len(orphans)

    async def orphans(
        self, referenced: Callable[[Collection[str]], Awaitable[Collection[str]]], *, before: datetime
    ) -> list[Path]:
        """What a crash left: half files, and media without a row, if older than `before`.

        `referenced` tells which of some hashes have a row. The age spares what another process is taking in now.
        """
        orphans = await asyncio.to_thread(_half_files, self._folder / _INCOMING, before)
        for shard in await asyncio.to_thread(_shards, self._folder):
            found = await asyncio.to_thread(_media_files, shard, before)
            kept = await referenced({sha256 for sha256, _ in found})
            orphans += [path for sha256, path in found if sha256 not in kept]
        return orphans

    def _adopt(self, path: Path, media_type: str) -> Artifact:
        with path.open("rb") as source:
            return self._take(source, media_type)

    def _take(self, source: IO[bytes], media_type: str) -> Artifact:
        with self._half_file() as (half, target):
            sha256, size_bytes = _copy(source, target)
            path = self.path(sha256, media_type)
            _make_folders(path.parent)
            half.replace(path)  # Over an equal file too: its age is then new, which spares it from a sweep.
            _sync_folder(path.parent)
        return Artifact(path=path, media_type=media_type, sha256=sha256, size_bytes=size_bytes)

    @contextmanager
    def _half_file(self) -> Iterator[tuple[Path, IO[bytes]]]:
        with NamedTemporaryFile(prefix=_HALF, dir=self._folder / _INCOMING, delete=False) as target:
            half = Path(target.name)
            try:
                yield half, target
            finally:
                half.unlink(missing_ok=True)


def _picture(row: ArtifactRow | UploadRow | Row[Any]) -> Picture | None:
    if isinstance(row, UploadRow):
        return row.picture
    if row.width is None or row.height is None or row.fingerprint is None or row.showing is None:
        return None  # They are set together.
    return Picture(
        width=row.width, height=row.height, fingerprint=row.fingerprint, unsafe=row.unsafe, showing=row.showing
    )


def filename_in_export(row: ArtifactRow | UploadRow) -> str:
    """Where a member who takes everything away finds this file."""
    if isinstance(row, UploadRow):
        return f"uploads/{row.job}/{row.part}{_EXTENSIONS.get(row.media_type, '')}"
    return f"media/{row.creation}/{row.part}{_EXTENSIONS.get(row.media_type, '')}"


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    """Copy down to the disk. Returns the SHA-256 and the number of bytes."""
    digest, size_bytes = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
        size_bytes += len(chunk)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size_bytes


def _make_folders(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
        _sync_folder(folder.parent.parent)


def _sync_folder(folder: Path) -> None:
    """A file's name is on the disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _half_files(incoming: Path, before: datetime) -> list[Path]:
    return [path for path in incoming.glob(f"{_HALF}*") if _is_older(path, before)]


def _shards(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("??") if re.fullmatch("[0-9a-f]{2}", path.name))


def _media_files(shard: Path, before: datetime) -> list[tuple[str, Path]]:
    """Hash and path of what lies where a file of ours would; anything else in the folder is not ours to remove."""
    files = ((path.name.partition(".")[0], path) for path in shard.glob("[0-9a-f][0-9a-f]/*"))
    return [
        (sha256, path)
        for sha256, path in files
        if re.fullmatch("[0-9a-f]{64}", sha256)
        and sha256.startswith(shard.name + path.parent.name)
        and _is_older(path, before)
    ]


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:  # Its owner was faster.
        return False


def _unlink_all(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
