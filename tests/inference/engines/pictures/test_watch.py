"""What a scheduler shows on the way, against a picture that is known."""

from typing import Any

import diffusers
import pytest
import torch

from inference.engines.pictures.stepping import Stepped
from inference.engines.pictures.watch import Watch

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers")  # Of numpy, in its schedulers.

PICTURE = torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4)


def velocity(scheduler: Any, latents: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """What a perfect model predicts in the scheduler's own terms, for what is noise around `PICTURE`."""
    match type(scheduler).__name__:
        case "FlowMatchEulerDiscreteScheduler":
            return (latents - PICTURE) / (timestep / 1000)
        case "EulerDiscreteScheduler" | "EulerAncestralDiscreteScheduler":
            index = int((scheduler.timesteps == timestep).nonzero()[0])
            noise: torch.Tensor = scheduler.sigmas[index]
            return (latents - PICTURE) / noise
        case _:
            kept: torch.Tensor = scheduler.alphas_cumprod[int(timestep)]
            return (latents - kept.sqrt() * PICTURE) / (1 - kept).sqrt()


@pytest.mark.parametrize(
    "name",
    [
        "DDIMScheduler",
        "DPMSolverMultistepScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "FlowMatchEulerDiscreteScheduler",
        "UniPCMultistepScheduler",
    ],
)
def test_the_latents_without_their_noise_are_the_picture(name: str) -> None:
    options = {} if name == "FlowMatchEulerDiscreteScheduler" else {"beta_schedule": "scaled_linear"}
    scheduler = getattr(diffusers, name)(**options | ({"clip_sample": False} if name == "DDIMScheduler" else {}))
    scheduler.set_timesteps(6)
    latents = torch.randn(PICTURE.shape, generator=torch.Generator().manual_seed(1))
    latents = latents * getattr(scheduler, "init_noise_sigma", 1.0)
    seen: list[torch.Tensor | None] = []
    watch = Watch(scheduler, lambda: seen.append(watch.clean()))

    for timestep in scheduler.timesteps:
        predicted = velocity(scheduler, latents, timestep)
        latents = scheduler.step(predicted, timestep, latents, return_dict=False)[0]

    assert watch.steps == watch.total == 6
    for clean in seen[:3]:
        assert clean is not None
        assert torch.allclose(clean, PICTURE, atol=0.06)


def test_a_call_is_left_where_it_stands() -> None:
    left: list[str] = []

    def call() -> None:
        try:
            stepped.pause()
            left.append("went on")
        finally:
            left.append("tidied up")

    stepped = Stepped(call)
    stepped.step()
    stepped.close()

    assert left == ["tidied up"]
    assert stepped.is_ended


def test_a_call_raises_out_of_its_step() -> None:
    def call() -> None:
        stepped.pause()
        raise KeyError("lost")

    stepped = Stepped(call)
    stepped.step()

    with pytest.raises(KeyError, match="lost"):
        stepped.step()
