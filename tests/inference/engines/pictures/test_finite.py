"""A picture whose numbers go out of range is drawn again more widely, or is none; it is never a black one."""

from pathlib import Path

import pytest
import torch

from inference.contract.errors import FailureCode
from inference.contract.events import Failed, Succeeded
from inference.engines.pictures.engine import PictureEngine
from inference.engines.pictures.painter import Painter
from tests.inference.engines.pictures.conftest import Studio, difference, drawn, ends_of, engine_of, pictures_of
from tests.inference.engines.pictures.tiny import TINY

BEYOND_HALF = 70_000.0  # The largest number of float16 is 65,504.


def painter_of(engine: PictureEngine) -> Painter:
    """As it stays in memory."""
    with engine.held(TINY) as painter:
        return painter


def widen(engine: PictureEngine) -> None:
    """Make the decoder's activations grow beyond half precision; the norms that follow bring them back."""
    decoder = painter_of(engine).pipeline.vae.decoder
    with torch.no_grad():
        for weights in (decoder.conv_in.weight, decoder.conv_in.bias):
            weights.mul_(BEYOND_HALF / 4)


def test_what_the_decoder_cannot_hold_in_half_precision_is_decoded_in_float32(studio: Studio) -> None:
    half, full = (engine_of(studio.model(), dtype=dtype) for dtype in ("float16", "float32"))
    for engine in (half, full):
        widen(engine)
    vae = painter_of(half).pipeline.vae
    before = {name: weights.clone() for name, weights in vae.state_dict().items()}

    (one,), (other,) = drawn(half, studio.ask(steps=3))[0], drawn(full, studio.ask(steps=3))[0]

    assert one.max() > one.min()
    assert difference(one, other) <= 4
    assert vae.dtype is torch.float16
    assert all(torch.equal(weights, before[name]) for name, weights in vae.state_dict().items())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_picture_fails_and_costs_its_neighbours_nothing(studio: Studio, value: float) -> None:
    engine = studio.engine()
    alone = drawn(engine, studio.ask(steps=3, seed=8))[0][0]
    painter = painter_of(engine)
    broken, sound = studio.ask(steps=3, seed=7), studio.ask(steps=3, seed=8)
    begun = painter.pipeline.vae.decode

    def broken_decode(latents: torch.Tensor, *arguments: object, **options: object) -> object:
        latents = latents.clone()
        latents[0] = value  # As a denoiser leaves it that broke on the first row.
        return begun(latents, *arguments, **options)

    painter.pipeline.vae.decode = broken_decode

    ends = ends_of(engine, broken, sound)

    assert isinstance(ends[0], Failed)
    assert ends[0].failure.code is FailureCode.OUT_OF_RANGE
    assert isinstance(ends[1], Succeeded)
    assert difference(pictures_of(ends[1])[0], alone) <= 1
    assert not list(Path(broken.folder).glob(f"{broken.prefix}-*.png"))
