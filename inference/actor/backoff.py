"""How long to wait before the process is started again."""

import random
from dataclasses import dataclass

from inference.contract.outage import Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential, with jitter so that several bots of one host do not start in step."""

    first_seconds: float = 0.5
    factor: float = 2.0
    longest_seconds: float = 60.0
    jitter: float = 0.25  # The share of the delay that chance may take off.
    # After a fault that only the host can mend, who may do so under a running bot: each try imports torch.
    lasting_seconds: float = 300.0
    healthy_seconds: float = 120.0  # A process that lived this long was well: counting starts anew.

    def delay_seconds(self, failures: int, rng: random.Random) -> float:
        """After so many failures in a row, 1 or more."""
        # Bounded before the power is taken, which would overflow after a night of failures.
        doublings = min(failures - 1, 64)
        delay = min(self.first_seconds * self.factor**doublings, self.longest_seconds)
        return delay * (1 - self.jitter * rng.random())

    def pause_seconds(self, failures: int, outage: Outage | None, rng: random.Random) -> float:
        """The same, or longer for an outage that does not pass by itself."""
        if outage is not None and not outage.may_pass:
            return self.lasting_seconds
        return self.delay_seconds(failures, rng)

    def failures_after(self, failures: int, *, lived_seconds: float) -> int:
        """The count of failures in a row once another process has ended."""
        return 1 if lived_seconds >= self.healthy_seconds else failures + 1
