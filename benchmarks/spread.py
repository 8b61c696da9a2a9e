"""What several measurements of one quantity come to: pure functions of numbers."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

_SURELY: Final = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of a few repetitions, with the extremes, which a few repetitions cannot hide."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Raises `ValueError` without any value."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(median=statistics.median(values), least=min(values), most=max(values))

    def shown(self, digits: int = 1) -> str:
        """As "4.2 (3.9 to 4.4)"; the median alone where there was one repetition."""
        median = f"{self.median:.{digits}f}"
        if self.least == self.most:
            return median
        return f"{median} ({self.least:.{digits}f} to {self.most:.{digits}f})"


def ratios(measured: Sequence[float], against: Sequence[float]) -> Spread:
    """The quotients of measurements taken side by side, in their pairs."""
    return Spread.of([mine / theirs for mine, theirs in zip(measured, against, strict=True)])


def percentile(values: Sequence[float], percent: int) -> float:
    """Interpolated between the two nearest of at least two values; `percent` is 1 to 99."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """By how much a quantity grows from one measurement to the next, with the interval that holds it in 95 of 100."""

    each: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """By least squares, for values whose neighbours do not hang together. Raises `ValueError` below three."""
        if len(values) < 3:
            raise ValueError("two points are on any line")
        line = statistics.linear_regression(range(len(values)), values)
        squares = sum((line.intercept + line.slope * n - value) ** 2 for n, value in enumerate(values))
        width = math.sqrt(squares / (len(values) - 2) / (len(values) * statistics.pvariance(range(len(values)))))
        margin = _SURELY * width
        return cls(each=line.slope, least=line.slope - margin, most=line.slope + margin)
