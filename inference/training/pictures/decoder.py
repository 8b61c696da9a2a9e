"""Teaches the decoder of the autoencoder to draw sharply, at the end against a discriminator; its encoder is frozen."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional

from inference.training.pictures import checkpoint
from inference.training.pictures.collection import Collection
from inference.training.pictures.denoiser import average
from inference.training.pictures.discriminator import Discriminator, adaptive_weight, deceiving_loss, judging_loss
from inference.training.pictures.pace import Pace

_LEARNING_RATE: Final = 5e-4
_JUDGING_RATE: Final = 5e-4
_AVERAGING: Final = 0.998
_ADVERSARIAL_SHARE: Final = 0.65  # Of the time, at its end.
_ADVERSARIAL_WEIGHT: Final = 0.5  # Against a reconstruction that pulls as hard.
_NOISE: Final = 0.1  # At most, in standard deviations of the latents: the denoiser's are never exact.
_SAVING_SECONDS: Final = 120
_LOGGED_STEPS: Final = 200
HELD_BACK: Final = 20  # One drawing in so many is never learned from here, and is what figures are taken of.


class DecoderTraining:
    """The decoder under way, its average, which is what is kept, and its opponent."""

    def __init__(self, vae: AutoencoderKL) -> None:
        self.vae = vae.float().requires_grad_(False)
        self.kept = AutoencoderKL.from_config(vae.config).requires_grad_(False)
        self.kept.load_state_dict(vae.state_dict())
        self.discriminator = Discriminator()
        self._learning = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
        for parameter in self._learning:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.AdamW(self._learning, lr=_LEARNING_RATE, betas=(0.5, 0.99), fused=True)
        self._opponent = torch.optim.AdamW(
            self.discriminator.parameters(), lr=_JUDGING_RATE, betas=(0.5, 0.99), fused=True
        )
        self.step = 0
        self.pictures = 0  # Seen, since the very beginning.

    def resume(self, path: Path) -> bool:
        """Whether there was something to go on from."""
        state = checkpoint.load(path)
        if state is None:
            return False
        self.vae.load_state_dict(state["vae"])
        self.kept.load_state_dict(state["kept"])
        self.discriminator.load_state_dict(state["discriminator"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._opponent.load_state_dict(state["opponent"])
        self.step, self.pictures = state["step"], state["pictures"]
        return True

    def save(self, path: Path) -> None:
        state = {
            "vae": self.vae.state_dict(),
            "kept": self.kept.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "opponent": self._opponent.state_dict(),
            "step": self.step,
            "pictures": self.pictures,
        }
        checkpoint.save(path, state)

    def learn(self, latents: Tensor, pixels: Tensor, pace: Pace, steps: int) -> tuple[float, float]:
        """One step on latents of the autoencoder's own scale; returns both sides' losses."""
        for optimizer, rate in ((self._optimizer, _LEARNING_RATE), (self._opponent, _JUDGING_RATE)):
            for group in optimizer.param_groups:
                group["lr"] = rate * pace.rate(steps)
        decoded = self.vae.decode(latents).sample
        loss = reconstruction_loss(decoded, pixels)
        judging = 0.0
        if pace.done > 1 - _ADVERSARIAL_SHARE:
            judging = self._judge(pixels, decoded.detach())
            deception = deceiving_loss(self.discriminator(decoded))
            weight = adaptive_weight(loss, deception, self.vae.decoder.conv_out.weight)
            loss = loss + _ADVERSARIAL_WEIGHT * weight * deception
        self._optimizer.zero_grad()
        torch.autograd.backward(loss, inputs=self._learning)
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        self._optimizer.step()
        average(self.kept, self.vae, _AVERAGING)
        self.step += 1
        self.pictures += len(pixels)
        return loss.item(), judging

    def _judge(self, pixels: Tensor, decoded: Tensor) -> float:
        loss = judging_loss(self.discriminator(pixels), self.discriminator(decoded))
        self._opponent.zero_grad()
        torch.autograd.backward(loss)
        self._opponent.step()
        return loss.item()


def train_decoder(
    training: DecoderTraining,
    collection: Collection,
    latents: Tensor,
    pace: Pace,
    kept: Path,
    *,
    log: Callable[[str], None],
    batch: int = 16,
) -> None:
    """Until the pace is over; `latents` are `latents_of` the collection; `kept` is written every few minutes."""
    rng = random.Random(training.step)
    torch.manual_seed(training.step)
    rows_learned = learned(len(collection.things))
    saving = checkpoint.Saving(every_seconds=_SAVING_SECONDS, clock=pace.clock)
    losses, judgings, steps = 0.0, 0.0, 0
    while not pace.is_over:
        rows, is_mirrored = rng.choices(rows_learned, k=batch), rng.randrange(2)
        blurred = latents[is_mirrored, rows] + _NOISE * torch.rand(batch, 1, 1, 1) * torch.randn(latents[0, rows].shape)
        pixels = collection.as_input(rows)
        pixels = pixels.flip(-1) if is_mirrored else pixels
        loss, judging = training.learn(blurred / training.vae.config.scaling_factor, pixels, pace, steps)
        losses, judgings, steps = losses + loss, judgings + judging, steps + 1
        if steps % _LOGGED_STEPS == 0:
            log(f"step {training.step}, loss {losses / _LOGGED_STEPS:.4f}, judging {judgings / _LOGGED_STEPS:.4f}")
            losses, judgings = 0.0, 0.0
        if saving.is_due():
            training.save(kept)
    training.save(kept)
    log(f"saved at step {training.step}")


def reconstruction_loss(decoded: Tensor, pixels: Tensor) -> Tensor:
    """L1 of the pixels, of their differences to their neighbours, and of the picture at a quarter of its size."""
    across = functional.l1_loss(decoded.diff(dim=-1), pixels.diff(dim=-1))
    down = functional.l1_loss(decoded.diff(dim=-2), pixels.diff(dim=-2))
    coarse = functional.l1_loss(functional.avg_pool2d(decoded, 4), functional.avg_pool2d(pixels, 4))
    return functional.l1_loss(decoded, pixels) + across + down + coarse


def learned(count: int) -> Sequence[int]:
    return [row for row in range(count) if row % HELD_BACK]


def held_back(count: int) -> Sequence[int]:
    return range(0, count, HELD_BACK)
