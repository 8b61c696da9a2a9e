"""How long to go on, how fast to learn meanwhile, and when to stop early."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Final

_WARM_STEPS: Final = 200
_DECAYING_SHARE: Final = 0.4  # Of the time, at its end.


@dataclass(slots=True, kw_only=True)
class Pace:
    """A stretch of training of a known length. `clock` counts seconds from anywhere."""

    seconds: float
    clock: Callable[[], float]
    stopped: Event = field(default_factory=Event)
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    @property
    def done(self) -> float:
        """From 0 to 1."""
        return min(1.0, (self.clock() - self._began) / self.seconds) if self.seconds > 0 else 1.0

    @property
    def is_over(self) -> bool:
        return self.stopped.is_set() or self.done >= 1.0

    def rate(self, step: int) -> float:
        """What to multiply the learning rate with: up over the first steps, and down to 0 towards the end."""
        return min(1.0, (step + 1) / _WARM_STEPS) * min(1.0, (1.0 - self.done) / _DECAYING_SHARE)


@contextmanager
def stopping_on_signals(pace: Pace) -> Iterator[None]:
    """SIGTERM and Ctrl+C end the stretch after the step under way, so that what was learned is saved."""
    before = {kind: signal.signal(kind, lambda *_: pace.stopped.set()) for kind in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
