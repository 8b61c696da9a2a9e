"""Brings a backup back: all of it is read and made ready beside the data folder's files, and then takes their place.

A crash leaves the backup as it was, and what was moved aside; a mark then says that it has to be run again.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Final

from storage import schema
from storage.backup import disk, postgresql, sqlite
from storage.backup.errors import KindMismatchError, TargetTakenError
from storage.backup.folder import BackupFolder
from storage.backup.manifest import Manifest
from storage.backup.mark import begun
from storage.backup.replay import Replayed, replay
from storage.backup.survey import database_file
from storage.backup.taking import Progress, Source
from storage.backup.verification import verify
from storage.database import address_of
from storage.erased import ERASED, Gone, know_folder, read_gone, unite
from storage.errors import SchemaNewerError
from storage.faults import translated
from storage.media import MediaStore
from storage.pseudonyms import PSEUDONYMS

# New works are numbered from so far above: buttons in Discord still name those that were made after the backup.
NUMBERS_LEFT_OUT: Final = 1_000_000
_STAGE: Final = ".restoring"
_ASIDE: Final = "before-restore-"
_DATABASE: Final = "atelier.db"
_MERGED: Final = ("models",)  # What a backup has of it is put beside what is there: weights are in none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it."""

    backup: Path
    manifest: Manifest
    replayed: Replayed
    missing: int  # Files that the backup lacks: lost before it was taken, or erased since.
    aside: Path | None  # Where the files lie that were there before.
    schema_aside: str | None  # And in PostgreSQL, the schema.


async def restore(
    target: Source,
    place: Path,
    name: str | None,
    *,
    over: bool,
    clock: Callable[[], datetime],
    progress: Progress = lambda *_: None,
) -> Restored:
    """Only while nobody else is at work over the data folder. `name`: of the backup; None, the newest.

    `over`: what is there may be moved aside. Nothing is changed before the whole backup was read and is sound.

    Raises `BackupError`, `ErasedListDamagedError`, `SchemaNewerError`, `DiskFullError`, `StorageUnavailableError`.
    """
    folder = BackupFolder(place)
    backup = folder.find(name)
    with translated(), folder.held():
        lists = await _lists(folder, backup, target)
        gone = read_gone(*lists)
        progress("reading", 0, 1)
        manifest = await verify(folder, backup, gone)
        _require_fitting(manifest, target)
        if not over:
            await _require_empty(target)
        stage = target.data / _STAGE
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        missing = await asyncio.to_thread(_stage, folder, backup, manifest, stage, progress)
        unite(stage / ERASED, *(path for path in lists if path.is_file()))
        try:
            return await _replace(target, folder, backup, manifest, gone, missing, clock())
        finally:
            shutil.rmtree(stage, ignore_errors=True)


async def _replace(
    target: Source, folder: BackupFolder, backup: Path, manifest: Manifest, gone: list[Gone], missing: int, at: datetime
) -> Restored:
    """From what is staged."""
    stage, stamp = target.data / _STAGE, f"{at:%Y-%m-%dT%H-%M-%SZ}"
    keys, schema_aside = [target.data / PSEUDONYMS], None
    if target.kind == "sqlite":
        replayed = await _made_current(address_of(stage / _DATABASE), stage, gone, keys, at)
        await asyncio.to_thread(sqlite.raise_numbers, stage / _DATABASE, NUMBERS_LEFT_OUT)
        await asyncio.to_thread(sqlite.check, stage / _DATABASE, _DATABASE)
        with begun(target.data):
            aside = await asyncio.to_thread(_swap, target, stage, stamp)
    else:
        with begun(target.data):
            if await postgresql.has_tables(target.address):
                schema_aside = await postgresql.move_aside(target.address, f"{at:%Y%m%d_%H%M%S_%f}")
            await postgresql.bring_back(target.address, database_file(backup, target.kind))
            replayed = await _made_current(target.address, stage, gone, keys, at)
            await postgresql.raise_numbers(target.address, NUMBERS_LEFT_OUT)
            aside = await asyncio.to_thread(_swap, target, stage, stamp)
    know_folder(target.data, folder.root)
    return Restored(
        backup=backup,
        manifest=manifest,
        replayed=replayed,
        missing=missing,
        aside=aside,
        schema_aside=schema_aside,
    )


