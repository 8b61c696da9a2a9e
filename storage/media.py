"""The files of creations, each under the SHA-256 of its bytes: the same work twice is one file."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from storage.trash import Trash

CHUNK_BYTES: Final = 1 << 20
OWNER: Final = "database.id"  # In the media folder: the id of the database that the files belong to.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What lies where a file of a creation would; anything else in the folder is not ours to touch."""

    sha256: str
    path: Path
    size_bytes: int
    changed_at: float  # Seconds of the epoch.


class MediaStore:
    """A folder of files at `ab/cd/<sha256><extension>`.

    Every call raises `DiskFullError` or `StorageUnavailableError` where the disk refuses, and then leaves no half file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._trash = Trash(self.folder)
        # Held from taking a file in until its row is committed, and from the deletion of a row until its file is
        # gone: else a work is deleted, and takes along the file of an equal one that is just being added.
        self.changing = asyncio.Lock()

    async def prepare(self) -> None:
        """Make the folder."""
        with translated():
            await asyncio.to_thread((self.folder / _INCOMING).mkdir, parents=True, exist_ok=True)

    def path(self, sha256: str, media_type: str) -> Path:
        return self._place(f"{sha256}{_EXTENSIONS.get(media_type, '')}")

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:4] / name

    @property
    def scratch(self) -> Path:
        """A folder on the media's disk, for what is not to stay."""
        return self.folder / _INCOMING

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
        """Remove files that were adopted, or taken in for nothing. What the disk does not let go stays for a sweep."""
        await asyncio.to_thread(_unlink_all, list(paths))

    async def erase(self, paths: Collection[Path]) -> None:
        """Remove files whose rows go, and what equals them in the trash: nothing of them is to be kept any longer."""
        await self.remove(paths)
        await self._trash.erase(path.name for path in paths)

    async def trash(self, files: Iterable[StoredFile], *, at: datetime) -> None:
        await self._trash.take((file.path for file in files), at=at)

    async def trashed(self) -> Sequence[StoredFile]:
        """Raises `StorageUnavailableError`."""
        with translated():
            return await asyncio.to_thread(_stored, await self._trash.files())

    async def restore(self, files: Iterable[StoredFile]) -> int:
        """Bring files back from the trash. Returns how many were lacking."""
        return await self._trash.give_back((file.path, self._place(file.path.name)) for file in files)

    async def empty_trash(self, *, before: datetime) -> int:
        """Remove for good what came into the trash before that day. Returns how many files."""
        return await self._trash.empty(before=before)

    async def shards(self) -> AsyncIterator[Sequence[StoredFile]]:
        """All files, some hundredth of them at a time. Raises `StorageUnavailableError`."""
        with translated():
            shards = await asyncio.to_thread(_shards, self.folder)
        for shard in shards:
            with translated():
                files = await asyncio.to_thread(_stored_files, shard)
            yield files

    async def half_files(self, *, before: datetime) -> Sequence[Path]:
        """What a crash has left of files that were being taken in. The age spares those of another process."""
        with translated():
            return await asyncio.to_thread(_half_files, self.scratch, before)

    async def owner(self) -> str | None:
        """The id of the database that the files belong to; None: it was never written down."""
        with translated():
            return await asyncio.to_thread(_read_owner, self.folder / OWNER)

    async def belong_to(self, database: str) -> None:
        """Write down the id of the database that the files belong to from now on."""
        with translated():
            await asyncio.to_thread(self._write_owner, database)

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

    def _write_owner(self, database: str) -> None:
        with self._half_file() as (half, target):
            _copy(BytesIO(f"{database}\n".encode()), target)
            half.replace(self.folder / OWNER)
            _sync_folder(self.folder)

    @contextmanager
    def _half_file(self) -> Iterator[tuple[Path, IO[bytes]]]:
        with NamedTemporaryFile(prefix=_HALF, dir=self.folder / _INCOMING, delete=False) as target:
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


def _stored_files(shard: Path) -> list[StoredFile]:
    files = _stored(shard.glob("[0-9a-f][0-9a-f]/*"))
    return [file for file in files if file.sha256.startswith(shard.name + file.path.parent.name)]


def _stored(paths: Iterable[Path]) -> list[StoredFile]:
    """Those that are called after a hash."""
    found: list[StoredFile] = []
    for path in paths:
        sha256 = path.name.partition(".")[0]
        if re.fullmatch("[0-9a-f]{64}", sha256):
            with suppress(FileNotFoundError):  # Whoever removed it was faster.
                facts = path.stat()
                found.append(StoredFile(sha256=sha256, path=path, size_bytes=facts.st_size, changed_at=facts.st_mtime))
    return found


def _read_owner(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:  # Its owner was faster.
        return False


def _unlink_all(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
