"""Reads a backup from its first byte to its last, and says in what it differs from what was written."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from storage.backup import disk
from storage.backup.errors import BackupDamagedError
from storage.backup.folder import BackupFolder
from storage.backup.manifest import Kept, Manifest
from storage.erased import Disguise, FileGone, Gone
from storage.faults import translated
from storage.pseudonyms import PSEUDONYMS, Pseudonyms


async def verify(folder: BackupFolder, backup: Path, gone: list[Gone]) -> Manifest:
    """`gone`: what was erased; files that it names may be missing.

    Raises `BackupDamagedError`, `StorageUnavailableError`.
    """
    with translated():
        manifest = await asyncio.to_thread(Manifest.read, backup)
        if PSEUDONYMS not in {file.path for file in manifest.own} or not (backup / PSEUDONYMS).is_file():
            raise BackupDamagedError(backup, [f"{PSEUDONYMS} is missing"])
        disguise = await Disguise.of(Pseudonyms(backup / PSEUDONYMS))
        tokens = {one.token for one in gone if isinstance(one, FileGone)}
        faults = await asyncio.to_thread(
            lambda: list(_faults(folder, backup, manifest, lambda sha256: disguise.of_file(sha256) in tokens))
        )
    if faults:
        raise BackupDamagedError(backup, faults)
    return manifest


def _faults(
    folder: BackupFolder, backup: Path, manifest: Manifest, may_be_missing: Callable[[str], bool]
) -> Iterator[str]:
    places = [(backup / file.path, file, False) for file in manifest.own]
    places += [(folder.pooled(file.sha256), file, may_be_missing(file.sha256)) for file in manifest.pooled]
    for path, file, is_erased in places:
        try:
            if disk.hash_of(path) != file.sha256:
                yield f"{_name(path, folder, file)} is not what was written"
        except FileNotFoundError:
            if not is_erased:
                yield f"{_name(path, folder, file)} is missing"


def _name(path: Path, folder: BackupFolder, file: Kept) -> str:
    """In the folder of backups, and what it is in the data folder."""
    found = str(path.relative_to(folder.root))
    return found if path.name == file.path else f"{found} ({file.path})"
