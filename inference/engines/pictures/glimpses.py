"""Small pictures of what is still being denoised, at a fraction of what its decoder takes."""

from collections.abc import Sequence
from typing import Any, Final

import structlog
import torch
from PIL import Image
from torch.nn import functional

from inference.engines.pictures.plan import Plan

log = structlog.get_logger(__name__)

_DECODED_TO_PIXELS: Final = 128 * 128  # Up to here the decoder itself takes milliseconds.
_FITTED_ON: Final = 8  # Pictures.
_FITTED_SIDE: Final = 128  # Pixels.
_RIDGE: Final = 1e-3
# What pipelines with layouts of their own call their ways in and out of these.
_UNPACK: Final = "_unpack_latents"
_ENCODE: Final = "_encode_vae_image"
_DEVICE: Final = "_execution_device"  # Where an offloaded model computes, though it rests elsewhere.


class Glimpser:
    """Of one model: colours are nearly linear in its latents (https://discuss.huggingface.co/t/23204).

    The factors are found by least squares on pictures of soft colours, when they are first wanted.
    """

    def __init__(self) -> None:
        self._factors: torch.Tensor | None = None  # (channels + 1, 3), on the processor, in float32.
        self._is_unable = False

    def images(self, pipeline: Any, latents: torch.Tensor, plan: Plan) -> Sequence[Image.Image]:
        """One for each row of `latents`, which are as the pipeline keeps them; none where that cannot be."""
        if self._is_unable:
            return ()
        try:
            return self._drawn(pipeline, latents, plan)
        except Exception as error:  # A picture must not fail for its preview, whatever a pipeline's layout is.
            self._is_unable = True
            log.warning("no previews of this model", pipeline=type(pipeline).__name__, error=type(error).__name__)
            return ()

    def _drawn(self, pipeline: Any, latents: torch.Tensor, plan: Plan) -> Sequence[Image.Image]:
        grid = _grid(pipeline, latents, plan)
        if plan.pixels <= _DECODED_TO_PIXELS and hasattr(pipeline.vae.config, "scaling_factor"):
            return _pictures(_decoded(pipeline.vae, grid) / 2 + 0.5)
        if self._factors is None:
            self._factors = _fitted(pipeline)
        grid = grid.float().cpu()
        drawn = torch.einsum("bchw,cr->brhw", grid, self._factors[:-1]) + self._factors[-1][:, None, None]
        return _pictures(drawn)


def _grid(pipeline: Any, latents: torch.Tensor, plan: Plan) -> torch.Tensor:
    """(rows, channels, height, width): some pipelines keep patches in a row, some a time of one frame."""
    unpack = getattr(pipeline, _UNPACK, None)
    if latents.ndim == 3 and unpack:
        latents = unpack(latents, plan.height, plan.width, pipeline.vae_scale_factor)
    elif latents.ndim == 3:
        rows, places, channels = latents.shape
        height = round((places * plan.height / plan.width) ** 0.5)
        latents = latents.transpose(1, 2).reshape(rows, channels, height, places // height)
    return latents[:, :, 0] if latents.ndim == 5 else latents


def _fitted(pipeline: Any) -> torch.Tensor:
    """Least squares from latents to the colours of the pictures that they are of, (channels + 1, 3)."""
    pictures = _soft_pictures()
    vae = pipeline.vae
    grid = _encoded(pipeline, (pictures * 2 - 1).to(getattr(pipeline, _DEVICE), vae.dtype)).float().cpu()
    colours = (
        functional.adaptive_avg_pool2d(pictures, (grid.shape[-2], grid.shape[-1])).permute(0, 2, 3, 1).reshape(-1, 3)
    )
    seen = grid.permute(0, 2, 3, 1).reshape(len(colours), -1)
    seen = torch.cat([seen, torch.ones(len(seen), 1)], dim=1)
    square = seen.T @ seen + _RIDGE * len(seen) * torch.eye(seen.shape[1])
    factors: torch.Tensor = torch.linalg.solve(square, seen.T @ colours)
    return factors


def _soft_pictures() -> torch.Tensor:
    """Patches of colour in several sizes, always the same, (pictures, 3, side, side) of 0 to 1."""
    chance = torch.Generator().manual_seed(0)
    pictures = torch.zeros(_FITTED_ON, 3, _FITTED_SIDE, _FITTED_SIDE)
    for cells in (1, 2, 4, 8):
        patches = torch.rand(_FITTED_ON, 3, cells, cells, generator=chance) - 0.5
        pictures += functional.interpolate(patches, size=(_FITTED_SIDE, _FITTED_SIDE), mode="bilinear")
    return (pictures * 0.7 + 0.5).clamp(0, 1)


def _encoded(pipeline: Any, pictures: torch.Tensor) -> torch.Tensor:
    """Their latents on the scale on which the pipeline denoises."""
    vae, chance = pipeline.vae, torch.Generator().manual_seed(0)
    if encode := getattr(pipeline, _ENCODE, None):
        encoded: torch.Tensor = encode(image=pictures, generator=chance)
        return encoded
    mean, spread = getattr(vae.config, "latents_mean", None), getattr(vae.config, "latents_std", None)
    if mean is not None and spread is not None and not hasattr(vae.config, "scaling_factor"):
        found: torch.Tensor = vae.encode(pictures[:, :, None]).latent_dist.mode()[:, :, 0]
        shape = (1, -1, 1, 1)
        return (found - found.new_tensor(mean).view(shape)) / found.new_tensor(spread).view(shape)
    answer = vae.encode(pictures)
    found = answer.latent_dist.mode() if hasattr(answer, "latent_dist") else answer.latent
    scale: float = vae.config.scaling_factor
    return (found - (getattr(vae.config, "shift_factor", None) or 0)) * scale


def _decoded(vae: Any, grid: torch.Tensor) -> torch.Tensor:
    shift = getattr(vae.config, "shift_factor", None) or 0
    decoded: torch.Tensor = vae.decode((grid / vae.config.scaling_factor + shift).to(vae.dtype)).sample
    return decoded


def _pictures(drawn: torch.Tensor) -> Sequence[Image.Image]:
    """From (rows, 3, height, width) of 0 to 1."""
    pixels = (drawn.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(picture) for picture in pixels]
