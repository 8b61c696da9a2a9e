"""What a request will cost, learned from what such requests cost before."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from inference.contract.identifiers import ModelName

# A guess for a model that has not run yet; one job corrects most of it.
FIRST_GUESS_SECONDS = 0.05
WEIGHT_OF_LATEST = 0.3
# Of the first observation, how far it may be from the next ones; forgotten as these come.
FIRST_DEVIATION = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate:
    """Device seconds per unit of size."""

    mean: float
    variance: float


class Estimates:
    """A running estimate of device seconds per unit of size, and of how far single jobs are from it, for each model.

    Both are exponentially weighted: T. Finch, "Incremental calculation of weighted mean and variance", 2009, section 9.
    """

    def __init__(self) -> None:
        self._rates: dict[ModelName, _Rate] = {}

    def predict_seconds(self, model: ModelName, size: int) -> float:
        """Device seconds for a request of this size; always above 0."""
        rate = self._rates.get(model)
        return size * (rate.mean if rate else FIRST_GUESS_SECONDS)

    def deviation_seconds(self, model: ModelName, size: int) -> float:
        """The standard deviation of what such a request costs; of a model that has not run, all of the guess."""
        rate = self._rates.get(model)
        return size * (math.sqrt(rate.variance) if rate else FIRST_GUESS_SECONDS)

    def knows(self, model: ModelName) -> bool:
        return model in self._rates

    def observe(self, model: ModelName, *, size: int, device_seconds: float) -> None:
        """Take one finished job into account."""
        if size <= 0 or device_seconds <= 0:
            return
        latest = device_seconds / size
        before = self._rates.get(model)
        if before is None:
            self._rates[model] = _Rate(mean=latest, variance=(FIRST_DEVIATION * latest) ** 2)
            return
        off = latest - before.mean
        step = WEIGHT_OF_LATEST * off
        variance = (1 - WEIGHT_OF_LATEST) * (before.variance + off * step)
        self._rates[model] = _Rate(mean=before.mean + step, variance=variance)

    def warm(self, model: ModelName, costs: Iterable[tuple[int, float]]) -> None:
        """Learn from (size, device seconds) of earlier jobs, oldest first."""
        for size, device_seconds in costs:
            self.observe(model, size=size, device_seconds=device_seconds)
