"""Where a release is built, and how it comes to stand under its name: whole, or not at all."""

import ctypes
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from storage.release.errors import FolderTakenError, ReleaseUnderWayError

HIDDEN: Final = ".making-"
LOCK: Final = ".lock"
MARK: Final = ".atelier-makes-a-release-here"  # What lacks it is not ours to remove.
_RELEASE: Final = "release"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep a second maker out. Raises `ReleaseUnderWayError`, `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReleaseUnderWayError(folder) from None
        yield


@dataclass(slots=True)
class Workshop:
    root: Path  # The release is built here.
    is_kept: bool = False  # Whether it outlives the block, for a later sweep to finish or to remove.


@contextmanager
def workshop(folder: Path) -> Iterator[Workshop]:
    """A hidden folder beside where the release is to stand, for as long as the block lasts.

    It has our mark, and the release stands beside the mark, so that it never holds it. It is held: who sweeps leaves it
    alone. Raises `FolderTakenError`, `OSError`.
    """
    require_free(folder)
    hidden = _new_hidden(folder)
    descriptor = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY)
    made = Workshop(hidden / _RELEASE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        (hidden / MARK).touch()
        made.root.mkdir()
        yield made
    finally:
        if not made.is_kept:
            shutil.rmtree(hidden, ignore_errors=True)
        os.close(descriptor)


def _new_hidden(folder: Path) -> Path:
    """By the first name that nobody has."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        hidden = folder.with_name(HIDDEN + folder.name + (f"-{number}" if number > 1 else ""))
        with suppress(FileExistsError):
            hidden.mkdir()
            return hidden
    raise AssertionError  # Numbers do not end.


def require_free(folder: Path) -> None:
    """Raises `FolderTakenError`."""
    if os.path.lexists(folder):
        raise FolderTakenError(folder)


def put_in_place(root: Path, folder: Path) -> None:
    """Raises `FolderTakenError`, `OSError`."""
    require_free(folder)
    root.rename(folder)
    _sync_folder(folder.parent)


def sweep(parent: Path, finish: Callable[[Path], Path | None]) -> None:
    """Remove what makers left who died: folders with our mark alone.

    `finish`: where a release belongs that is a fact already, or None. One whose place is taken is left for later.
    """
    for hidden in sorted(parent.glob(f"{HIDDEN}*")):
        with ExitStack() as stack:
            try:
                descriptor = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except OSError:
                continue  # A file, a link, or not for us to open.
            stack.callback(os.close, descriptor)
            if not _has_mark(hidden):
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # Somebody is at work in it, for another data folder.
            folder = finish(hidden / _RELEASE)
            if folder is not None:
                try:
                    put_in_place(hidden / _RELEASE, folder)
                except (FolderTakenError, OSError):
                    continue
            shutil.rmtree(hidden, ignore_errors=True)


def _has_mark(hidden: Path) -> bool:
    mark = hidden / MARK
    return mark.is_file() and not mark.is_symlink()


def sync(root: Path) -> None:
    """Bring everything down to the disk: all files at once, since to wait for each takes minutes; then the folders."""
    _sync_file_system(root)
    for folder, _, _ in os.walk(root, topdown=False):
        _sync_folder(Path(folder))


def _sync_file_system(root: Path) -> None:
    """Where there is a call for one file system, only this one. Raises `OSError`, as when the disk is full."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        os.sync()
        return
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if library.syncfs(descriptor):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(root))
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
