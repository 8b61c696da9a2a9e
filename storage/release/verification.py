"""Whether a release is what its manifest says, and whether it holds together: every file, and every row.

Read in one pass, file by file and a few thousand rows at a time. Of a work, some hundred bytes are held.
"""

import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from storage.release import manifest
from storage.release.coherence import Coherence
from storage.release.files import Listed
from storage.release.identification import told
from storage.release.manifest import ManifestBrokenError

_MOST_TOLD: Final = 20


def verified(folder: Path) -> Iterator[str]:
    """What is wrong with it, in words for the host; nothing: it is as it was made. Raises `OSError`.

    Rows are looked at where the files are whole.
    """
    if (folder / manifest.NAME).is_symlink():
        yield f"{manifest.NAME} is no file of its own"
        return
    try:
        head = manifest.head_of(folder)
        faults = yield from _files(folder)
    except ManifestBrokenError as error:
        yield f"{manifest.NAME}: {error}"
        return
    except FileNotFoundError:
        yield f"{manifest.NAME} is missing"
        return
    if not faults:
        yield from Coherence(folder, head).faults()


def first_faults(folder: Path) -> Sequence[str]:
    """A few of them."""
    return list(islice(verified(folder), _MOST_TOLD))


def risk_told(folder: Path) -> Sequence[str]:
    """How far raters can be identified, in words for the host. Raises `OSError`, `ManifestBrokenError`."""
    figures = manifest.head_of(folder).get("identification")
    return told(figures) if figures else ("who can be named was not measured when this release was made",)


def _files(folder: Path) -> Generator[str, None, int]:
    """Both lists are in the order of their paths, and walked through side by side. Returns how many faults."""
    faults = 0
    there = _paths_in(folder)
    found = next(there, None)
    for listed in manifest.files_of(folder):
        while found is not None and found < listed.path:
            yield f"{found} is no part of the release"
            faults += 1
            found = next(there, None)
        if found == listed.path:
            fault = _fault_of(folder, listed)
            found = next(there, None)
        else:
            fault = f"{listed.path} is missing"
        if fault:
            yield fault
            faults += 1
    while found is not None:
        yield f"{found} is no part of the release"
        faults += 1
        found = next(there, None)
    return faults


def _fault_of(folder: Path, listed: Listed) -> str | None:
    path = folder / listed.path
    if path.is_symlink() or not path.is_file():
        return f"{listed.path} is no file of its own"
    if path.stat().st_size != listed.size_bytes:
        return f"{listed.path} has another size"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return None if digest.hexdigest() == listed.sha256 else f"{listed.path} has other bytes"


def _paths_in(root: Path) -> Iterator[str]:
    """All but the manifest, in the order of their paths, which is not the one of their folders; and empty folders."""
    yield from (path for path in _sorted_below(root, "") if path != manifest.NAME)


def _sorted_below(root: Path, prefix: str) -> Iterator[str]:
    # "a.b" stands before "a/b": a folder is sorted by its name with the stroke that follows.
    entries = sorted(os.scandir(root / prefix), key=lambda entry: f"{entry.name}/" if _is_folder(entry) else entry.name)
    if not entries and prefix:
        yield prefix
    for entry in entries:
        if _is_folder(entry):
            yield from _sorted_below(root, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)
