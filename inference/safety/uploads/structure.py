"""How a picture's file is put together, looked at without decoding any of it.

A decoder goes through the whole picture once for each scan of a JPEG, and through each part of a file by itself. Both
cost the sender a few bytes: 78 for a scan that takes a twentieth of a second.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from inference.safety.uploads.terms import Refusal, UploadRefusedError

MAX_SCANS: Final = 24  # Of a JPEG. Cameras make 1, programs that save progressively about 10.
MAX_PARTS: Final = 20_000  # Segments or chunks: as many as a PNG of 20 MiB in pieces of a kilobyte.
MAX_BLOCKS: Final = 100_000  # Of a GIF, in which none is longer than 255 bytes.

_JPEG, _PNG, _GIF, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF"
_MARKER: Final = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_AFTER_A_SCAN: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)  # Neither a stuffed byte nor a restart.
_SCAN, _END = 0xDA, 0xD9
_BARE: Final = frozenset((0x01, *range(0xD0, 0xD9)))  # Markers of JPEG without a length.
_EXTENSION, _IMAGE = 0x21, 0x2C
_COLOURS: Final = 0x80


def require_simple(upload: bytes) -> None:
    """Raises `UploadRefusedError` for a file in too many parts. A broken one is for its decoder to refuse."""
    if upload.startswith(_JPEG):
        parts = Counter(islice(_segments(upload), MAX_PARTS + 1))
        is_simple = parts.total() <= MAX_PARTS and parts[_SCAN] <= MAX_SCANS
    elif upload.startswith(_PNG):
        is_simple = _is_at_most(MAX_PARTS, _chunks(upload, start=len(_PNG), overhead=12, order="big"))
    elif upload.startswith(_RIFF):
        is_simple = _is_at_most(MAX_PARTS, _chunks(upload, start=12, overhead=8, order="little"))
    else:
        is_simple = not upload.startswith(_GIF) or _is_at_most(MAX_BLOCKS, _blocks(upload))
    if not is_simple:
        raise UploadRefusedError(Refusal.TOO_DEMANDING, detail="parts")


def _is_at_most(most: int, parts: Iterator[int]) -> bool:
    return sum(1 for _ in islice(parts, most + 1)) <= most


def _segments(jpeg: bytes) -> Iterator[int]:
    """The marker of each. What stands between them is skipped, as decoders do."""
    found = _MARKER.search(jpeg, 2)
    while found is not None and (marker := found[1][0]) != _END:
        yield marker
        end = found.end()
        if marker not in _BARE:
            end += max(2, int.from_bytes(jpeg[end : end + 2]))
        found = (_AFTER_A_SCAN if marker == _SCAN else _MARKER).search(jpeg, end)


def _chunks(upload: bytes, *, start: int, overhead: int, order: str) -> Iterator[int]:
    """Where each begins, of a PNG (the length first) or of a RIFF (the length after the name, and an even number)."""
    at = start
    while at + 8 <= len(upload):
        yield at
        if order == "big":
            at += overhead + int.from_bytes(upload[at : at + 4], "big")
        else:
            length = int.from_bytes(upload[at + 4 : at + 8], "little")
            at += overhead + length + length % 2


def _blocks(gif: bytes) -> Iterator[int]:
    """Where each begins: of the file, and within each extension and image."""
    at = 13 + (_colours_in(gif[10]) if len(gif) > 10 else 0)
    while at < len(gif) and gif[at] in (_EXTENSION, _IMAGE):
        yield at
        if gif[at] == _IMAGE and at + 10 <= len(gif):
            at += 11 + _colours_in(gif[at + 9])
        else:
            at += 2
        while at < len(gif) and gif[at]:
            yield at
            at += 1 + gif[at]
        at += 1


def _colours_in(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & _COLOURS else 0
