"""Reads what a picture's file says of how it came to be. The file may be anybody's: its pixels are not decoded."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import ExifTags, Image

from inference.contract.errors import AtelierError
from inference.provenance import parameters
from inference.provenance.recipe import KEY, Recipe, RecipeUnreadableError, decoded

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_MAX_CHARACTERS: Final = 2**18  # Ours come to 30,000 at most.
_DIGITAL_SOURCE: Final = re.compile(rb"/digitalsourcetype/(\w{1,64})")
# In EXIF, text says its encoding in eight bytes; the web UI writes the first kind in JPEG and WebP.
_COMMENTS: Final = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "ascii"}


class PictureUnreadableError(AtelierError):
    """A file that is no picture of a kind that carries recipes, or none at all."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be read as a picture: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Inscription:
    """What a picture's file says of itself. Whoever wrote it may have lied."""

    kind: str  # "PNG", "JPEG" or "WEBP"
    width: int
    height: int
    recipe: Recipe | None  # Ours.
    parameters: str | None  # In the words of AUTOMATIC1111's web UI, ours or another's.
    digital_source: str | None  # One of IPTC's words; `recipe.DigitalSource` has ours.


def inscription_of(path: Path) -> Inscription:
    """Raises `PictureUnreadableError`."""
    with _opened(path) as picture:
        return Inscription(
            kind=str(picture.format),
            width=picture.width,
            height=picture.height,
            recipe=_recipe(_text(picture, KEY)),
            parameters=_text(picture, parameters.KEY) or _comment(picture),
            digital_source=_digital_source(picture),
        )


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # Its pixels stay packed.
            picture = Image.open(path, formats=_FORMATS)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it is no PNG, JPEG or WebP, or damaged"
        raise PictureUnreadableError(path, reason) from error
    except Exception as error:  # Pillow's readers raise nearly anything over bytes that somebody made up.
        raise PictureUnreadableError(path, f"it is damaged or made to do harm ({type(error).__name__})") from error
    with picture:
        yield picture


def _text(picture: Image.Image, key: str) -> str | None:
    """One of the texts that stand before the pixels."""
    text = picture.info.get(key)
    return text if isinstance(text, str) and 0 < len(text) <= _MAX_CHARACTERS else None


def _recipe(text: str | None) -> Recipe | None:
    if text is not None:
        with suppress(RecipeUnreadableError):
            return decoded(text)
    return None


def _comment(picture: Image.Image) -> str | None:
    if "exif" not in picture.info:  # In a PNG, Pillow would decode all pixels to look for it behind them.
        return None
    comment: Any = None
    with suppress(Exception):  # EXIF is a tree of offsets, and may be broken in any way.
        comment = picture.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    if not isinstance(comment, bytes) or len(comment) > _MAX_CHARACTERS:
        return None
    encoding = _COMMENTS.get(comment[:8])
    return comment[8:].decode(encoding, errors="replace") if encoding else None


def _digital_source(picture: Image.Image) -> str | None:
    """Looked for as bytes: a parser of XML is more than a stranger's file deserves."""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    found = _DIGITAL_SOURCE.search(packet.encode(errors="replace") if isinstance(packet, str) else bytes(packet))
    return found[1].decode() if found else None
