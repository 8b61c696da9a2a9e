"""The list of a release's files, each with its sum: one file a line, so that it is read and written line by line.

It ends with a sum of its own lines, since nothing else would tell that one of them was changed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from storage.release.files import HashedFile, Listed

NAME: Final = "manifest.json"
_FILES: Final = '"files": {'
_SUM: Final = '"sum": '


class ManifestBrokenError(Exception):
    """It is not as it was written; the message says where."""


def write(root: Path, told: Mapping[str, object], files: Iterable[Listed]) -> Listed:
    """`told`: what it says of the release besides the files."""
    lines = ["{", *(f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}," for key, value in told.items()), _FILES]
    digest = hashlib.sha256()
    with HashedFile(root, NAME) as file:
        for line in _joined(lines, files):
            content = f"{line}\n".encode()
            digest.update(content)
            file.write(content)
        file.write(f'{_SUM}"{digest.hexdigest()}"\n}}\n'.encode())
        return file.listed()


def _joined(lines: Iterable[str], files: Iterable[Listed]) -> Iterator[str]:
    yield from lines
    last = None
    for each in files:
        if last is not None:
            yield f"{last},"
        last = f'{json.dumps(each.path)}: {{"sha256": "{each.sha256}", "size_bytes": {each.size_bytes}}}'
    if last is not None:
        yield last
    yield "},"


def head_of(root: Path) -> Mapping[str, Any]:
    """What it says besides the files. Raises `ManifestBrokenError`, `OSError`."""
    text = ""
    with (root / NAME).open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.rstrip("\n") == _FILES:
                break
            text += line
    try:
        head = json.loads(text.rstrip().rstrip(",") + "}")
    except ValueError:
        raise ManifestBrokenError("its head cannot be read") from None
    if not isinstance(head, dict):
        raise ManifestBrokenError("its head cannot be read")
    return head


def files_of(root: Path) -> Iterator[Listed]:
    """In the order of their paths; the sum is looked at when the last one was taken.

    Raises `ManifestBrokenError`, `OSError`.
    """
    digest = hashlib.sha256()
    is_in_files, before = False, ""
    with (root / NAME).open("rb") as lines:
        for content in lines:
            line = content.decode("utf-8", "replace").rstrip("\n")
            if line.startswith(_SUM):
                if content + lines.read() != f'{_SUM}"{digest.hexdigest()}"\n}}\n'.encode():
                    break
                return
            digest.update(content)
            if line == "},":
                is_in_files = False
            elif is_in_files:
                listed = _listed(line)
                if listed.path <= before:
                    raise ManifestBrokenError(f"{listed.path} does not stand in order")
                before = listed.path
                yield listed
            elif line == _FILES:
                is_in_files = True
    raise ManifestBrokenError("its own sum is another one")


def _listed(line: str) -> Listed:
    try:
        ((path, told),) = json.loads("{" + line.rstrip(",") + "}").items()
        return Listed(path=path, sha256=told["sha256"], size_bytes=told["size_bytes"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ManifestBrokenError(f"a line cannot be read: {line[:80]}") from None
