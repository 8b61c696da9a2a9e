"""Where a release is built, and how it comes to stand under its name: whole, or not at all."""

import ctypes
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from storage.release.errors import FolderTakenError, ReleaseUnderWayError

HIDDEN: Final = ".making-"
LOCK: Final = ".lock"


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


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """A hidden folder beside where the release is to stand, for as long as the block lasts.

    It is held: who sweeps leaves it alone. Raises `FolderTakenError`, `OSError`.
    """
    if folder.exists():
        raise FolderTakenError(folder)
    hidden = folder.with_name(HIDDEN + folder.name)
    hidden.mkdir(parents=True)
    descriptor = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(descriptor)


def put_in_place(hidden: Path, folder: Path) -> None:
    """Raises `FolderTakenError`, `OSError`."""
    if folder.exists():
        raise FolderTakenError(folder)
    hidden.rename(folder)
    _sync_folder(folder.parent)


def sweep(parent: Path, finish: Callable[[Path], Path | None]) -> None:
    """Remove what makers left who died. `finish`: where a folder belongs that was whole already, or None."""
    for hidden in sorted(parent.glob(f"{HIDDEN}*")):
        with ExitStack() as stack:
            descriptor = os.open(hidden, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # Somebody is at work in it, for another data folder.
            folder = finish(hidden)
            if folder is not None and not folder.exists():
                put_in_place(hidden, folder)
            else:
                shutil.rmtree(hidden)


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