async def _made_current(address: str, stage: Path, gone: list[Gone], keys: list[Path], at: datetime) -> Replayed:
    """Upgraded, and without what was erased since."""
    await schema.upgrade(address)
    return await replay(address, stage / "media", gone, keys, at=at)


async def _lists(folder: BackupFolder, backup: Path, target: Source) -> list[Path]:
    """Where erasures stand that concern this backup. Numbers of works mean nothing in another database."""
    ours = (await asyncio.to_thread(Manifest.read, backup)).database
    owner = await MediaStore(target.media_folder).owner()
    is_ours = owner is None or ours is None or owner == ours
    return [folder.erased, target.data / ERASED] if is_ours else [folder.erased]


def _require_fitting(manifest: Manifest, target: Source) -> None:
    if manifest.kind != target.kind:
        raise KindMismatchError(backup=manifest.kind, target=target.kind)
    if manifest.revision is not None and manifest.revision > schema.REVISION:
        raise SchemaNewerError(found=manifest.revision, expected=schema.REVISION)
    if target.kind == "postgresql":
        postgresql.require("pg_restore")


async def _require_empty(target: Source) -> None:
    for path in (*_databases_of(target), target.media_folder, target.data / PSEUDONYMS):
        if path.is_file() or (path.is_dir() and any(each.is_file() for each in path.rglob("*"))):
            raise TargetTakenError(target.data, path.name)
    if target.kind == "postgresql" and await postgresql.has_tables(target.address):
        raise TargetTakenError(target.data, "the database has tables")


def _databases_of(target: Source) -> list[Path]:
    """Files of SQLite, each with what a killed writer may have left beside it."""
    files = [target.data / name for name in target.databases]
    if target.kind == "sqlite":
        files.insert(0, target.database)
    return [path.with_name(path.name + suffix) for path in files for suffix in ("", "-wal", "-shm")]


def _stage(folder: BackupFolder, backup: Path, manifest: Manifest, stage: Path, progress: Progress) -> int:
    """Returns how many files are lacking."""
    for file in manifest.own:
        if file.path != database_file(backup, "postgresql").name:
            shutil.copyfile(backup / file.path, stage / file.path)
    missing = len(manifest.lost)
    for number, file in enumerate(manifest.pooled, start=1):
        path = stage / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            disk.link_or_copy(folder.pooled(file.sha256), path)
        except FileNotFoundError:
            missing += 1
        progress("files", number, len(manifest.pooled))
    return missing


def _swap(target: Source, stage: Path, stamp: str) -> Path | None:
    """The old database goes first and the new one comes last: in between there is none that a bot could take up."""
    disk.sync_tree(stage)
    aside = _free(target.data / f"{_ASIDE}{stamp}")
    staged = sorted(stage.iterdir(), key=lambda path: path.name == _DATABASE)
    old = [*_databases_of(target), *(target.data / path.name for path in staged)]
    moved = [path for path in dict.fromkeys(old) if path.exists() and path.name not in (*_MERGED, ERASED)]
    for path in moved:
        disk.move(path, aside / path.name)
    if moved and (target.data / ERASED).exists():  # Replaced at once below: at no moment is there no list.
        shutil.copyfile(target.data / ERASED, aside / ERASED)
    for path in staged:
        if path.name in _MERGED:
            _merge(path, target.data / path.name)
        elif path.name == ERASED:
            path.replace(target.data / ERASED)
        else:
            disk.move(path, target.database if path.name == _DATABASE else target.data / path.name)
    return aside if moved else None


def _free(path: Path) -> Path:
    """The path, or one like it: a restore that was cut off may be run again within the same second."""
    names = chain([path.name], (f"{path.name}-{number}" for number in count(2)))
    return next(each for each in map(path.with_name, names) if not each.exists())


def _merge(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            disk.move(path, place)
