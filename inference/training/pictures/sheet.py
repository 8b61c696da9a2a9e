"""One picture of many: nouns down, styles and seeds across, for people to look at."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inference.training.pictures.captions import Style, asked_for
from inference.training.pictures.drawings import Pixels

_SEEDS: Final = (9001, 9002)
_CELL: Final = 128
_MARGIN: Final = 110
_HEAD: Final = 28
_QUALITY: Final = 88


def contact_sheet(
    nouns: Sequence[str],
    paint: Callable[[Sequence[str], Sequence[int]], Pixels],
    enlarged: Callable[[Image.Image], Image.Image],
) -> Image.Image:
    """Each noun in each style and with each of two seeds, made larger by `enlarged`."""
    columns = [(style, seed) for style in Style for seed in _SEEDS]
    asked = [(asked_for(noun, style), seed) for noun in nouns for style, seed in columns]
    pixels = paint([prompt for prompt, _ in asked], [seed for _, seed in asked])
    sheet = Image.new("RGB", (_MARGIN + len(columns) * _CELL, _HEAD + len(nouns) * _CELL), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for place, (style, seed) in enumerate(columns):
        pen.text((_MARGIN + place * _CELL + 8, 6), f"{style}, seed {seed}", fill="black", font=font)
    for row, noun in enumerate(nouns):
        pen.text((8, _HEAD + row * _CELL + _CELL // 2 - 8), noun, fill="black", font=font)
    for place, picture in enumerate(pixels):
        row, column = divmod(place, len(columns))
        cell = enlarged(Image.fromarray(np.asarray(picture))).resize((_CELL, _CELL), Image.Resampling.LANCZOS)
        sheet.paste(cell, (_MARGIN + column * _CELL, _HEAD + row * _CELL))
    return sheet


def write_sheet(sheet: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=_QUALITY, method=6)
