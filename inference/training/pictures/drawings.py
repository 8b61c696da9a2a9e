"""Emoji art under free licences, joined to its labels and drawn small on white."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.training.pictures.captions import Style, Thing
from inference.training.pictures.sources import CARTOON, FLAT, FOREIGN, LABELS, THREE_D

SIDE: Final = 64
_FLAGS: Final = 9  # Of emojibase's groups.
_OVERSAMPLING: Final = 4

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    thing: Thing
    style: Style
    pixels: Pixels  # (64, 64, 3), on white


def drawings(folder: Path) -> Iterator[Drawing]:
    """All pictures of the tarballs in `folder` whose thing has a label, in the same order each time."""
    things = _things(folder / LABELS)
    for style, found in (
        (Style.THREE_D, _painted(folder / THREE_D, things)),
        (Style.FLAT, _drawn(folder / FLAT, things)),
        (Style.CARTOON, _drawn(folder / CARTOON, things)),
    ):
        for hexcode, picture in found:
            yield Drawing(thing=things[hexcode], style=style, pixels=on_white(picture))


def foreign_drawings(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """The same things by a vendor whom the starter never learns from, with their labels."""
    things = _things(folder / LABELS)
    for hexcode, picture in _drawn(folder / FOREIGN, things):
        yield things[hexcode].label, on_white(picture)


def on_white(picture: Image.Image) -> Pixels:
    """The picture at 64 pixels a side, as it looks on paper."""
    rgba = picture.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    return np.asarray(ground.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _things(tarball: Path) -> Mapping[str, Thing]:
    """By hexcode, as all vendors write it: in lower case, without the selector of emoji presentation."""
    entries = _read_json(tarball, "package/en/compact.json")
    return {
        _plain(entry["hexcode"]): Thing(
            label=entry["label"], tags=tuple(entry.get("tags", ())), group=int(entry["group"])
        )
        for entry in entries
        if entry.get("group") not in (None, _FLAGS)
    }


def _painted(tarball: Path, things: Mapping[str, Thing]) -> Iterator[tuple[str, Image.Image]]:
    with tarfile.open(tarball) as archive:
        for member in archive:
            hexcode = _plain(Path(member.name).stem)
            if member.name.endswith(".webp") and hexcode in things and (file := archive.extractfile(member)):
                yield hexcode, Image.open(io.BytesIO(file.read()))


def _drawn(tarball: Path, things: Mapping[str, Thing]) -> Iterator[tuple[str, Image.Image]]:
    icons = _read_json(tarball, "package/icons.json")
    seen = set[str]()  # A sequence may stand there both with and without its selector.
    for written, name in _read_json(tarball, "package/chars.json").items():
        hexcode = _plain(written)
        if hexcode in things and name in icons["icons"] and hexcode not in seen:
            seen.add(hexcode)
            yield hexcode, _rendered(icons, name)


def _rendered(icons: Mapping[str, Any], name: str) -> Image.Image:
    import resvg_py  # Of the extra `training`.

    icon = icons["icons"][name]
    width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="0 0 {width} {height}">{icon["body"]}</svg>'
    )
    side = _OVERSAMPLING * SIDE
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))))


def _read_json(tarball: Path, member: str) -> Any:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile(member)
        assert file is not None
        return json.load(file)


def _plain(hexcode: str) -> str:
    return hexcode.lower().replace("-fe0f", "")
