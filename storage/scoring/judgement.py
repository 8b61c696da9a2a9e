"""What all opinions of a server come to: how it rates, what is known of each rater, and where each work then stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from storage.domain import MAX_STARS, MIN_STARS, Flag
from storage.scoring.fit import fit
from storage.scoring.flags import Praises, flags_of, praises_of
from storage.scoring.opinions import Floats, Marks, Numbers, Opinions
from storage.scoring.posterior import DECIMALS, PRAISE_WEIGHT, WITHIN, Scale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """One entry a member."""

    scale: Scale
    severity: Floats
    deviation: Floats
    weight: Floats
    ratings: Numbers  # Works that they rated; 0: they are an author alone.
    is_flagged: dict[Flag, Marks]
    praises: Praises


def judge(opinions: Opinions) -> Judgement:
    """Mutual praise is told by a first fit, and what it is worth goes into a second one."""
    flags = flags_of(opinions)
    weight = flags.weight[opinions.rater]
    fitted = fit(opinions, weight)
    praises = praises_of(opinions, weight, fitted)
    if len(praises.rater):
        fitted = fit(opinions, np.where(_is_praise(opinions, praises), PRAISE_WEIGHT * weight, weight))
    return Judgement(
        scale=fitted.scale,
        severity=fitted.severity,
        deviation=fitted.deviation,
        weight=flags.weight,
        ratings=np.bincount(opinions.rater, minlength=opinions.members),
        is_flagged={Flag.BURST: flags.is_bursting, Flag.ONE_SCORE: flags.is_one_score},
        praises=praises,
    )


def standing(opinions: Opinions, judgement: Judgement) -> Sequence[Floats]:
    """Raters, information, score and both bounds of every work: all that `storage.scoring.estimate` has of each."""
    scale = judgement.scale
    of_one = scale.noise_variance + scale.rater_variance
    weight = judgement.weight[opinions.rater] * np.where(_is_praise(opinions, judgement.praises), PRAISE_WEIGHT, 1.0)
    informed = weight * of_one / (scale.noise_variance + judgement.deviation[opinions.rater] ** 2)
    information = opinions.by_work(informed)
    pull = opinions.by_work(informed * (opinions.stars + judgement.severity[opinions.rater] - scale.mean))
    precision = 1 / scale.work_variance + information / of_one
    score, margin = scale.mean + pull / of_one / precision, WITHIN / np.sqrt(precision)
    within_stars = [np.clip(figure, MIN_STARS, MAX_STARS) for figure in (score, score - margin, score + margin)]
    raters = np.bincount(opinions.work, minlength=opinions.works).astype(np.float64)
    return raters, *(np.round(figure, DECIMALS) for figure in (information, *within_stars))


def _is_praise(opinions: Opinions, praises: Praises) -> Marks:
    """Whether an opinion is of one who praises about the work of one who praises back."""
    pair = opinions.rater * opinions.members + opinions.author[opinions.work]
    return np.isin(pair, praises.rater * opinions.members + praises.author)
