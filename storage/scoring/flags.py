"""Who rates in a way that says less about the works: in bursts, always the same, or each other up.

A flag lowers a weight and never drops an opinion: what looks like abuse may be taste, and a reader of a release can
weigh for themselves. The bounds are set so that an honest rater is hardly ever beyond them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from storage.scoring.fit import Fit
from storage.scoring.opinions import Floats, Marks, Numbers, Opinions

# Nobody looks at a work and thinks in less than two seconds, for a minute on end.
MOST_A_MINUTE: Final = 30
MINUTE: Final = 60_000  # Milliseconds.
# Some of what was given in a hurry may be meant: a member comes back and rates what they have long seen.
BURST_WEIGHT: Final = 0.2
# Below this share of their ratings, a burst was an evening and not a habit.
LEAST_BURST_SHARE: Final = 0.1

# An honest rater of as many works with others' usual spread has so little with a chance far below one in a million.
ONE_SCORE_RATINGS: Final = 20
ONE_SCORE_SHARE: Final = 0.95  # Of their ratings that are the same stars.
ONE_SCORE_SPREAD: Final = 0.2  # Their variance in that of what others gave the same works, at most.
OTHERS_SPREAD: Final = 0.1  # Stars²; where others hardly tell these works apart, nobody has to.
LEAST_OTHERS: Final = 10  # Opinions of others of these works: with fewer, nobody can tell what a usual spread is.
ONE_SCORE_WEIGHT: Final = 0.1  # As their severity is known, it says hardly more than that the work is there.

PRAISED_WORKS: Final = 3  # At least so many of either, rated by somebody else as well.
PRAISE_EXCESS: Final = 0.5  # Stars above what others and the rater's own severity say, on average.
PRAISE_DEVIATIONS: Final = 2.5  # From there; for both at once, one pair in 25,000 by chance.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flags:
    """One entry a member."""

    is_bursting: Marks
    is_one_score: Marks
    weight: Floats  # More than 0, at most 1.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Praises:
    """One entry for a rater and an author; the other way round is another one."""

    rater: Numbers
    author: Numbers


def flags_of(opinions: Opinions) -> Flags:
    """What can be told before any fit."""
    is_bursting, is_one_score = _bursting(opinions), _one_score(opinions)
    weight = np.where(is_bursting, BURST_WEIGHT, 1.0) * np.where(is_one_score, ONE_SCORE_WEIGHT, 1.0)
    return Flags(is_bursting=is_bursting, is_one_score=is_one_score, weight=weight)


def _bursting(opinions: Opinions) -> Marks:
    """Who gave much of what they gave faster than anybody can look."""
    order = np.lexsort((opinions.at, opinions.rater))
    rater, at = opinions.rater[order], opinions.at[order]
    # What a member gave at one moment was written down together, by somebody who came too late to know when.
    is_known = np.ones(len(order), dtype=bool)
    same = (rater[1:] == rater[:-1]) & (at[1:] == at[:-1])
    is_known[1:] &= ~same
    is_known[:-1] &= ~same
    rater, at = rater[is_known], at[is_known]
    is_full = np.zeros(len(rater), dtype=bool)  # Whether a minute too full begins here.
    last = MOST_A_MINUTE
    is_full[:-last] = (rater[last:] == rater[:-last]) & (at[last:] - at[:-last] < MINUTE)
    edges = np.zeros(len(rater) + 1, dtype=np.int64)
    edges[:-1] += is_full
    edges[last + 1 :] -= is_full[:-last]
    in_burst = np.cumsum(edges[:-1]) > 0
    hurried = np.bincount(rater[in_burst], minlength=opinions.members)
    given = np.bincount(opinions.rater, minlength=opinions.members)
    is_bursting: Marks = (hurried > MOST_A_MINUTE) & (hurried >= LEAST_BURST_SHARE * given)
    return is_bursting


def _one_score(opinions: Opinions) -> Marks:
    """Who nearly always gives the same, where others tell the same works apart."""
    given = np.bincount(opinions.rater, minlength=opinions.members)
    whole = np.round(opinions.stars).astype(np.int64)
    steps = int(whole.max(initial=0)) + 1
    by_stars = np.bincount(opinions.rater * steps + whole, minlength=opinions.members * steps)
    commonest = by_stars.reshape(opinions.members, steps).max(axis=1, initial=0)
    own = _variance(opinions.by_rater, opinions.stars, opinions.stars**2, given)
    # All that others gave the same works, each work counted once for each rater of it.
    others = np.bincount(opinions.work, minlength=opinions.works)[opinions.work] - 1
    total = opinions.by_work(opinions.stars)[opinions.work] - opinions.stars
    squares = opinions.by_work(opinions.stars**2)[opinions.work] - opinions.stars**2
    compared = opinions.by_rater(others.astype(np.float64))
    usual = _variance(opinions.by_rater, total, squares, compared)
    is_one_score: Marks = (
        (given >= ONE_SCORE_RATINGS)
        & (compared >= LEAST_OTHERS)
        & (commonest >= ONE_SCORE_SHARE * given)
        & (usual >= OTHERS_SPREAD)
        & (own <= ONE_SCORE_SPREAD * usual)
    )
    return is_one_score


def _variance(summed: Callable[[Floats], Floats], values: Floats, squares: Floats, count: Floats | Numbers) -> Floats:
    mean = summed(values) / np.maximum(count, 1)
    return summed(squares) / np.maximum(count, 1) - mean**2


def praises_of(opinions: Opinions, weight: Floats, fitted: Fit) -> Praises:
    """Who rates whom clearly higher than others do and than they rate others, and is rated so in return."""
    author = opinions.author[opinions.work]
    pair = opinions.rater * opinions.members + author
    returned = author * opinions.members + opinions.rater
    is_mutual = np.isin(pair, np.unique(returned))
    excess, variance = _excess(opinions, weight, fitted, pair, is_mutual)
    pairs, place = np.unique(pair[is_mutual], return_inverse=True)
    compared = np.isfinite(variance)
    count = np.bincount(place, weights=compared, minlength=len(pairs))
    mean = np.bincount(place, weights=np.where(compared, excess, 0.0), minlength=len(pairs)) / np.maximum(count, 1)
    spread = np.bincount(place, weights=np.where(compared, variance, 0.0), minlength=len(pairs))
    deviation = np.sqrt(spread) / np.maximum(count, 1)
    is_praise = (count >= PRAISED_WORKS) & (mean >= PRAISE_EXCESS) & (mean >= PRAISE_DEVIATIONS * deviation)
    found = pairs[is_praise]
    rater, praised = np.divmod(found, opinions.members)
    is_returned = np.isin(praised * opinions.members + rater, found)
    return Praises(rater=rater[is_returned], author=praised[is_returned])


def _excess(opinions: Opinions, weight: Floats, fitted: Fit, pair: Numbers, wanted: Marks) -> tuple[Floats, Floats]:
    """Of the wanted opinions, how many stars they lie above what others gave and what this rater gives elsewhere.

    And the variance of that figure by chance; infinite where nobody else rated the work.
    """
    scale = fitted.scale
    informed = weight / (scale.noise_variance + fitted.deviation[opinions.rater] ** 2)
    pull = informed * (opinions.stars + fitted.severity[opinions.rater] - scale.mean)
    precision = 1 / scale.work_variance + opinions.by_work(informed)
    others = precision[opinions.work] - informed
    quality = scale.mean + (opinions.by_work(pull)[opinions.work] - pull) / others
    # The rater's severity by what they gave to other authors.
    told = weight / (scale.noise_variance + 1 / others)
    harsher = told * (quality - opinions.stars)
    _, place = np.unique(pair, return_inverse=True)
    own_precision = 1 / scale.rater_variance + opinions.by_rater(told)[opinions.rater] - np.bincount(place, told)[place]
    own = (opinions.by_rater(harsher)[opinions.rater] - np.bincount(place, harsher)[place]) / own_precision
    excess = opinions.stars - (quality - own)
    is_compared = np.bincount(opinions.work, minlength=opinions.works)[opinions.work] > 1
    variance = scale.noise_variance + 1 / others + 1 / own_precision
    return excess[wanted], np.where(is_compared, variance, np.inf)[wanted]
