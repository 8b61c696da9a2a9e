"""How much work a request is, in a unit of its medium: what a second of the device is reckoned in."""

import math
from typing import Final, assert_never

from inference.catalog.model import Model, PictureDefaults
from inference.contract.image import ImageRequest
from inference.contract.mediums import Basis
from inference.contract.requests import Request
from inference.contract.text import TextRequest

_PIXELS: Final = 1_000  # A kilopixel.
# What is made larger is not known before the job has its turn. Most often it is a picture of the usual model.
_ENLARGED: Final = 256 * 256


def size_of(request: Request, model: Model, *, scale: int = 1) -> int:
    """Always above 0. Of a text its words, of pictures the kilopixels that all steps denoise or the upscaler makes.

    `scale`: how many pixels of what a member gets stand for one that the model draws, on either side
    (`Catalog.scale_of`).
    """
    match request:
        case TextRequest(words=words, variants=variants):
            return words * variants
        case ImageRequest(basis=Basis.UPSCALE):
            factor = model.upscaling.scale if model.upscaling else 1
            return _kilopixels(factor**2 * _ENLARGED)
        case ImageRequest():
            if model.picture is None:  # The catalog has changed since it was asked for: it ends as soon as it begins.
                return 1
            steps = denoising_steps(request, model.picture)
            return _kilopixels(request.count * steps * _drawn_pixels(request, model.picture, scale))
        case _:
            assert_never(request)


def denoising_steps(request: ImageRequest, picture: PictureDefaults) -> int:
    """At least one; a picture that begins from another leaves out those that would take it further away."""
    steps = picture.steps if request.steps is None else request.steps
    if request.basis is not Basis.REFERENCE:
        return steps
    strength = picture.strength if request.strength is None else request.strength
    return max(1, math.floor(steps * strength))


def _drawn_pixels(request: ImageRequest, picture: PictureDefaults, scale: int) -> int:
    """Of one picture, before an upscaler. One that begins from another takes its shape, at about the usual size."""
    if request.canvas is None:
        return picture.canvas.width * picture.canvas.height
    return (request.canvas.width // scale) * (request.canvas.height // scale)


def _kilopixels(pixels: int) -> int:
    return math.ceil(pixels / _PIXELS)
