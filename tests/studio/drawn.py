"""Pictures for tests, made on the spot."""

import io
from pathlib import PurePosixPath

from PIL import Image

from bot.studio import Upload

_FORMATS = {".gif": "GIF", ".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def picture(kind: str = "PNG", *, width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    """The file of a plain picture; `kind` is one of Pillow's formats, the sizes are in pixels."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()


def picture_upload(filename: str = "cat.png", *, width: int = 64, height: int = 48) -> Upload:
    """A plain picture as a person uploads it, in the format that its name says."""
    kind = _FORMATS[PurePosixPath(filename).suffix]
    return Upload(filename, picture(kind, width=width, height=height))
