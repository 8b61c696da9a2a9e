"""Raters of known severity and works of known quality, with some who do not mean what they say."""

from dataclasses import dataclass
from math import erf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from storage.domain import MAX_STARS, MIN_STARS
from storage.scoring.opinions import Floats, Numbers, Opinions

_DAY: Final = 86_400_000  # Milliseconds.
_SECOND: Final = 1_000
_WIDE: Final = np.linspace(-6.0, 12.0, 721)  # Tastes before they are rounded to stars.


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """How many there are of everything, and how they are; stars and stars²."""

    works: int = 2_000
    members: int = 200
    raters_a_work: float = 5.0  # On average.
    mean: float = 3.2
    work_variance: float = 0.5
    rater_variance: float = 0.25
    noise_variance: float = 0.6
    days: int = 300
    bursting: int = 0  # Members who give stars at random, one a second.
    one_score: int = 0  # Members who always give the same.
    praising: int = 0  # Pairs of members who give each other's works the most.
    burst_ratings: int = 120  # Of each who bursts.
    one_score_ratings: int = 60
    praised_works: int = 12  # Of either of a pair.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """Opinions, and the truth about who gave them and of what."""

    opinions: Opinions
    quality: Floats  # Of works: the stars that raters of the usual severity would give on average.
    severity: Floats  # Of members: how many stars fewer they give on average, over all works; they sum to 0.
    bursting: Numbers
    one_score: Numbers
    praising: Numbers  # One row a pair.


def simulated(community: Community, *, seed: int) -> Simulation:
    """The same community for the same seed.

    Few members rate most, few make most; a member's opinion is quality less severity, plus noise, in whole stars.
    """
    rng = np.random.default_rng(seed)
    activity = rng.pareto(1.2, community.members) + 0.2
    author = rng.choice(community.members, community.works, p=_shares(rng.pareto(1.2, community.members) + 0.2))
    taste = rng.normal(community.mean, community.work_variance**0.5, community.works)
    harshness = rng.normal(0, community.rater_variance**0.5, community.members)
    harshness -= harshness.mean()
    chosen = rng.permutation(community.members)
    bursting, rest = np.split(chosen, [community.bursting])
    one_score, rest = np.split(rest, [community.one_score])
    praising = rest[: 2 * community.praising].reshape(-1, 2)
    work, rater = _pairs(community, rng, activity)
    for members, count in ((bursting, community.burst_ratings), (one_score, community.one_score_ratings)):
        works = [rng.choice(community.works, count, replace=False) for _ in members]
        work = np.concatenate((work, *works))
        rater = np.concatenate((rater, np.repeat(members, count)))
    for one, other in praising:  # They make enough for the other to praise.
        mine, theirs = np.split(rng.choice(community.works, 2 * community.praised_works, replace=False), 2)
        author[mine], author[theirs] = one, other
        work = np.concatenate((work, theirs, mine))
        rater = np.concatenate((rater, np.repeat((one, other), community.praised_works)))
    is_others = author[work] != rater
    # Each pair once, by work, then rater.
    both = np.unique(work[is_others] * community.members + rater[is_others])
    work, rater = np.divmod(both, community.members)
    stars = taste[work] - harshness[rater] + rng.normal(0, community.noise_variance**0.5, len(work))
    stars = np.where(np.isin(rater, bursting), rng.integers(MIN_STARS, MAX_STARS + 1, len(work)), stars)
    always = rng.integers(MAX_STARS - 1, MAX_STARS + 1, community.members)
    stars = np.where(np.isin(rater, one_score), always[rater], stars)
    stars = np.where(_is_praise(work, rater, author, praising), MAX_STARS, stars)
    at = rng.integers(0, community.days * _DAY, len(work))
    for member in bursting:
        theirs = rater == member
        at[theirs] = at[theirs][0] + _SECOND * np.arange(theirs.sum())
    return Simulation(
        opinions=Opinions(
            work=work,
            rater=rater,
            stars=np.clip(np.round(stars), MIN_STARS, MAX_STARS).astype(np.float64),
            at=at,
            author=author,
            members=community.members,
        ),
        quality=_stars_for(taste, community),
        severity=_severities(taste, harshness, community),
        bursting=np.sort(bursting),
        one_score=np.sort(one_score),
        praising=np.sort(praising, axis=1),
    )


def _pairs(community: Community, rng: np.random.Generator, activity: Floats) -> tuple[Numbers, Numbers]:
    """Who looks at what. Some works draw more raters than others."""
    drawn = rng.poisson(community.raters_a_work * rng.gamma(2.0, 0.5, community.works))
    work = np.repeat(np.arange(community.works), drawn)
    return work, rng.choice(community.members, len(work), p=_shares(activity))


def _is_praise(work: Numbers, rater: Numbers, author: Numbers, praising: Numbers) -> NDArray[np.bool_]:
    partner = np.full(int(max(rater.max(initial=0), author.max(initial=0))) + 1, -1)
    partner[praising[:, 0]], partner[praising[:, 1]] = praising[:, 1], praising[:, 0]
    is_praise: NDArray[np.bool_] = partner[rater] == author[work]
    return is_praise


def _stars_for(taste: Floats, community: Community) -> Floats:
    """The mean of whole stars that opinions around this taste come to; towards the ends they are pressed together."""
    spread = sqrt(2 * community.noise_variance)
    reached = sum(
        np.array([0.5 * (1 + erf((each - stars + 0.5) / spread)) for each in _WIDE])
        for stars in range(MIN_STARS + 1, MAX_STARS + 1)
    )
    stars: Floats = np.interp(taste, _WIDE, MIN_STARS + reached)
    return stars


def _severities(taste: Floats, harshness: Floats, community: Community) -> Floats:
    usual = _stars_for(taste, community).mean()
    shifts = np.linspace(harshness.min(), harshness.max(), 65)
    fewer = np.array([usual - _stars_for(taste - shift, community).mean() for shift in shifts])
    severities: Floats = np.interp(harshness, shifts, fewer)
    severities -= severities.mean()
    return severities


def _shares(figures: Floats) -> Floats:
    shares: Floats = figures / figures.sum()
    return shares
