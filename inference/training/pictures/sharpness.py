"""How well a decoder draws what its encoder saw: near to it, as sharp, and of the same texture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional

from inference.training.pictures.collection import Collection

_PATCH: Final = 8
_LAPLACIAN: Final = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]).expand(3, 1, 3, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpness:
    error: float  # Mean absolute, of pixels from -1 to 1.
    edges: float  # Variance of the Laplacian against that of the drawings: 1 is as sharp as they are.
    texture: float  # The Fréchet distance of patches of 8 pixels a side; 0 is the same distribution.


def sharpness_of(vae: AutoencoderKL, collection: Collection, latents: Tensor, rows: Sequence[int]) -> Sharpness:
    """Of the drawings in `rows`; `latents` are `latents_of` the collection."""
    pixels = collection.as_input(rows)
    with torch.no_grad():
        decoded = vae.decode(latents[0, list(rows)] / vae.config.scaling_factor).sample.clamp(-1, 1)
    return Sharpness(
        error=(decoded - pixels).abs().mean().item(),
        edges=(_edges(decoded) / _edges(pixels)).item(),
        texture=frechet_distance(_patches(pixels), _patches(decoded)),
    )


def frechet_distance(left: Tensor, right: Tensor) -> float:
    """Between normal distributions that fit the rows of each, (n, features); as in FID (arXiv:1706.08500)."""
    left, right = left.double(), right.double()
    covariance = left.T.cov(), right.T.cov()
    # The trace of the root of a product is the sum of the roots of its eigenvalues.
    values = torch.linalg.eigvals(covariance[0] @ covariance[1]).real.clamp(min=0)
    apart = (left.mean(0) - right.mean(0)).square().sum()
    return float(apart + covariance[0].trace() + covariance[1].trace() - 2 * values.sqrt().sum())


def _edges(pixels: Tensor) -> Tensor:
    return functional.conv2d(pixels, _LAPLACIAN, groups=3).var()


def _patches(pixels: Tensor) -> Tensor:
    """Each without its mean, since texture is what is left then."""
    patches = functional.unfold(pixels, _PATCH, stride=_PATCH // 2).transpose(1, 2).flatten(0, 1)
    return patches - patches.mean(dim=1, keepdim=True)
