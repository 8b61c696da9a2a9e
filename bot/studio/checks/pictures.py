"""Width and height of pictures, read from the headers, as Discord tells them of attachments."""

import struct
from typing import Final

Size = tuple[int, int] | tuple[None, None]

_UNKNOWN: Final = (None, None)
# Of JPEG's markers, those that begin a frame; C4, C8 and CC mean something else.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # JPEG's markers without a length


def picture_size(content: bytes) -> Size:
    """Width and height in pixels of a PNG, GIF, JPEG or WebP; of anything else, None twice. Nothing is decoded."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    if content[:3] == b"\xff\xd8\xff":
        return _jpeg_size(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp_size(content)
    return _UNKNOWN


def _jpeg_size(content: bytes) -> Size:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        if marker == 0xFF:
            place += 1
        elif marker in _BARE:
            place += 2
        else:
            place += 2 + max(2, int.from_bytes(content[place + 2 : place + 4], "big"))
    return _UNKNOWN


def _webp_size(content: bytes) -> Size:
    form = content[12:16]
    if form == b"VP8X" and len(content) >= 30:
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if form == b"VP8L" and len(content) >= 25:
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 " and len(content) >= 30:
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return _UNKNOWN
