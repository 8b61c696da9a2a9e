"""What all opinions of a server come to: how it rates, what is known of each rater, and where each work then stands."""

from dataclasses import dataclass

import numpy as np

from storage.domain import Flag
from storage.scoring.fit import fit
from storage.scoring.flags import flags_of, praises_of
from storage.scoring.opinions import Floats, Marks, Numbers, Opinions
from storage.scoring.posterior import PRAISE_WEIGHT, Scale


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


def judge(opinions: Opinions) -> Judgement:
    """Mutual praise is told by a first fit, and what it is worth goes into a second one."""
    flags = flags_of(opinions)
    weight = flags.weight[opinions.rater]
    fitted = fit(opinions, weight)
    praises = praises_of(opinions, weight, fitted)
    if len(praises.rater):
        pair = opinions.rater * opinions.members + opinions.author[opinions.work]
        is_praise = np.isin(pair, praises.rater * opinions.members + praises.author)
        fitted = fit(opinions, np.where(is_praise, PRAISE_WEIGHT * weight, weight))
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
