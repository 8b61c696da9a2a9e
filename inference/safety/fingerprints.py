"""A perceptual hash of a picture: what survives Discord, which strips what a file says of itself."""

import math
from statistics import median
from typing import Final

from PIL import Image

_SIDE: Final = 32
_KEPT: Final = 8
_SETTLED_DIGITS: Final = 3  # What is beyond them is rounding, and would make chance bits of a flat picture.
_COSINES: Final = tuple(
    tuple(math.cos(math.pi * frequency * (2 * place + 1) / (2 * _SIDE)) for place in range(_SIDE))
    for frequency in range(_KEPT)
)


def fingerprint(picture: Image.Image) -> str:
    """64 bits as 16 hexadecimal digits; two pictures that look alike differ in few of them.

    Zauner's DCT hash (Implementation and Benchmarking of Perceptual Image Hash Functions, 2010): of a grey picture of
    32 × 32 pixels, the 8 × 8 lowest frequencies of its cosine transform, each told as above their median or not.
    """
    grey = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).tobytes()
    rows = [_lowest(grey[start : start + _SIDE]) for start in range(0, _SIDE * _SIDE, _SIDE)]
    columns = [_lowest(column) for column in zip(*rows, strict=True)]
    strengths = [round(strength, _SETTLED_DIGITS) for row in zip(*columns, strict=True) for strength in row]
    middle = median(strengths)
    return f"{int(''.join('01'[strength > middle] for strength in strengths), 2):016x}"


def _lowest(line: bytes | tuple[float, ...]) -> tuple[float, ...]:
    """The lowest frequencies of a line of pixels, by the cosine transform of the second kind."""
    return tuple(sum(cosine * level for cosine, level in zip(cosines, line, strict=True)) for cosines in _COSINES)
