import random
import time

import pytest
import torch

from inference.training.pictures.denoiser import Draw, train_denoiser
from inference.training.pictures.pace import Pace
from inference.training.pictures.workshop import Workshop
from tests.inference.training.pictures.tiny import TOKENS


class Steps:
    """A clock that says that it is over after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> float:
        self.looks -= 1
        return 0.0 if self.looks > 0 else 1e9


def test_what_is_drawn_to_learn_from_is_a_latent_and_a_caption(workshop: Workshop) -> None:
    latents, states = Draw(workshop.lesson(), random.Random(0))()
    assert latents.shape == (16, 4, 16, 16)
    assert states.shape == (16, TOKENS, 16)
    assert torch.isfinite(states).all()


def test_the_denoiser_learns(workshop: Workshop) -> None:
    torch.manual_seed(0)
    training, draw = workshop.denoiser(), Draw(workshop.lesson(), random.Random(0))
    losses = [training.learn(*draw(), rate=10.0) for _ in range(16)]
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4])


def test_what_is_committed_says_how_much_it_has_learned_from(workshop: Workshop) -> None:
    assert workshop.denoiser().pictures == 7


def test_training_goes_on_from_its_checkpoint_with_nothing_lost(workshop: Workshop) -> None:
    training, draw = workshop.denoiser(), Draw(workshop.lesson(), random.Random(0))
    log: list[str] = []
    pace = Pace(seconds=60, clock=Steps(20))
    train_denoiser(training, draw, pace, workshop.denoiser_checkpoint, log=log.append)
    again = workshop.denoiser()
    assert again.step == training.step > 0
    assert again.pictures == 7 + 16 * training.step
    for mine, kept in ((training.unet, again.unet), (training.average, again.average)):
        assert all(map(torch.equal, mine.parameters(), kept.parameters()))
    assert again.optimizer.state_dict()["state"].keys() == training.optimizer.state_dict()["state"].keys()
    assert log[-1].startswith("saved at step")


def test_what_is_kept_is_an_average_of_the_latest_steps(workshop: Workshop) -> None:
    training, draw = workshop.denoiser(), Draw(workshop.lesson(), random.Random(0))
    before = torch.cat([parameter.detach().flatten() for parameter in training.average.parameters()])
    train_denoiser(training, draw, Pace(seconds=60, clock=Steps(20)), workshop.denoiser_checkpoint, log=lambda _: None)
    kept, learned = (
        torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
        for model in (training.average, training.unet)
    )
    assert 0 < (kept - learned).norm() < 0.5 * (learned - before).norm()


def test_companions_count_and_their_rate_is_the_leaders(workshop: Workshop) -> None:
    taken, led = iter([32, 0, 16] + [0] * 90), list[float]()
    training, draw = workshop.denoiser(), Draw(workshop.lesson(), random.Random(0))

    def lead(rate: float) -> int:
        led.append(rate)
        return next(taken)

    clock = Steps(18)
    train_denoiser(
        training, draw, Pace(seconds=60, clock=clock), workshop.denoiser_checkpoint, log=lambda _: None, lead=lead
    )
    assert training.pictures == 7 + 16 * training.step + 48
    assert led[0] == pytest.approx(1 / 200)


def test_a_pace_without_time_is_over_at_once(workshop: Workshop) -> None:
    training = workshop.denoiser()
    pace = Pace(seconds=0, clock=time.monotonic)
    train_denoiser(
        training,
        Draw(workshop.lesson(), random.Random(0)),
        pace,
        workshop.denoiser_checkpoint,
        log=lambda _: None,
    )
    assert training.step == 0
