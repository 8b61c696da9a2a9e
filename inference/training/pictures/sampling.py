"""Pictures of the assembled model, one seed a picture, as the engine makes them before they are made larger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from inference.training.pictures.drawings import SIDE, Pixels

STEPS: Final = 24
GUIDANCE: Final = 4.0
_BATCH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    steps: int = STEPS
    guidance: float = GUIDANCE


def sampled(
    pipeline: StableDiffusionPipeline, prompts: Sequence[str], seeds: Sequence[int], sampling: Sampling
) -> Pixels:
    """Shape (len(prompts), 64, 64, 3); the picture of a prompt and a seed does not depend on the others."""
    asked = list(zip(prompts, seeds, strict=True))
    batches = [asked[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
    return np.stack([picture for batch in batches for picture in _made(pipeline, batch, sampling)])


def _made(pipeline: StableDiffusionPipeline, asked: Sequence[tuple[str, int]], sampling: Sampling) -> Iterator[Pixels]:
    made = pipeline(
        [prompt for prompt, _ in asked],
        width=SIDE,
        height=SIDE,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance,
        generator=[torch.Generator().manual_seed(seed) for _, seed in asked],
    )
    for picture in made.images:
        yield np.asarray(picture.convert("RGB"))
