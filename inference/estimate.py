"""What a request will cost, learned from what such requests cost before."""

from collections.abc import Iterable

from inference.contract.identifiers import ModelName

# A guess for a model that has not run yet; one job corrects most of it.
FIRST_GUESS_SECONDS = 0.05
WEIGHT_OF_LATEST = 0.3


class Estimates:
    """A running estimate of device seconds per unit of size, one for each model."""

    def __init__(self) -> None:
        self._seconds_per_unit: dict[ModelName, float] = {}

    def predict_seconds(self, model: ModelName, size: int) -> float:
        """Device seconds for a request of this size; always above 0."""
        return size * self._seconds_per_unit.get(model, FIRST_GUESS_SECONDS)

    def knows(self, model: ModelName) -> bool:
        return model in self._seconds_per_unit

    def observe(self, model: ModelName, *, size: int, device_seconds: float) -> None:
        """Take one finished job into account (an exponential moving average)."""
        if size <= 0 or device_seconds <= 0:
            return
        latest = device_seconds / size
        before = self._seconds_per_unit.get(model, latest)
        self._seconds_per_unit[model] = before + WEIGHT_OF_LATEST * (latest - before)

    def warm(self, model: ModelName, costs: Iterable[tuple[int, float]]) -> None:
        """Learn from (size, device seconds) of earlier jobs, oldest first."""
        for size, device_seconds in costs:
            self.observe(model, size=size, device_seconds=device_seconds)
