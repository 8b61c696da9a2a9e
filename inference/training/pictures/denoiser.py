"""Teaches the denoiser to predict velocity (Salimans and Ho, arXiv:2202.00512) from latents, noise and a prompt."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import Tensor

from inference.training.pictures import checkpoint
from inference.training.pictures.captions import caption
from inference.training.pictures.collection import Collection
from inference.training.pictures.pace import Pace
from inference.training.pictures.wording import Wording

STEPS_OF_NOISE: Final = 1000
_LEARNING_RATE: Final = 4e-4
_DECAY_OF_WEIGHTS: Final = 1e-2
_AVERAGED_SHARE: Final = 0.1  # Of the steps, the latest: what is kept is their average.
_LOGGED_STEPS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a denoiser learns from."""

    collection: Collection
    latents: Tensor  # (2, n, 4, 16, 16): as drawn, and mirrored
    wording: Wording
    weights: Sequence[float]  # How often each drawing comes up.
    batch: int = 16  # Larger ones cost as much a picture on a processor, and teach less a picture.


class Draw:
    """Takes the next drawings by chance, each with a caption."""

    def __init__(self, lesson: Lesson, rng: random.Random) -> None:
        self._lesson = lesson
        self._rng = rng
        self._chances = list(accumulate(lesson.weights))

    def __call__(self) -> tuple[Tensor, Tensor]:
        """Latents (batch, 4, 16, 16) and the states of what is asked for (batch, 16, width)."""
        lesson, rng = self._lesson, self._rng
        rows = rng.choices(range(len(self._chances)), cum_weights=self._chances, k=lesson.batch)
        latents = lesson.latents[[rng.randrange(2) for _ in rows], rows]
        things, styles = lesson.collection.things, lesson.collection.styles
        return latents, lesson.wording.states([caption(things[row], styles[row], rng) for row in rows])


class DenoiserTraining:
    """The weights under way, their average, which is what is kept, and the optimizer's state."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self.unet = unet.float().train()
        self.average = UNet2DConditionModel.from_config(unet.config)
        self.average.load_state_dict(unet.state_dict())
        self.optimizer = torch.optim.AdamW(
            unet.parameters(), lr=_LEARNING_RATE, weight_decay=_DECAY_OF_WEIGHTS, fused=True
        )
        self.step = 0
        self.pictures = 0  # Seen, since the very beginning.

    def resume(self, path: Path) -> bool:
        """Whether there was something to go on from."""
        state = checkpoint.load(path)
        if state is None:
            return False
        self.unet.load_state_dict(state["unet"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.pictures = state["step"], state["pictures"]
        return True

    def resume_optimizer(self, path: Path) -> None:
        """For a companion, whose weights are the leader's."""
        state = checkpoint.load(path)
        if state is not None:
            self.optimizer.load_state_dict(state["optimizer"])

    def save(self, path: Path) -> None:
        state = {
            "unet": self.unet.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "pictures": self.pictures,
        }
        checkpoint.save(path, state)

    def learn(self, latents: Tensor, states: Tensor, rate: float) -> float:
        """One step; returns its loss."""
        noise = torch.randn_like(latents)
        # Logit-normal around more noise than half: there the shape of a thing is decided (arXiv:2403.03206).
        drawn = torch.sigmoid(0.5 + torch.randn(len(latents)))
        times = (STEPS_OF_NOISE * drawn).long().clamp(0, STEPS_OF_NOISE - 1)
        predicted = self.unet(_NOISE.add_noise(latents, noise, times), times, states).sample
        loss = torch.nn.functional.mse_loss(predicted, _NOISE.get_velocity(latents, noise, times))
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * rate
        self.optimizer.step()
        return loss.item()


def train_denoiser(
    training: DenoiserTraining,
    draw: Draw,
    pace: Pace,
    kept: Path,
    *,
    log: Callable[[str], None],
    saving_seconds: float = 240,
    lead: Callable[[float], int] = lambda _: 0,
) -> None:
    """Until the pace is over; `kept` is written every few minutes and at the end.

    `lead` tells companions the learning rate, and returns how many pictures they have learned from meanwhile.
    """
    torch.manual_seed(training.step)
    saving = checkpoint.Saving(every_seconds=saving_seconds, clock=pace.clock)
    losses, steps = 0.0, 0
    while not pace.is_over:
        latents, states = draw()
        rate = pace.rate(steps)
        losses += training.learn(latents, states, rate)
        average(training.average, training.unet, 1 - 1 / (1 + _AVERAGED_SHARE * steps))
        training.pictures += len(latents) + lead(rate)
        training.step += 1
        steps += 1
        if steps % _LOGGED_STEPS == 0:
            log(f"step {training.step}, {training.pictures} pictures, loss {losses / _LOGGED_STEPS:.4f}")
            losses = 0.0
        if saving.is_due():
            training.save(kept)
    training.save(kept)
    log(f"saved at step {training.step}, {training.pictures} pictures")


def average(kept: torch.nn.Module, learning: torch.nn.Module, share: float) -> None:
    """Moves the kept weights towards those that learn, by one minus `share` (an exponential moving average)."""
    with torch.no_grad():
        for slow, fast in zip(kept.parameters(), learning.parameters(), strict=True):
            slow.lerp_(fast, 1 - share)


def latents_of(collection: Collection, vae: AutoencoderKL) -> Tensor:
    """Shape (2, n, 4, 16, 16), scaled to a standard deviation of one: as drawn, and mirrored."""
    encoded: list[Tensor] = []
    with torch.no_grad():
        for is_mirrored in (False, True):
            for start in range(0, len(collection.things), 64):
                rows = range(start, min(start + 64, len(collection.things)))
                pixels = collection.as_input(rows)
                pixels = pixels.flip(-1) if is_mirrored else pixels
                encoded.append(vae.encode(pixels).latent_dist.mean * vae.config.scaling_factor)
    return torch.stack(torch.cat(encoded).chunk(2))


def _noise() -> Any:
    return DDPMScheduler(
        num_train_timesteps=STEPS_OF_NOISE, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction"
    )


_NOISE: Final = _noise()
