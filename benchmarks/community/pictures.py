"""Little pictures by the hundred, and their perceptual hashes."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE: Final = 64  # Pixels.
_HASHED_SIDE: Final = 32
_KEPT: Final = 8
_DISCS: Final = 4
# The cosine transform of the second kind, its lowest frequencies alone; as `inference.safety.fingerprints` has it.
_COSINES: Final = np.cos(np.pi * np.outer(np.arange(_KEPT), np.arange(_HASHED_SIDE) + 0.5) / _HASHED_SIDE)

Pixels = NDArray[np.uint8]  # (height, width, 3)


def drawn(chance: np.random.Generator) -> Pixels:
    """Discs on a gradient."""
    across = np.linspace(0.0, 1.0, SIDE)
    corners = chance.integers(0, 256, (2, 2, 3)).astype(np.float64)
    top, bottom = (corners[row, 0] * (1 - across[:, None]) + corners[row, 1] * across[:, None] for row in (0, 1))
    picture = top[None] * (1 - across[:, None, None]) + bottom[None] * across[:, None, None]
    for _ in range(_DISCS):
        (x, y), radius = chance.uniform(0, SIDE, 2), chance.uniform(4, SIDE / 3)
        rows, columns = np.ogrid[:SIDE, :SIDE]
        picture[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = chance.integers(0, 256, 3)
    return np.asarray(picture, dtype=np.uint8)


def touched_up(picture: Pixels, chance: np.random.Generator) -> Pixels:
    """Nearly the same picture."""
    moved = np.clip(picture.astype(np.int64) + chance.integers(-4, 5, picture.shape), 0, 255)
    return np.asarray(moved, dtype=np.uint8)


def as_png(picture: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def fingerprints(pictures: Sequence[Pixels]) -> Sequence[str]:
    """As `inference.safety.fingerprints` makes them, many at once."""
    greys = [
        Image.fromarray(one).convert("L").resize((_HASHED_SIDE,) * 2, Image.Resampling.LANCZOS) for one in pictures
    ]
    levels = np.stack([np.asarray(grey, dtype=np.float64) for grey in greys])
    strengths = np.round(_COSINES @ levels @ _COSINES.T, 3).reshape(len(pictures), -1)
    bits = strengths > np.median(strengths, axis=1, keepdims=True)
    return [np.packbits(row).tobytes().hex() for row in bits]
