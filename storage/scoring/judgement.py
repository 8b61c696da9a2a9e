"""What all opinions of a server come to: how it rates, what is known of each rater, and where each work then stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from storage.domain import Flag
from storage.scoring.fit import fit
from storage.scoring.flags import PRAISE_WEIGHT, flags_of, praises_of
from storage.scoring.opinions import Floats, Marks, Numbers, Opinions
from storage.scoring.posterior import Estimate, Scale, summed_up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """One entry a member, and one for a rater and an author who praise each other."""

    scale: Scale
    severity: Floats
    deviation: Floats
    weight: Floats
    ratings: Numbers  # Works that they rated; 0: they are an author alone.
    is_flagged: dict[Flag, Marks]
    praising: Numbers
    praised: Numbers


def judge(opinions: Opinions, tick: Callable[[], None] = lambda: None) -> Judgement:
    """Mutual praise is told by a first fit, and what it is worth goes into a second one.

    `tick` is called now and then, and may raise.
    """
    flags = flags_of(opinions)
    weight = flags.weight[opinions.rater]
    fitted = fit(opinions, weight, tick)
    praises = praises_of(opinions, weight, fitted)
    if len(praises.rater):
        pair = opinions.rater * opinions.members + opinions.author[opinions.work]
        is_praise = np.isin(pair, praises.rater * opinions.members + praises.author)
        fitted = fit(opinions, np.where(is_praise, PRAISE_WEIGHT * weight, weight), tick)
    return Judgement(
        scale=fitted.scale,
        severity=fitted.severity,
        deviation=fitted.deviation,
        weight=flags.weight,
        ratings=np.bincount(opinions.rater, minlength=opinions.members),
        is_flagged={Flag.BURST: flags.is_bursting, Flag.ONE_SCORE: flags.is_one_score},
        praising=praises.rater,
        praised=praises.author,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """What works are scored by: a judgement with its members by their ids, as the database has it."""

    scale: Scale
    raters: Numbers  # Ids, rising; the next three have one entry for each.
    severity: Floats
    severity_variance: Floats
    weight: Floats
    praises: Numbers  # Rows of rater and author.

    @classmethod
    def of(cls, judgement: Judgement, members: Numbers) -> Self:
        """`members`: their ids, rising."""
        is_rater = judgement.ratings > 0
        praises = np.stack((members[judgement.praising], members[judgement.praised]), axis=1)
        return cls(
            scale=judgement.scale,
            raters=members[is_rater],
            severity=judgement.severity[is_rater],
            severity_variance=judgement.deviation[is_rater] * judgement.deviation[is_rater],
            weight=judgement.weight[is_rater],
            praises=praises,
        )

    def estimates(self, author: Numbers, work: Numbers, rater: Numbers, stars: Floats) -> Sequence[Estimate]:
        """Of some works, of which `author` has one entry each; `work` numbers them from 0. Ordered by work, then rater.

        Exactly as `storage.scoring.estimate` has it of each by itself.
        """
        place = np.minimum(np.searchsorted(self.raters, rater), max(len(self.raters) - 1, 0))
        is_known = self.raters[place] == rater if len(self.raters) else np.zeros(len(rater), dtype=bool)
        scale = self.scale
        severity = np.where(is_known, _taken(self.severity, place), 0.0)
        variance = np.where(is_known, _taken(self.severity_variance, place), scale.rater_variance)
        weight = np.where(is_known, _taken(self.weight, place), 1.0) * self._praise(rater, author[work])
        of_one = scale.noise_variance + scale.rater_variance
        informed = weight * of_one / (scale.noise_variance + variance)
        pull = informed * (stars + severity - scale.mean)
        raters = np.bincount(work, minlength=len(author)).tolist()
        information = np.bincount(work, weights=informed, minlength=len(author)).tolist()
        pulls = np.bincount(work, weights=pull, minlength=len(author)).tolist()
        return [summed_up(*sums, scale) for sums in zip(raters, information, pulls, strict=True)]

    def _praise(self, rater: Numbers, author: Numbers) -> Floats:
        """The weight of each opinion by who praises whom."""
        is_praise = np.zeros(len(rater), dtype=bool)
        suspects = np.flatnonzero(np.isin(rater, self.praises[:, 0]))
        known = set(map(tuple, self.praises.tolist()))
        for each in suspects.tolist():
            is_praise[each] = (int(rater[each]), int(author[each])) in known
        return np.where(is_praise, PRAISE_WEIGHT, 1.0)


def _taken(figures: Floats, place: Numbers) -> Floats:
    return figures[place] if len(figures) else np.zeros(len(place))
