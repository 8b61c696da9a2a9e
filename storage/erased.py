"""What was erased, in a file beside the database: a backup that is restored must not bring anybody back.

The file outlives the database, and a copy of it lies with the backups (`docs/decisions/nobody-comes-back.md`). It holds
no id of a member and no hash of a file, only what they come to under a key: without it nobody can tell whom it names.
"""

import asyncio
import fcntl
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Self, assert_never

from inference.contract.errors import AtelierError
from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.domain import Erasure
from storage.faults import translated
from storage.pseudonyms import Pseudonyms

ERASED: Final = "erased.list"  # In the data folder, and in every folder of backups.
KNOWN_FOLDERS: Final = "backup-folders"  # In the data folder: the folders of backups that get each new line at once.
_PURPOSE: Final = "the list of what was erased"
_TOKEN_BYTES: Final = 16
_LONGEST_COPY_SECONDS: Final = 5.0  # A disk of the network may hang; the next backup brings it the lines.


class ErasedListDamagedError(AtelierError):
    """A line is not what was written: whoever it names would come back."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path} is damaged in line {line}: put a whole copy in its place, such as that of a backup")
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberGone:
    """A member had an erasure, in a server or in all (None)."""

    token: str
    key: str
    server: ServerId | None
    takes_messages: bool
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkGone:
    """A work was deleted, by its author or by a moderator. No number of a work is given twice."""

    work: CreationId


@dataclass(frozen=True, slots=True, kw_only=True)
class FileGone:
    """A file went with a work."""

    token: str
    key: str


Gone = MemberGone | WorkGone | FileGone


class Disguise:
    """What members and files are called in the list: keyed hashes, which only who has the key can compare with."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.name = hashlib.sha256(key).hexdigest()[:8]  # Of the key: one that was lost and drawn again is another.

    @classmethod
    async def of(cls, pseudonyms: Pseudonyms) -> Self:
        """Raises `StorageUnavailableError`."""
        return cls(await pseudonyms.derived_key(_PURPOSE))

    def of_member(self, member: MemberId) -> str:
        return self._token(f"member {member}")

    def of_file(self, sha256: str) -> str:
        return self._token(f"file {sha256}")

    def _token(self, what: str) -> str:
        return hmac.digest(self._key, what.encode(), hashlib.sha256)[:_TOKEN_BYTES].hex()


class ErasedList:
    """Written to before what it tells of is committed, so that no crash comes between the two.

    Each `note` raises `DiskFullError` or `StorageUnavailableError`: what cannot be noted is not erased yet.
    """

    def __init__(self, folder: Path, pseudonyms: Pseudonyms) -> None:
        self._path = folder / ERASED
        self._known_folders = folder / KNOWN_FOLDERS
        self._pseudonyms = pseudonyms
        self._to_spread: list[str] = []

    async def note_erasure(self, erasure: Erasure) -> None:
        disguise = await Disguise.of(self._pseudonyms)
        gone = MemberGone(
            token=disguise.of_member(erasure.member),
            key=disguise.name,
            server=erasure.server,
            takes_messages=erasure.takes_messages,
            asked_at=erasure.asked_at,
        )
        await self._note([gone])

    async def note_work(self, work: CreationId, files: Collection[Path]) -> None:
        await self._note([WorkGone(work=work), *await self._files(files)])

    async def note_files(self, files: Collection[Path]) -> None:
        if files:
            await self._note(await self._files(files))

    async def spread(self) -> None:
        """Give the folders of backups that are there what was noted; outside a transaction, since disks may be slow."""
        lines, self._to_spread = self._to_spread, []
        if lines:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.to_thread(self._spread, lines), _LONGEST_COPY_SECONDS)

    async def _files(self, files: Collection[Path]) -> list[Gone]:
        disguise = await Disguise.of(self._pseudonyms)
        hashes = sorted({path.name.partition(".")[0] for path in files})
        return [FileGone(token=disguise.of_file(sha256), key=disguise.name) for sha256 in hashes]

    async def _note(self, gone: Sequence[Gone]) -> None:
        lines = [_line(each) for each in gone]
        with translated():
            await asyncio.to_thread(append, self._path, lines)
        self._to_spread += lines

    def _spread(self, lines: Sequence[str]) -> None:
        for folder in known_folders(self._known_folders.parent):
            with suppress(OSError):
                if (folder / ERASED).is_file():  # Else the disk is not there, and this would be the place for it.
                    append(folder / ERASED, lines)


def known_folders(data: Path) -> list[Path]:
    """Where this data folder was ever backed up to."""
    try:
        return [Path(line) for line in (data / KNOWN_FOLDERS).read_text(encoding="utf-8").splitlines() if line]
    except FileNotFoundError:
        return []


def know_folder(data: Path, folder: Path) -> None:
    """From now on the folder is told of every erasure at once. Raises `OSError`."""
    known = known_folders(data)
    if folder not in known:
        half = data / f".{KNOWN_FOLDERS}.half"
        half.write_text("".join(f"{each}\n" for each in (*known, folder)), encoding="utf-8")
        half.replace(data / KNOWN_FOLDERS)


def read_gone(*paths: Path) -> list[Gone]:
    """What any of the lists names. Raises `ErasedListDamagedError`, `OSError`."""
    return [_gone(line) for line in _union(paths)]


def unite(*paths: Path) -> None:
    """Let each list have what any of them has. Raises `ErasedListDamagedError`, `OSError`."""
    lines = _union(paths)
    for path in paths:
        known = set(_lines(path))
        append(path, [line for line in lines if line not in known])


def append(path: Path, lines: Sequence[str]) -> None:
    """Down to the disk. Raises `OSError`."""
    is_new = not path.exists()
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _cut_torn_line(file)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cut_torn_line(file: IO[bytes]) -> None:
    """A crash left it, before anything was committed that it tells of."""
    size_bytes = file.seek(0, os.SEEK_END)
    begin = max(0, size_bytes - 4096)  # No line is so long.
    file.seek(begin)
    content = file.read()
    if content and not content.endswith(b"\n"):
        file.truncate(begin + content.rfind(b"\n") + 1)


def _union(paths: Iterable[Path]) -> list[str]:
    return list(dict.fromkeys(line for path in paths for line in _lines(path)))


def _lines(path: Path) -> list[str]:
    """Without one that a crash has torn. Raises `ErasedListDamagedError`, `OSError`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        written, _, check = line.rpartition(b" ")
        if check != _check(written):
            raise ErasedListDamagedError(path, number)
        found.append(line.decode())
    return found


def _check(written: bytes) -> bytes:
    return f"{zlib.crc32(written):08x}".encode()


def _line(gone: Gone) -> str:
    match gone:
        case MemberGone():
            facts: dict[str, Any] = {
                "member": gone.token,
                "key": gone.key,
                "server": gone.server,
                "messages": gone.takes_messages,
                "at": gone.asked_at.isoformat(),
            }
        case WorkGone(work=work):
            facts = {"work": work}
        case FileGone(token=token, key=key):
            facts = {"file": token, "key": key}
        case _:
            assert_never(gone)
    written = json.dumps(facts, separators=(",", ":"))
    return f"{written} {_check(written.encode()).decode()}"


def _gone(line: str) -> Gone:
    facts = json.loads(line.rpartition(" ")[0])
    if "work" in facts:
        return WorkGone(work=CreationId(facts["work"]))
    if "file" in facts:
        return FileGone(token=facts["file"], key=facts["key"])
    return MemberGone(
        token=facts["member"],
        key=facts["key"],
        server=facts["server"],
        takes_messages=facts["messages"],
        asked_at=datetime.fromisoformat(facts["at"]),
    )
