"""The files of a release while it is written: each is hashed as its bytes go by, and all are listed at the end."""

import hashlib
import io
import os
import sqlite3
import struct
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import to_json

from storage.release.values import Split

# A reader fetches whole files, so that they are not to be large; and a row group is what a writer holds in memory.
FILE_BYTES: Final = 400 << 20
GROUP_BYTES: Final = 8 << 20
GROUP_ROWS: Final = 5_000
_BUFFER_BYTES: Final = 1 << 20
_FOR_MEDIA: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_EXTENSIONS: Final = {
    "text/plain": ".txt",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/flac": ".flac",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file as the manifest has it."""

    path: str  # In the release, with "/".
    sha256: str
    size_bytes: int


class Spool:
    """What has to be looked up or sorted before the release is whole: a database of its own, gone with the making.

    On the disk, so that memory does not grow with the works.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".spool"
        self.database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", "cache_size = -8192"):
            self.database.execute(f"PRAGMA {pragma}")
        self.database.execute(
            "CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, size_bytes INTEGER) WITHOUT ROWID"
        )
        self.database.execute("BEGIN")

    def close(self) -> None:
        self.database.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def list(self, *files: Listed) -> None:
        rows = [(each.path, each.sha256, each.size_bytes) for each in files]
        self.database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def listed(self) -> Iterator[Listed]:
        """In the order of their paths."""
        for path, sha256, size_bytes in self.database.execute("SELECT * FROM files ORDER BY path"):
            yield Listed(path=path, sha256=sha256, size_bytes=size_bytes)


class HashedFile(io.RawIOBase):
    """A new file that knows the sum of what was written into it."""

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        self._place = root / path
        self._place.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = self._place.open("xb", buffering=_BUFFER_BYTES)
        self._sum = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._sum.update(content)
        self._file.write(content)
        self.size_bytes += len(content)
        return len(content)

    def tell(self) -> int:
        return self.size_bytes

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
        super().close()

    def listed(self) -> Listed:
        """What it came to; nothing more can be written."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        return Listed(path=self.path, sha256=self._sum.hexdigest(), size_bytes=self.size_bytes)


def written(root: Path, path: str, content: bytes) -> Listed:
    """A whole file at once."""
    with HashedFile(root, path) as file:
        file.write(content)
        return file.listed()


def media_path(sha256: str, media_type: str) -> str:
    """In one of 256 folders, so that a hub, which likes at most 10,000 files a folder, takes some millions."""
    return f"media/{sha256[:2]}/{sha256}{_EXTENSIONS.get(media_type, '')}"


def extension_of(media_type: str) -> str:
    return _EXTENSIONS.get(media_type, ".bin")[1:]


def put_media(root: Path, content: bytes, media_type: str) -> Listed:
    """A file under the hash of its bytes. It is on the disk when `Releases` has called for all of it."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = media_path(sha256, media_type)
    place = root / path
    try:
        descriptor = os.open(place, _FOR_MEDIA, 0o666)
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, _FOR_MEDIA, 0o666)
    try:
        _write_all(descriptor, content)
    finally:
        os.close(descriptor)
    return Listed(path=path, sha256=sha256, size_bytes=len(content))


def _write_all(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


class Lines:
    """A file of JSON, one value a line. Without a line there is no file: readers take an empty one for a broken one."""

    def __init__(self, root: Path, path: str, spool: Spool) -> None:
        self._root = root
        self._path = path
        self._file: HashedFile | None = None
        self._spool = spool
        self.count = 0

    def add(self, line: bytes) -> None:
        if self._file is None:
            self._file = HashedFile(self._root, self._path)
        self._file.write(line + b"\n")
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._spool.list(self._file.listed())


def as_json(value: object) -> bytes:
    """In one line, times as RFC 3339, by pydantic's own writer: it takes a fifth of the standard library's time."""
    return to_json(value)


class Tables:
    """Parquet files of one part of the release, by split: `data/<part>/<split>-<number>-of-<count>.parquet`."""

    def __init__(self, root: Path, part: str, schema: pa.Schema, spool: Spool) -> None:
        self._root = root
        self._part = part
        self._schema = schema
        self._spool = spool
        self._open: dict[Split, _Table] = {}
        self._done: dict[Split, list[Listed]] = {}
        self.rows: dict[Split, int] = {}

    def add(self, split: Split, row: dict[str, Any], size_bytes: int = 0) -> None:
        """`size_bytes`: of what is large in it."""
        if split not in self._open:
            number = len(self._done.setdefault(split, []))
            self._open[split] = _Table(self._root, f"data/{self._part}/.{split}-{number:05d}", self._schema)
        self._open[split].add(row, size_bytes)
        self.rows[split] = self.rows.get(split, 0) + 1
        if self._open[split].size_bytes >= FILE_BYTES:
            self._done[split].append(self._open.pop(split).finished())

    def close(self) -> None:
        """Only now is it known of how many files each is one."""
        for split, table in self._open.items():
            self._done[split].append(table.finished())
        self._open.clear()
        for split, files in self._done.items():
            for number, file in enumerate(files):
                path = f"data/{self._part}/{split}-{number:05d}-of-{len(files):05d}.parquet"
                (self._root / file.path).rename(self._root / path)
                self._spool.list(Listed(path=path, sha256=file.sha256, size_bytes=file.size_bytes))


class _Table:
    def __init__(self, root: Path, path: str, schema: pa.Schema) -> None:
        self._file = HashedFile(root, path)
        self._schema = schema
        # Pictures are packed already: to pack them again costs time and gains nothing.
        packing = {name: "NONE" if _is_of_bytes(schema.field(name).type) else "ZSTD" for name in schema.names}
        self._writer = pq.ParquetWriter(
            self._file,
            schema,
            compression={path: packing[path.partition(".")[0]] for path in _leaves(schema)},
            use_dictionary=[path for path in _leaves(schema) if packing[path.partition(".")[0]] == "ZSTD"],
            write_statistics=False,
        )
        self._rows: list[dict[str, Any]] = []
        self._pending_bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._file.size_bytes

    def add(self, row: dict[str, Any], size_bytes: int) -> None:
        self._rows.append(row)
        self._pending_bytes += size_bytes
        if self._pending_bytes >= GROUP_BYTES or len(self._rows) >= GROUP_ROWS:
            self._flush()

    def finished(self) -> Listed:
        self._flush()
        self._writer.close()
        return self._file.listed()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._pending_bytes = [], 0


def _leaves(schema: pa.Schema) -> Sequence[str]:
    """The columns of a Parquet file by their paths."""
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    stored = pq.ParquetFile(sink.getvalue()).schema
    return [stored.column(number).path for number in range(len(stored))]


def _is_of_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _is_of_bytes(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_is_of_bytes(field.type) for field in kind)
    return bool(pa.types.is_binary(kind))


# Name, mode, user, group, size and time; then, behind the sum, that it is a file, and the format.
_HEADER_BEGUN: Final = struct.Struct("100s8s8s8s12s12s")
_HEADER_ENDED: Final = struct.pack("1s100s8s247x", b"0", b"", b"ustar\x0000")


class Shards:
    """Tar archives for WebDataset: `shards/<kind>/<split>-<number>.tar`. The files of a sample share their name.

    Of a kind all samples have the same files, since `datasets` opens no other archives.
    """

    def __init__(self, root: Path, spool: Spool) -> None:
        self._root = root
        self._spool = spool
        self._open: dict[tuple[str, Split], HashedFile] = {}
        self._count: dict[tuple[str, Split], int] = {}

    @property
    def kinds(self) -> dict[str, list[Split]]:
        """With the splits that each has."""
        kinds = sorted({kind for kind, _ in self._count})
        return {kind: [split for split in Split if (kind, split) in self._count] for kind in kinds}

    def add(self, kind: str, split: Split, name: str, files: Iterable[tuple[str, bytes]]) -> None:
        """`files`: what each is called behind the name, and its bytes."""
        key = (kind, split)
        if key not in self._open:
            number = self._count.get(key, 0)
            self._open[key] = HashedFile(self._root, f"shards/{kind}/{split}-{number:05d}.tar")
            self._count[key] = number + 1
        shard = self._open[key]
        for suffix, content in files:
            shard.write(_entry(f"{name}.{suffix}", content))
        if shard.size_bytes >= FILE_BYTES:
            self._close(key)

    def close(self) -> None:
        for key in list(self._open):
            self._close(key)

    def _close(self, key: tuple[str, Split]) -> None:
        shard = self._open.pop(key)
        shard.write(bytes(2 * tarfile.BLOCKSIZE))  # How an archive ends.
        self._spool.list(shard.listed())


def _entry(name: str, content: bytes) -> bytes:
    """Header, bytes and padding. No time, no owner: equal works give equal bytes.

    The header is ustar's (POSIX.1-2017, pax, "ustar Interchange Format"); tarfile takes ten times as long for it.
    """
    begun = _HEADER_BEGUN.pack(
        name.encode("ascii"), b"0000644", b"0000000", b"0000000", b"%011o" % len(content), b"0" * 11
    )
    # Over the header with blanks in the place of the sum.
    checksum = sum(begun) + sum(_HEADER_ENDED) + 8 * ord(" ")
    padding = bytes(-len(content) % tarfile.BLOCKSIZE)
    return b"".join((begun, b"%06o\0 " % checksum, _HEADER_ENDED, content, padding))
