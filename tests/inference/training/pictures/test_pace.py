import os
import signal
from dataclasses import dataclass

import pytest

from inference.training.pictures.checkpoint import Saving
from inference.training.pictures.pace import Pace, stopping_on_signals


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_rate_rises_at_first_and_ends_at_nothing() -> None:
    clock = Clock()
    pace = Pace(seconds=60, clock=clock)
    assert pace.rate(0) < 0.01
    assert pace.rate(1000) == 1.0
    clock.now += 48
    assert pace.rate(1000) == pytest.approx(0.5)
    clock.now += 12
    assert pace.rate(1000) == 0.0
    assert pace.is_over


def test_a_signal_to_end_ends_the_stretch_and_nothing_else() -> None:
    pace, before = Pace(seconds=60, clock=Clock()), signal.getsignal(signal.SIGTERM)
    with stopping_on_signals(pace):
        os.kill(os.getpid(), signal.SIGTERM)
        assert pace.is_over
    assert signal.getsignal(signal.SIGTERM) is before


def test_saving_is_due_once_each_time() -> None:
    clock = Clock()
    saving = Saving(every_seconds=10, clock=clock)
    due = []
    for _ in range(4):
        due.append(saving.is_due())
        clock.now += 6
    assert due == [False, False, True, False]
