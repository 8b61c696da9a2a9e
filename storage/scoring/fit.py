"""How a server rates: the scale of its ratings and the severity of each rater, from all its opinions at once.

The model is that of `storage.scoring.posterior`, with a normal prior for severities as for qualities: crossed random
effects. What the opinions say of a work depends on the severity of its raters, which depends on what others think of
the works that they rated, and so on through the server. Gaussian belief propagation (Malioutov, Johnson, Willsky,
"Walk-sums and belief propagation in Gaussian graphical models", JMLR 2006) goes along each opinion in both directions
until nothing moves: the means are then exact, and the variances nearly so, since all factors are convex. Between the
sweeps the scale is brought in line by EM (Dempster, Laird, Rubin, 1977), the mean by hierarchical centring, which
spares it the slow way. Each sweep takes time and memory in proportion to the opinions.

Weak priors hold a small server near `USUAL_SCALE`, which a server of one rater or one work cannot leave by itself.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from storage.scoring.opinions import Floats, Marks, Opinions
from storage.scoring.posterior import USUAL_SCALE, Scale

# Each variance begins as if known from so many works, raters or opinions.
_PRIOR_COUNT: Final = 5.0
_PRIOR_MEAN_VARIANCE: Final = 0.25  # Of `Scale.mean` around the usual one, stars².
_LEAST_VARIANCE: Final = 0.01  # Even where all stars are the same, nobody knows a work to the last digit.
_SETTLED: Final = 1e-4  # Largest step of the scale, in stars or as a share, and of a severity, in stars.
_MAX_SWEEPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What all opinions say of the raters; one entry a member, who may have rated nothing."""

    scale: Scale
    severity: Floats  # In stars; the mean of its posterior.
    deviation: Floats  # The standard deviation of it.


def fit(opinions: Opinions, weight: Floats) -> Fit:
    """`weight` has one entry an opinion, more than 0 and at most 1: a half is twice the noise."""
    scale = USUAL_SCALE
    beliefs = _sweep(opinions, weight, scale, np.zeros(len(opinions)), np.full(len(opinions), scale.rater_variance))
    for _ in range(_MAX_SWEEPS):
        before, severity = scale, beliefs.severity
        scale = _moved(opinions, weight, before, beliefs)
        # What all raters have in common is the mean's, and goes out of what was said to the works.
        common = _shift(-severity[beliefs.is_rater], before.rater_variance, before.mean)
        scale = replace(scale, mean=scale.mean + common)
        beliefs = _sweep(opinions, weight, scale, beliefs.other_severity + common, beliefs.other_variance)
        moves = np.abs(beliefs.severity - common - severity)
        if max(_step(before, scale), float(moves.max(initial=0.0))) < _SETTLED:
            break
    return Fit(scale=scale, severity=beliefs.severity, deviation=np.sqrt(beliefs.severity_variance))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Beliefs:
    """What is thought of works and raters, and at each opinion what all the others say of the two that it joins."""

    quality: Floats  # Of works, from the scale's mean on.
    quality_variance: Floats
    severity: Floats  # Of members.
    severity_variance: Floats
    is_rated: Marks
    is_rater: Marks
    other_quality: Floats
    other_quality_variance: Floats
    other_severity: Floats
    other_variance: Floats  # Of `other_severity`.


def _sweep(opinions: Opinions, weight: Floats, scale: Scale, severity: Floats, variance: Floats) -> _Beliefs:
    """From raters to works and back. `severity` and `variance`: of each opinion's rater, as its other opinions say."""
    stars = opinions.stars - scale.mean
    noise = scale.noise_variance / weight
    to_work = 1 / (noise + variance)
    work_precision = 1 / scale.work_variance + opinions.by_work(to_work)
    pull = to_work * (stars + severity)
    work_pull = opinions.by_work(pull)
    others = work_precision[opinions.work] - to_work
    other_quality = (work_pull[opinions.work] - pull) / others

    to_rater = 1 / (noise + 1 / others)
    rater_precision = 1 / scale.rater_variance + opinions.by_rater(to_rater)
    pull = to_rater * (other_quality - stars)
    rater_pull = opinions.by_rater(pull)
    other_raters = rater_precision[opinions.rater] - to_rater
    return _Beliefs(
        quality=work_pull / work_precision,
        quality_variance=1 / work_precision,
        severity=rater_pull / rater_precision,
        severity_variance=1 / rater_precision,
        is_rated=np.bincount(opinions.work, minlength=opinions.works) > 0,
        is_rater=np.bincount(opinions.rater, minlength=opinions.members) > 0,
        other_quality=other_quality,
        other_quality_variance=1 / others,
        other_severity=(rater_pull[opinions.rater] - pull) / other_raters,
        other_variance=1 / other_raters,
    )


def _moved(opinions: Opinions, weight: Floats, scale: Scale, beliefs: _Beliefs) -> Scale:
    """The scale that these beliefs make the most likely, with its priors."""
    quality, severity = beliefs.quality[beliefs.is_rated], beliefs.severity[beliefs.is_rater]
    quality_variance = beliefs.quality_variance[beliefs.is_rated]
    severity_variance = beliefs.severity_variance[beliefs.is_rater]
    # What an opinion's own stars add to what others say of its work and its rater.
    apart = beliefs.other_quality - beliefs.other_severity
    apart_variance = beliefs.other_quality_variance + beliefs.other_variance
    gain = apart_variance / (apart_variance + scale.noise_variance / weight)
    noise = (1 - gain) * (opinions.stars - scale.mean - apart)
    noise_square = weight * (noise**2 + apart_variance * (1 - gain))
    usual = USUAL_SCALE
    return Scale(
        mean=scale.mean + _shift(quality, scale.work_variance, scale.mean),
        work_variance=_variance(quality**2 + quality_variance, usual.work_variance),
        rater_variance=_variance(severity**2 + severity_variance, usual.rater_variance),
        noise_variance=_variance(noise_square, usual.noise_variance),
    )


def _shift(effects: Floats, variance: float, mean: float) -> float:
    """How far the mean moves so that these effects spread around it and not beside it."""
    pull = float(effects.sum()) / variance - (mean - USUAL_SCALE.mean) / _PRIOR_MEAN_VARIANCE
    return pull / (len(effects) / variance + 1 / _PRIOR_MEAN_VARIANCE)


def _variance(squares: Floats, usual: float) -> float:
    found = (float(squares.sum()) + _PRIOR_COUNT * usual) / (len(squares) + _PRIOR_COUNT)
    return max(found, _LEAST_VARIANCE)


def _step(before: Scale, after: Scale) -> float:
    """How far the scale moved."""
    shares = (
        after.work_variance / before.work_variance,
        after.rater_variance / before.rater_variance,
        after.noise_variance / before.noise_variance,
    )
    return max(abs(after.mean - before.mean), *(abs(share - 1) for share in shares))
