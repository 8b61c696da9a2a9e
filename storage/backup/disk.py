"""Files that are on the disk when a step ends: hashed, copied or linked, and synchronized."""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

_CHUNK_BYTES: Final = 1 << 20


def hash_of(path: Path) -> str:
    """Raises `OSError`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Of a folder too: a file's name is on the disk only once its folder is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    for folder, _, names in os.walk(root):
        for name in names:
            sync(Path(folder) / name)
        sync(Path(folder))


def link_or_copy(source: Path, target: Path) -> None:
    """A second name where one file system holds both, since no file of ours changes; else a copy, synchronized."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # Another file system, or one without links.
        shutil.copyfile(source, target)
        sync(target)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    sync(path)


def move(source: Path, target: Path) -> None:
    """By a rename where one file system holds both; else by a copy that takes its name when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError:
        half = target.with_name(f".{target.name}.half")
        if source.is_dir():
            shutil.copytree(source, half)
            sync_tree(half)
        else:
            shutil.copyfile(source, half)
            sync(half)
        half.rename(target)
        with suppress(OSError):
            shutil.rmtree(source) if source.is_dir() else source.unlink()
    sync(target.parent)
