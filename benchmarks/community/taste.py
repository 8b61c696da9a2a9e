"""What is true of a simulated community: how good each work is, and how each member rates."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
Numbers = NDArray[np.int64]

MEAN_STARS: Final = 3.2
WORK_DEVIATION: Final = 0.7  # Of works around the mean, in stars.
SEVERITY_DEVIATION: Final = 0.5
NOISE_DEVIATION: Final = 0.8
RATERS_A_WORK: Final = 4.0  # On average; how many came to each work is Poisson.
ACTIVITY: Final = 1.5  # Pareto's exponent: few members rate most.


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """The truth, by index of works and raters."""

    quality: Figures  # (works,), stars.
    severity: Figures  # (raters,), stars: how much lower than others each rates.
    activity: Figures  # (raters,), shares that sum to 1.

    @classmethod
    def drawn(cls, *, works: int, raters: int, chance: np.random.Generator) -> "Taste":
        severity = chance.normal(0.0, SEVERITY_DEVIATION, raters)
        activity = chance.pareto(ACTIVITY, raters) + 0.05
        return cls(
            quality=chance.normal(MEAN_STARS, WORK_DEVIATION, works),
            severity=severity - severity.mean(),
            activity=activity / activity.sum(),
        )

    def raters_of(self, authors: Numbers, chance: np.random.Generator) -> tuple[Numbers, Numbers]:
        """Who rates which of some works: indexes into `authors` and of raters, each pair once, nobody their own.

        `authors` holds each work's author as an index of raters, or -1 for one who rates nothing.
        """
        works = np.repeat(np.arange(len(authors)), chance.poisson(RATERS_A_WORK, len(authors)))
        raters = chance.choice(len(self.severity), size=len(works), p=self.activity)
        pairs = np.unique(np.stack([works, raters], axis=1)[raters != authors[works]], axis=0)
        return pairs[:, 0], pairs[:, 1]

    def stars(self, works: Numbers, raters: Numbers, chance: np.random.Generator) -> Numbers:
        """What raters give to works, 1 to 5."""
        felt = self.quality[works] - self.severity[raters] + chance.normal(0.0, NOISE_DEVIATION, len(works))
        return np.clip(np.rint(felt), 1, 5).astype(np.int64)
