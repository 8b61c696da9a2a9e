"""What some opinions say of a work: the posterior of a model of works and raters.

A member's opinion of a work is `quality of the work - severity of the member + noise`, all of them normal: the linear
form of the many-facet model (Linacre, *Many-Facet Rasch Measurement*, 1989). Given the raters' severities, the quality
of a work has a normal posterior in closed form, so that each new rating moves a score at once; severities and the scale
come from a fit of everything now and then (`storage.scoring.fit`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.domain import MAX_STARS, MIN_STARS

# Of a normal distribution, 95% lie within so many standard deviations.
WITHIN: Final = 1.959964
# Stored as they are read: what stands in a button, and in a keyset, is what the database compares with.
DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How ratings spread in a server; stars and stars²."""

    mean: float
    work_variance: float
    rater_variance: float
    noise_variance: float


# Of an opinion by one of two who praise each other: friends may well mean it, and have seen more of each other.
PRAISE_WEIGHT: Final = 0.2
USUAL_SCALE: Final = Scale(mean=3.2, work_variance=0.5, rater_variance=0.25, noise_variance=0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one member thinks of one work: the mean of their stars over the axes, and what is known of the member."""

    stars: float
    severity: float = 0.0  # Of a member whom no fit has seen: as severe as anybody.
    severity_variance: float | None = None  # None: nothing is known but the scale's `rater_variance`.
    weight: float = 1.0  # 0 to 1.


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How good a work is, in stars."""

    raters: int
    information: float  # In opinions of one member of whom nothing is known; 0: nobody has one.
    score: float
    low: float  # The bounds of the 95% interval, within what stars can be.
    high: float


def estimate(opinions: Sequence[Opinion], scale: Scale = USUAL_SCALE) -> Estimate:
    """The posterior of a work's quality."""
    of_one = scale.noise_variance + scale.rater_variance
    information, pull = 0.0, 0.0
    for one in opinions:
        known = scale.rater_variance if one.severity_variance is None else one.severity_variance
        weight = one.weight * of_one / (scale.noise_variance + known)
        information += weight
        pull += weight * (one.stars + one.severity - scale.mean)
    precision = 1 / scale.work_variance + information / of_one
    score = scale.mean + pull / of_one / precision
    margin = WITHIN / math.sqrt(precision)
    return Estimate(
        raters=len(opinions),
        information=round(information, DECIMALS),
        score=_within_stars(score),
        low=_within_stars(score - margin),
        high=_within_stars(score + margin),
    )


def _within_stars(figure: float) -> float:
    return round(min(max(figure, MIN_STARS), MAX_STARS), DECIMALS)
