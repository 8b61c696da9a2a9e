"""What is to be drawn, in the terms of a pipeline: sizes, steps and scales, once the model's own are filled in."""

import math
from dataclasses import dataclass
from typing import Final

from inference.catalog.model import Model, PictureDefaults
from inference.contract.image import Canvas, ImageRequest, Option
from inference.contract.mediums import Basis

# Those that take one picture to look at for all rows of a call, and none a row.
_ONE_REFERENCE: Final = frozenset({"Flux2KleinPipeline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Rows with equal plans can be denoised by one call."""

    basis: Basis
    width: int  # Pixels, as they are denoised.
    height: int
    steps: int
    guidance: float
    strength: float | None  # None: it begins with nothing.
    has_avoid: bool
    reference: str = ""  # The sum of the picture that all rows look at; empty: none, or each row has its own.

    @property
    def pixels(self) -> int:
        return self.width * self.height


def plan_of(request: ImageRequest, model: Model, *, scale: int, source: tuple[int, int] | None, sha256: str) -> Plan:
    """`scale` is the upscaler's, `source` the size in pixels of the picture that it begins from, `sha256` its sum."""
    drawn = model.picture
    assert drawn is not None, "a model that draws says how"
    strength = None
    if request.basis is Basis.REFERENCE:
        strength = drawn.strength if request.strength is None else request.strength
    width, height = _size(request.canvas, model, drawn, scale, source)
    steps, strength = _course(drawn.steps if request.steps is None else request.steps, strength)
    return Plan(
        basis=request.basis,
        width=width,
        height=height,
        steps=steps,
        guidance=drawn.guidance if request.guidance is None else request.guidance,
        strength=strength,
        has_avoid=has_avoid(request),
        reference=sha256 if strength is not None and drawn.reference_pipeline in _ONE_REFERENCE else "",
    )


def has_avoid(request: ImageRequest) -> bool:
    return bool(avoided(request))


def avoided(request: ImageRequest) -> str:
    """What is not to be in the picture, the member's words before the style's."""
    return ", ".join(filter(None, (request.avoid, request.style.avoid if request.style else None)))


def framed(request: ImageRequest, prompt: str) -> str:
    return request.style.framed(prompt) if request.style else prompt


def _course(steps: int, strength: float | None) -> tuple[int, float | None]:
    """Steps and strength with which a reference counts at all, and with something left to do.

    A pipeline that begins from a picture leaves out the first steps, and either end of that is rounded away where there
    are few.
    """
    if strength is None or strength >= 1:
        return steps, strength
    while int(steps * strength) < 1:
        steps += 1
    steps = max(steps, 2)
    return steps, min(strength, (steps - 1) / steps)


def _size(
    canvas: Canvas | None, model: Model, drawn: PictureDefaults, scale: int, source: tuple[int, int] | None
) -> tuple[int, int]:
    if canvas is not None:
        return _fitted(canvas.width / scale, canvas.height / scale, drawn)
    usual = drawn.canvas
    if source is None or Option.CANVAS not in model.options:
        return usual.width, usual.height
    shape = source[0] / source[1]
    area = usual.width * usual.height
    return _fitted(math.sqrt(area * shape), math.sqrt(area / shape), drawn)


def _fitted(width: float, height: float, drawn: PictureDefaults) -> tuple[int, int]:
    """The nearest size of about this shape that the model draws."""
    pixels = width * height
    factor = math.sqrt(min(max(pixels, drawn.least_pixels), drawn.most_pixels) / pixels)
    unit = drawn.multiple_of
    sides = [max(1, round(side * factor / unit)) for side in (width, height)]
    while sides[0] * sides[1] * unit**2 > drawn.most_pixels and max(sides) > 1:
        sides[sides.index(max(sides))] -= 1
    while sides[0] * sides[1] * unit**2 < drawn.least_pixels:
        sides[sides.index(min(sides))] += 1
    return sides[0] * unit, sides[1] * unit
