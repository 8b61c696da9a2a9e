"""`python -m inference.provenance.shrinking MOST_BYTES`: a PNG comes in, a WebP of at most so many bytes goes out.

For pictures that are too large to be posted. Pixels are decoded here, so it is run as a process of its own. What the
PNG says of its making goes along, in the places that WebP has for it.
"""

import io
import sys
from collections.abc import Iterator
from typing import Final

from PIL import ExifTags, Image

from inference.provenance import parameters

# From what nobody tells apart to what everybody does; then with half the pixels a side.
_QUALITIES: Final = (92, 80, 65)
_LARGEST_SIDE: Final = 16_383  # Of a WebP.
_UNICODE: Final = b"UNICODE\0"  # How EXIF says that a comment is in UTF-16.


def shrunk(png: bytes, *, most_bytes: int) -> bytes:
    """The best WebP that fits. Raises `ValueError` where none does."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        texts, plain = dict(picture.info), picture.convert("RGB")
    for smaller in _smaller(plain):
        for quality in _QUALITIES:
            packed = _packed(smaller, quality, texts)
            if len(packed) <= most_bytes:
                return packed
    raise ValueError(f"no WebP of {most_bytes} bytes")


def _smaller(picture: Image.Image) -> Iterator[Image.Image]:
    picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    while min(picture.size) > 1:
        yield picture
        picture = picture.resize((picture.width // 2, picture.height // 2))


def _packed(picture: Image.Image, quality: int, texts: dict[str | tuple[int, int], object]) -> bytes:
    exif = Image.Exif()
    if text := texts.get(parameters.KEY):
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = _UNICODE + str(text).encode("utf-16-be", "replace")
    content = io.BytesIO()
    picture.save(content, "WEBP", quality=quality, exif=exif, xmp=str(texts.get("XML:com.adobe.xmp", "")).encode())
    return content.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(shrunk(sys.stdin.buffer.read(), most_bytes=int(sys.argv[1])))
