"""Keeps pictures whose numbers have gone out of range from being shown as black ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
import torch
from PIL import Image

log = structlog.get_logger(__name__)


def guard_decoder(vae: Any) -> None:
    """Have an autoencoder in half precision decode again in float32 what came out as no numbers.

    Its own: activations of some decoders grow beyond what float16 holds, and the picture would be black.
    """
    decode = vae.decode

    def decoded(latents: torch.Tensor, *arguments: Any, **options: Any) -> Any:
        answer = decode(latents, *arguments, **options)
        if latents.dtype is torch.float32 or not bool((_are_finite(latents) & ~_are_finite(_sample(answer))).any()):
            return answer
        log.warning("decoded again in float32", decoder=type(vae).__name__)
        with _in_float32(vae):
            return decode(latents.float(), *arguments, **options)

    vae.decode = decoded


def images_of(pixels: npt.NDArray[np.floating[Any]]) -> Sequence[Image.Image | None]:
    """From (rows, height, width, 3) of 0 to 1; None for a row that is no picture."""
    return [Image.fromarray((row * 255).round().astype(np.uint8)) if np.isfinite(row).all() else None for row in pixels]


@contextmanager
def _in_float32(module: torch.nn.Module) -> Iterator[None]:
    """The very same weights come back: to round them twice could change those that are kept in float32."""
    tensors = [tensor for tensor in (*module.parameters(), *module.buffers()) if tensor.is_floating_point()]
    kept = [tensor.data for tensor in tensors]
    try:
        for tensor in tensors:
            tensor.data = tensor.data.float()
        yield
    finally:
        for tensor, data in zip(tensors, kept, strict=True):
            tensor.data = data


def _sample(answer: Any) -> torch.Tensor:
    sample: torch.Tensor = answer[0] if isinstance(answer, tuple) else answer.sample
    return sample


def _are_finite(rows: torch.Tensor) -> torch.Tensor:
    return rows.isfinite().flatten(1).all(dim=1)
