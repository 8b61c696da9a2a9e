import time

import pytest
import torch

from inference.training.pictures.decoder import DecoderTraining, reconstruction_loss
from inference.training.pictures.discriminator import (
    Discriminator,
    adaptive_weight,
    deceiving_loss,
    judging_loss,
)
from inference.training.pictures.pace import Pace
from inference.training.pictures.sharpness import frechet_distance, sharpness_of
from inference.training.pictures.workshop import Workshop


def test_the_discriminator_learns_to_tell_sharp_from_soft() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator()
    optimizer = torch.optim.AdamW(discriminator.parameters(), lr=2e-3)
    sharp = torch.randn(8, 3, 64, 64)
    soft = torch.nn.functional.interpolate(torch.nn.functional.avg_pool2d(sharp, 4), (64, 64))
    losses = []
    for _ in range(12):
        loss = judging_loss(discriminator(sharp), discriminator(soft))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(1.0, abs=0.2)
    assert losses[-1] < 0.3


def test_the_adaptive_weight_makes_both_losses_pull_alike() -> None:
    torch.manual_seed(0)
    last = torch.randn(5, requires_grad=True)
    reconstruction, deception = 300 * last.square().sum(), deceiving_loss(last)
    weight = adaptive_weight(reconstruction, deception, last)
    (wanted,) = torch.autograd.grad(reconstruction, last)
    (found,) = torch.autograd.grad(weight * deceiving_loss(last), last)
    assert found.norm().item() == pytest.approx(wanted.norm().item(), rel=1e-3)


@pytest.mark.parametrize("done", [0.0, 0.99])
def test_the_decoder_learns_and_its_encoder_stays_as_it_was(workshop: Workshop, done: float) -> None:
    torch.manual_seed(0)
    training, now = workshop.decoder(), [0.0]
    pace = Pace(seconds=1.0, clock=lambda: now[0])
    now[0] = 0.5 * done  # Without the discriminator at first, and with it later.
    encoder = [parameter.clone() for parameter in training.vae.encoder.parameters()]
    pixels = workshop.collection.as_input(range(9))
    latents = workshop.latents[0] / training.vae.config.scaling_factor
    losses = [training.learn(latents, pixels, pace, 1000)[0] for _ in range(15)]
    with torch.no_grad():
        reached = reconstruction_loss(training.vae.decode(latents).sample, pixels).item()
    assert reached < losses[0]
    assert all(map(torch.equal, encoder, training.vae.encoder.parameters()))


def test_a_decoder_goes_on_from_its_checkpoint(workshop: Workshop) -> None:
    training = workshop.decoder()
    pixels = workshop.collection.as_input(range(9))
    training.learn(workshop.latents[0], pixels, Pace(seconds=60, clock=time.monotonic), 1000)
    training.save(workshop.decoder_checkpoint)
    again = workshop.decoder()
    assert (again.step, again.pictures) == (1, 9)
    for key, value in training.kept.state_dict().items():
        assert torch.equal(value, again.kept.state_dict()[key])


def test_the_same_pictures_are_no_distance_apart_and_softer_ones_are() -> None:
    torch.manual_seed(0)
    patches = torch.randn(400, 6)
    assert frechet_distance(patches, patches) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(patches, 0.5 * patches) == pytest.approx(6 * 0.25, rel=0.2)


def test_an_untrained_decoder_draws_far_from_what_was_drawn(workshop: Workshop) -> None:
    measured = sharpness_of(workshop.vae(), workshop.collection, workshop.latents, range(9))
    assert measured.error > 0.2
    assert measured.texture > 0


def test_decoder_training_keeps_its_average_apart(workshop: Workshop) -> None:
    training = DecoderTraining(workshop.vae())
    assert training.kept is not training.vae
