"""Puts texts into the bytes of a finished PNG, whose pixels stay as they are packed.

A PNG is a signature and then chunks: a length, a name, the bytes, and a checksum over name and bytes (W3C, Portable
Network Graphics, third edition, 5.3). Texts may stand anywhere between the first chunk, IHDR, and the last.
"""

import struct
import zlib
from typing import Final

from PIL.PngImagePlugin import PngInfo

from inference.contract.image import Picture
from inference.provenance.recipe import Recipe
from inference.provenance.writing import recipe_chunks

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_FIRST: Final = b"IHDR"
_HEAD_BYTES: Final = len(_SIGNATURE) + 4 + 4 + 13 + 4  # IHDR holds 13 bytes, between its length and its checksum.


def with_recipe(png: bytes, recipe: Recipe, picture: Picture) -> bytes:
    """The same picture with its recipe in the file. Raises `ValueError` for what is no PNG."""
    return stamped(png, recipe_chunks(recipe, width=picture.width, height=picture.height))


def stamped(png: bytes, texts: PngInfo) -> bytes:
    """The file with these chunks before its pixels, where readers look that stop at them. Raises `ValueError`."""
    if png[:8] != _SIGNATURE or png[12:16] != _FIRST or len(png) < _HEAD_BYTES:
        raise ValueError("no PNG")
    chunks = b"".join(_chunk(name, content) for name, content, *_ in texts.chunks)
    return b"".join((png[:_HEAD_BYTES], chunks, png[_HEAD_BYTES:]))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
