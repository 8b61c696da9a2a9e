"""A classifier that names what a small picture shows, learned from the emoji of one vendor."""

import random
from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

_LEARNING_RATE: Final = 2e-3
_LOGGED_STEPS: Final = 100


class Judge(nn.Module):
    """Pictures (n, 3, 64, 64) from -1 to 1, to a score for each name (n, names)."""

    def __init__(self, names: int, width: int = 24) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            *_stage(width, 2 * width),
            *_stage(2 * width, 4 * width),
            *_stage(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(8 * width, names),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        scores: Tensor = self.layers(pixels)
        return scores

    def named(self, pixels: Tensor, *, among: int) -> Tensor:
        """Each picture's name (n,), out of the first so many; it and its mirror image are looked at together."""
        self.eval()
        with torch.no_grad():
            scores = self(pixels)[:, :among].softmax(1) + self(pixels.flip(-1))[:, :among].softmax(1)
        best: Tensor = scores.argmax(1)
        return best


def train_judge(
    judge: Judge,
    pixels: Tensor,
    names: Tensor,
    weights: Sequence[float],
    *,
    steps: int,
    batch: int,
    log: Callable[[str], None],
) -> None:
    """`names` (n,) numbers what each of the `pixels` (n, 3, 64, 64) shows; `weights` is how often it comes up."""
    optimizer = torch.optim.AdamW(judge.parameters(), lr=_LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=_LEARNING_RATE, total_steps=steps)
    rng, losses = random.Random(0), 0.0
    judge.train()
    for step in range(1, steps + 1):
        rows = rng.choices(range(len(names)), weights=weights, k=batch)
        scores = judge(varied(pixels[rows], rng))
        loss = functional.cross_entropy(scores, names[rows], label_smoothing=0.1)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        losses += loss.item()
        if step % _LOGGED_STEPS == 0:
            log(f"judge: step {step}, loss {losses / _LOGGED_STEPS:.3f}")
            losses = 0.0


def varied(pixels: Tensor, rng: random.Random) -> Tensor:
    """The same things, as another hand might draw them: turned, sized, moved, coloured, softened, with grain."""
    count = len(pixels)
    with torch.no_grad():
        ground = 1 - functional.grid_sample(1 - pixels, _grid(count), align_corners=False)  # White around it.
        scale = 1 + 0.5 * (torch.rand(count, 3, 1, 1) - 0.5)
        mixed = torch.where(torch.rand(count, 1, 1, 1) < 0.15, ground.mean(1, keepdim=True), ground)
        coloured = 1 - (1 - mixed) * scale * (0.7 + 0.6 * torch.rand(count, 1, 1, 1))
        if rng.random() < 0.5:
            factor = rng.choice((2, 3, 4))
            small = functional.avg_pool2d(coloured, factor)
            coloured = functional.interpolate(small, pixels.shape[-2:], mode="bilinear")
        return coloured + 0.1 * torch.rand(count, 1, 1, 1) * torch.randn_like(coloured)


def _grid(count: int) -> Tensor:
    angle = 0.35 * torch.randn(count)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    size = 1 / torch.empty(count).uniform_(0.7, 1.2)
    stretch = torch.empty(count).uniform_(0.85, 1.18)
    rows = torch.stack(
        [
            torch.stack([mirror * size * stretch * angle.cos(), -size * angle.sin()], 1),
            torch.stack([mirror * size * angle.sin(), size / stretch * angle.cos()], 1),
        ],
        1,
    )
    moved = torch.cat([rows, torch.empty(count, 2, 1).uniform_(-0.15, 0.15)], 2)
    return functional.affine_grid(moved, [count, 3, 64, 64], align_corners=False)


def _stage(channels: int, wider: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(channels, wider, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.ReLU(),
        nn.Conv2d(wider, wider, 3, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.ReLU(),
    )
