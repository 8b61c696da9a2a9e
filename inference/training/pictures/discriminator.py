"""Tells drawings from decoded latents, patch by patch (PatchGAN, Isola et al., arXiv:1611.07004)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_CHANNELS = (32, 64, 128)


class Discriminator(nn.Module):
    """Pictures (n, 3, 64, 64) to a map of verdicts (n, 1, 15, 15), each on a patch of 22 pixels; above 0 is real."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = _CHANNELS
        self.layers = nn.Sequential(
            nn.Conv2d(3, first, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(first, second, 4, stride=2, padding=1),
            nn.GroupNorm(8, second),
            nn.LeakyReLU(0.2),
            nn.Conv2d(second, third, 3, padding=1),
            nn.GroupNorm(8, third),
            nn.LeakyReLU(0.2),
            nn.Conv2d(third, 1, 2),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        verdicts: Tensor = self.layers(pixels)
        return verdicts


def judging_loss(of_real: Tensor, of_decoded: Tensor) -> Tensor:
    """The hinge loss of the discriminator (Lim and Ye, arXiv:1705.02894): 0 where it is sure and right, 1 at first."""
    return 0.5 * (functional.relu(1 - of_real).mean() + functional.relu(1 + of_decoded).mean())


def deceiving_loss(of_decoded: Tensor) -> Tensor:
    return -of_decoded.mean()


def adaptive_weight(reconstruction: Tensor, deception: Tensor, last: Tensor) -> Tensor:
    """What makes both losses pull alike at the decoder's last layer (Esser et al., arXiv:2012.09841, equation 7)."""
    (wanted,) = torch.autograd.grad(reconstruction, last, retain_graph=True)
    (found,) = torch.autograd.grad(deception, last, retain_graph=True)
    weight: Tensor = wanted.norm() / (found.norm() + 1e-6)
    return weight.clamp(0, 1e4).detach()
