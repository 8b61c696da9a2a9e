"""What every engine of pictures shares: the picture that one begins from, sketches on the way, finished pictures."""

import hashlib
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from inference.contract.artifacts import Artifact
from inference.contract.errors import SourceGoneError
from inference.contract.image import MAX_SIDE
from inference.engines.engine import NothingMadeError, Run
from inference.safety.outputs import OutputGuard

SKETCH: Final = "sketch.webp"
_SKETCH_SIDE: Final = 512
_SKETCH_BYTES: Final = 25_000
# From fine to coarse: noise, as a first sketch may be, is large in any format.
_SKETCH_FORMS: Final = ((_SKETCH_SIDE, 75), (_SKETCH_SIDE, 25), (256, 25))


def source_picture(run: Run) -> Image.Image:
    """The one picture that the run is made from, RGB. Raises `SourceGoneError`, `OSError`."""
    if len(run.sources) != 1:
        raise SourceGoneError
    try:
        with Image.open(run.sources[0].path) as picture:
            return picture.convert("RGB")
    except FileNotFoundError as error:
        raise SourceGoneError from error


def spool_pictures(run: Run, images: Sequence[Image.Image], outputs: OutputGuard) -> tuple[Artifact, ...]:
    """Write each picture as PNG, and say how it may be shown. The same pixels are the same bytes, without any text.

    Raises `NothingMadeError` without a picture, `OSError` when the disk does not take them.
    """
    if not images:
        raise NothingMadeError
    return tuple(_spooled(run, number, image.convert("RGB"), outputs) for number, image in enumerate(images))


def sketch(run: Run, images: Sequence[Image.Image], outputs: OutputGuard) -> Path | None:
    """One small sheet of the run's pictures as they stand: WebP, one file a run, which goes when the run ends.

    Each picture is looked at unless the guard lets all pass, which takes time: sketch now and then, not at every step.
    None: there is nothing to show, one of them may not be shown, or the disk does not take it.
    """
    if not images or not all(outputs.may_show(image, run.guard) for image in images):
        return None
    path, half = run.spool_passing(SKETCH), run.spool_passing(f"{SKETCH}.new")
    try:
        half.write_bytes(_packed(sheet(images)))
        half.replace(path)
    except OSError:  # The pictures themselves will tell, if they find no room either.
        return None
    return path


def enlarged_measures(image: Image.Image, factor: int) -> tuple[int, int]:
    """Width and height of the picture made larger by `factor`, or as much of it as keeps its sides within bounds."""
    scale = min(factor, MAX_SIDE / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def sheet(images: Sequence[Image.Image], *, side: int = _SKETCH_SIDE) -> Image.Image:
    """All of them side by side, two in a row, scaled to fit into `side` pixels; they have one size."""
    columns, rows = min(2, len(images)), math.ceil(len(images) / 2)
    scale = min(side / (columns * images[0].width), side / (rows * images[0].height))
    width, height = (max(1, math.floor(pixels * scale)) for pixels in images[0].size)
    drawn = Image.new("RGB", (columns * width, rows * height))
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        drawn.paste(image.convert("RGB").resize((width, height)), (column * width, row * height))
    return drawn


def _spooled(run: Run, number: int, image: Image.Image, outputs: OutputGuard) -> Artifact:
    content = _png(image)
    picture = outputs.examined(image, run.guard)
    path = run.spool(f"{number}.png")
    path.write_bytes(content)
    return Artifact(
        path=path,
        media_type="image/png",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        picture=picture,
    )


def _png(image: Image.Image) -> bytes:
    """Without profiles, texts and times, which the picture may have from elsewhere."""
    bare = image.copy()
    bare.info.clear()
    content = io.BytesIO()
    bare.save(content, "PNG")
    return content.getvalue()


def _packed(drawn: Image.Image) -> bytes:
    packed = b""
    for side, quality in _SKETCH_FORMS:
        content = io.BytesIO()
        drawn.thumbnail((side, side))
        drawn.save(content, "WEBP", quality=quality, method=1)
        packed = content.getvalue()
        if len(packed) <= _SKETCH_BYTES:
            break
    return packed
