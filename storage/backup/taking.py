"""Takes a backup: first the database as it is at one moment, then the files that it names.

Files may go meanwhile, and their rows with them: those are counted as gone. What comes meanwhile is the next backup's.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from storage.backup import disk, postgresql, sqlite
from storage.backup.errors import NothingToBackUpError
from storage.backup.folder import BackupFolder, sorted_by_path
from storage.backup.manifest import Kept, Manifest
from storage.backup.survey import Contents, database_file, identity_in, still_named
from storage.database import normalised, opened_engine
from storage.erased import ERASED, Disguise, FileGone, know_folder, read_gone, unite
from storage.faults import translated
from storage.media import MediaStore
from storage.pseudonyms import PSEUDONYMS, Pseudonyms

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data folder and its database."""

    address: str
    media_folder: Path
    databases: tuple[str, ...] = ()  # Other files of SQLite in the data folder, where they are.
    others: tuple[str, ...] = ()  # Patterns of other files in the data folder that belong to a backup.

    @property
    def data(self) -> Path:
        return self.media_folder.absolute().parent

    @property
    def kind(self) -> str:
        return normalised(self.address).get_backend_name()

    @property
    def database(self) -> Path:
        """The file, of SQLite."""
        return Path(normalised(self.address).database or "").absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of it."""

    folder: Path
    manifest: Manifest
    added: int  # Files that the pool did not have yet.
    erased: int  # Files that went from the pool, since erasures took them.
    pruned: tuple[str, ...]  # Older backups that are gone now.


async def take(
    source: Source,
    place: Path,
    *,
    why: str,
    clock: Callable[[], datetime],
    keep: int | None = None,
    progress: Progress = lambda *_: None,
) -> Taken:
    """Beside a running bot or without one. `keep`: how many backups stay, the new one counted; None, all.

    Raises `BackupError`, `ErasedListDamagedError`, `DiskFullError`, `StorageUnavailableError`.
    """
    if source.kind == "sqlite" and not source.database.is_file():
        raise NothingToBackUpError
    folder = BackupFolder(place)
    with translated(), folder.held():
        folder.require_same(await _identity(source))
        # From here on the folder hears of erasures: what goes while this runs is in both lists.
        unite(source.data / ERASED, folder.erased)
        know_folder(source.data, folder.root)
        disguise = await Disguise.of(Pseudonyms(source.data / PSEUDONYMS))  # Draws the key, which has to be in.
        with folder.half(clock()) as (half, finish):
            found = await _copied(source, half)
            pooling = _Pooling(source, folder, progress)
            await asyncio.to_thread(pooling.take, found.media)
            missing = await _still_named(source, pooling.missing)
            manifest = Manifest(
                taken_at=clock(),
                why=why,
                version=version("atelier"),
                kind=source.kind,
                revision=found.revision,
                database=found.database,
                counts=found.counts,
                own=await asyncio.to_thread(_own, half),
                pooled=sorted_by_path(pooling.taken),
                gone=len(pooling.missing) - len(missing),
                lost=tuple(file.path for file in pooling.missing if file.sha256 in missing),
            )
            manifest.write(half)
            backup = await asyncio.to_thread(finish)
        unite(source.data / ERASED, folder.erased)
        erased = _drop_erased(folder, disguise, {file.sha256 for file in found.media})
        pruned = await asyncio.to_thread(folder.prune, keep) if keep else []
    return Taken(folder=backup, manifest=manifest, added=pooling.added, erased=erased, pruned=tuple(pruned))


async def _identity(source: Source) -> str | None:
    async with opened_engine(source.address) as engine, engine.connect() as connection:
        return await connection.run_sync(identity_in)


async def _copied(source: Source, half: Path) -> Contents:
    media = MediaStore(source.media_folder)
    target = database_file(half, source.kind)
    if source.kind == "sqlite":
        await asyncio.to_thread(sqlite.copy, source.database, target)
        found = await asyncio.to_thread(sqlite.contents_of, target, media)
    else:
        found = await postgresql.dump(source.address, target, media)
    disk.write(half / PSEUDONYMS, (source.data / PSEUDONYMS).read_bytes())
    for name in source.databases:
        if (source.data / name).is_file():
            await asyncio.to_thread(sqlite.copy, source.data / name, half / name)
    return found


async def _still_named(source: Source, missing: list[Kept]) -> set[str]:
    """Those of the missing files whose rows are still there: they are lost, and the others were deleted."""
    if not missing:
        return set()
    hashes = [file.sha256 for file in missing]
    async with opened_engine(source.address) as engine, engine.connect() as connection:
        return await connection.run_sync(still_named, hashes)


def _own(half: Path) -> tuple[Kept, ...]:
    files = sorted(path for path in half.iterdir() if path.is_file())
    return tuple(Kept(path=path.name, sha256=disk.hash_of(path), size_bytes=path.stat().st_size) for path in files)


def _drop_erased(folder: BackupFolder, disguise: Disguise, named: set[str]) -> int:
    """Older backups do without what an erasure took, unless another work has the very same file."""
    tokens = {gone.token for gone in read_gone(folder.erased) if isinstance(gone, FileGone)}
    return folder.drop(lambda sha256: sha256 not in named and disguise.of_file(sha256) in tokens)


class _Pooling:
    """Files of the data folder on their way into the pool."""

    def __init__(self, source: Source, folder: BackupFolder, progress: Progress) -> None:
        self._source = source
        self._folder = folder
        self._progress = progress
        self.taken: list[Kept] = []
        self.missing: list[Kept] = []
        self.added = 0

    def take(self, media: tuple[Kept, ...]) -> None:
        for number, file in enumerate(media, start=1):
            self._take(file)
            self._progress("files", number, len(media))
        for path in self._others():
            self._take_as_it_is(path)

    def _take(self, file: Kept) -> None:
        if self._folder.has(file):
            self.taken.append(file)
            return
        try:
            is_whole = self._folder.put(self._source.data / file.path, file)
        except FileNotFoundError:
            is_whole = False
        (self.taken if is_whole else self.missing).append(file)
        self.added += is_whole

    def _take_as_it_is(self, path: Path) -> None:
        """One whose hash no row knows; it may go or change while it is read, and is then not in."""
        try:
            file = Kept(
                path=str(path.relative_to(self._source.data)), sha256=disk.hash_of(path), size_bytes=path.stat().st_size
            )
            if self._folder.has(file) or self._folder.put(path, file):
                self.taken.append(file)
        except FileNotFoundError:
            return

    def _others(self) -> Iterator[Path]:
        data = self._source.data
        for pattern in self._source.others:
            for path in sorted(data.glob(pattern)):
                is_hidden = any(part.startswith(".") for part in path.relative_to(data).parts)
                if path.is_file() and not path.is_symlink() and not is_hidden:
                    yield path


def require_tools(source: Source) -> None:
    """Raises `ToolMissingError` where a backup of this database could not be taken."""
    if source.kind != "sqlite":
        postgresql.require("pg_dump", "pg_restore")
