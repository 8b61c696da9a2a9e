"""Looks over a scheduler's shoulder: a call of a pipeline pauses there, and shows what it has in hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch


class Watch:
    """Every pipeline of diffusers asks its scheduler for each step; not every one offers a callback.

    The scheduler must belong to one call alone.
    """

    def __init__(self, scheduler: Any, pause: Callable[[], None]) -> None:
        self.steps = 0
        self._scheduler = scheduler
        self._last: tuple[Any, torch.Tensor, torch.Tensor] | None = None
        ask = scheduler.step

        @wraps(ask)  # Pipelines read from its signature whether it takes a generator.
        def step(model_output: torch.Tensor, timestep: Any, sample: torch.Tensor, *args: Any, **options: Any) -> Any:
            answer = ask(model_output, timestep, sample, *args, **options)
            self._last = (answer, model_output, sample)
            self.steps += 1
            pause()
            return answer

        scheduler.step = step

    @property
    def total(self) -> int:
        """Of the steps that the scheduler was set to; an image-to-image pipeline leaves the first of them out."""
        return len(self._scheduler.timesteps)

    def clean(self) -> torch.Tensor | None:
        """The latents without the noise that is left, as well as the last step could tell; None before the first."""
        if self._last is None:
            return None
        answer, model_output, sample = self._last
        parts = tuple(answer) if isinstance(answer, tuple) else tuple(answer.values())
        if len(parts) > 1:
            denoised: torch.Tensor = parts[1]
            return denoised
        if (converted := getattr(self._scheduler, "model_outputs", None)) and converted[-1] is not None:
            predicted: torch.Tensor = converted[-1]
            return predicted
        return self._straight_on(parts[0], model_output, sample)

    def _straight_on(self, latents: torch.Tensor, velocity: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """Of a flow: where its straight line ends."""
        sigmas, index = getattr(self._scheduler, "sigmas", None), getattr(self._scheduler, "step_index", None)
        if sigmas is None or not index:
            return latents
        left: torch.Tensor = sigmas[index - 1].to(sample.device, sample.dtype)
        return sample - left * velocity
