"""A folder of backups: one folder a backup, by its time, and one pool of files under their hash for all of them.

2026-11-30T22-45-00Z/   manifest.json manifest.sha256 atelier.db pseudonyms.key …
pool/ab/cd/<sha256>     files of the data folder, which later backups only add to
erased.list             what was erased, as the data folder has it
"""

import fcntl
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from storage.backup import disk
from storage.backup.errors import BackupDamagedError, BackupForeignError, BackupNotFoundError, BackupUnderWayError
from storage.backup.manifest import Kept, Manifest
from storage.erased import ERASED

_LOCK: Final = ".lock"
_HALF: Final = ".half-"
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?")


class BackupFolder:
    """Every call raises `OSError` where the disk refuses."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._pool = self.root / "pool"

    @property
    def erased(self) -> Path:
        return self.root / ERASED

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other commands out, and remove what one that was killed has left. Raises `BackupUnderWayError`."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupUnderWayError(self.root) from None
            for half in (*self.root.glob(f"{_HALF}*"), *self._pool.glob(f"??/??/{_HALF}*")):
                shutil.rmtree(half) if half.is_dir() else half.unlink()
            yield

    def names(self) -> list[str]:
        """Of the backups that are there, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if _NAME.fullmatch(path.name))

    def find(self, name: str | None) -> Path:
        """The one of that name, or the newest. Raises `BackupNotFoundError`."""
        names = self.names()
        if not names or (name is not None and name not in names):
            raise BackupNotFoundError(self.root, name)
        return self.root / (name or names[-1])

    def require_same(self, database: str | None) -> None:
        """Raises `BackupForeignError`, `BackupDamagedError`."""
        for name in reversed(self.names()):
            theirs = Manifest.read(self.root / name).database
            if theirs is not None and database is not None and theirs != database:
                raise BackupForeignError(self.root)

    @contextmanager
    def half(self, taken_at: datetime) -> Iterator[tuple[Path, Callable[[], Path]]]:
        """A folder to fill, and what gives it its name once everything in it is on the disk."""
        name = self._free_name(taken_at)
        half = self.root / f"{_HALF}{name}"
        half.mkdir()

        def finish() -> Path:
            disk.sync_tree(half)
            half.rename(self.root / name)
            disk.sync(self.root)
            return self.root / name

        try:
            yield half, finish
        finally:
            shutil.rmtree(half, ignore_errors=True)

    def _free_name(self, taken_at: datetime) -> str:
        name, number = f"{taken_at:%Y-%m-%dT%H-%M-%SZ}", 1
        while (self.root / (name if number == 1 else f"{name}-{number}")).exists():
            number += 1
        return name if number == 1 else f"{name}-{number}"

    def pooled(self, sha256: str) -> Path:
        return self._pool / sha256[:2] / sha256[2:4] / sha256

    def has(self, file: Kept) -> bool:
        """Whether it is there by its size; `verify` reads it."""
        try:
            return self.pooled(file.sha256).stat().st_size == file.size_bytes
        except FileNotFoundError:
            return False

    def put(self, source: Path, file: Kept) -> bool:
        """Returns whether it is what it is said to be; if not, it is not taken. Raises `FileNotFoundError`."""
        path = self.pooled(file.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{_HALF}{file.sha256}")
        half.unlink(missing_ok=True)
        disk.link_or_copy(source, half)
        if disk.hash_of(half) != file.sha256:  # As it lies here: a copy may have gone wrong as well.
            half.unlink()
            return False
        half.replace(path)
        disk.sync(path.parent)
        return True

    def drop(self, is_gone: Callable[[str], bool]) -> int:
        """Remove the pool's files for which this holds, by their hash. Returns how many."""
        dropped = [path for path in self._pool.glob("??/??/*") if is_gone(path.name)]
        for path in dropped:
            path.unlink()
        return len(dropped)

    def prune(self, keep: int) -> list[str]:
        """Remove all backups but the newest, and from the pool what none of these names. Returns their names."""
        old = self.names()[:-keep]
        for name in old:
            half = self.root / f"{_HALF}{name}"  # So that a crash leaves nothing that looks like a backup.
            (self.root / name).rename(half)
            shutil.rmtree(half)
        if old:
            self._drop_unnamed()
        return old

    def _drop_unnamed(self) -> None:
        named: set[str] = set()
        try:
            for name in self.names():
                named.update(file.sha256 for file in Manifest.read(self.root / name).pooled)
        except BackupDamagedError:  # Who knows what it names.
            return
        self.drop(lambda sha256: sha256 not in named)


def sorted_by_path(files: Collection[Kept]) -> tuple[Kept, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
