"""How near scores come to the quality of works, on raters whose severity is known, against the raw mean."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.simulation import Community, Simulation, simulated
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from storage.domain import Flag
from storage.scoring.judgement import Judgement, judge, standing
from storage.scoring.opinions import Floats

RATERS_A_WORK: Final = (1, 2, 3, 5, 10, 20)

_HONEST: Final = Community(works=20_000, members=1_000)
_SPOILT: Final = replace(_HONEST, bursting=30, one_score=30, praising=30)
_QUICK: Final = 10  # Times less of everything.


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Over the works that somebody rated, or the members who did. Errors are root mean squares, in stars."""

    mean_error: float  # Of the raw mean.
    score_error: float
    coverage: float  # The share of 95% intervals that hold the truth.
    severity_error: float
    severity_spread: float  # What the error would be if all were taken for equally severe.
    missed: int  # Members planted to burst or to give one score, and pairs to praise, that have no flag.
    flagged_wrongly: int


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    found = []
    for raters in RATERS_A_WORK:
        workplace.say(f"recovery: {raters} raters a work")
        for community in (_HONEST, _SPOILT):
            sized = replace(community, raters_a_work=float(raters))
            if is_quick:
                sized = _smaller(sized)
            found.append((raters, await asyncio.to_thread(_of, sized)))
    return table(found, _smaller(_HONEST) if is_quick else _HONEST)


def _of(community: Community) -> Recovery:
    return recovered(simulated(community, seed=7))


def _smaller(community: Community) -> Community:
    return replace(
        community,
        works=community.works // _QUICK,
        members=community.members // _QUICK,
        bursting=community.bursting // _QUICK,
        one_score=community.one_score // _QUICK,
        praising=community.praising // _QUICK,
    )


def recovered(simulation: Simulation) -> Recovery:
    """Judge the opinions, and compare with the truth."""
    opinions = simulation.opinions
    judgement = judge(opinions)
    raters, _, score, low, high = standing(opinions, judgement)
    is_rated = raters > 0
    score, low, high = score[is_rated], low[is_rated], high[is_rated]
    quality = simulation.quality[is_rated]
    mean = opinions.by_work(opinions.stars)[is_rated] / raters[is_rated]
    is_rater = judgement.ratings > 0
    missed, wrongly = _flagged(simulation, judgement)
    return Recovery(
        mean_error=_root_mean_square(mean - quality),
        score_error=_root_mean_square(score - quality),
        coverage=float(np.mean((low <= quality) & (quality <= high))),
        severity_error=_root_mean_square((judgement.severity - simulation.severity)[is_rater]),
        severity_spread=_root_mean_square(simulation.severity[is_rater]),
        missed=missed,
        flagged_wrongly=wrongly,
    )


def _flagged(simulation: Simulation, judgement: Judgement) -> tuple[int, int]:
    """How many of the planted have no flag, and how many others have one."""
    planted = {
        *((Flag.BURST, member) for member in simulation.bursting.tolist()),
        *((Flag.ONE_SCORE, member) for member in simulation.one_score.tolist()),
        *((Flag.MUTUAL_PRAISE, *pair) for pair in simulation.praising.tolist()),
    }
    pairs = np.sort(np.stack((judgement.praises.rater, judgement.praises.author), axis=1), axis=1)
    found = {
        *((flag, member) for flag, marks in judgement.is_flagged.items() for member in np.flatnonzero(marks).tolist()),
        *((Flag.MUTUAL_PRAISE, *pair) for pair in pairs.tolist()),
    }
    return len(planted - found), len(found - planted)


def _root_mean_square(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def table(found: list[tuple[int, Recovery]], community: Community) -> Table:
    rows = []
    for (raters, honest), (_, spoilt) in zip(found[::2], found[1::2], strict=True):
        rows.append(
            (
                str(raters),
                *(f"{one.mean_error:.2f} / {one.score_error:.2f}" for one in (honest, spoilt)),
                *(f"{one.coverage:.1%}" for one in (honest, spoilt)),
                f"{honest.severity_error:.2f} of {honest.severity_spread:.2f}",
                f"{spoilt.missed} / {spoilt.flagged_wrongly}",
            )
        )
    is_nearer = all(one.score_error < one.mean_error for _, one in found)
    return Table(
        title="Recovery: what scores know of quality that raw means do not",
        ran=(
            f"{community.works:,} simulated works and {community.members:,} members of known taste, few of whom rate "
            "most; an opinion is the quality less the member's severity, plus noise, in whole stars. Errors are root "
            "mean squares over the rated works, in stars. Spoilt: 3% of the members give stars at random, one a "
            "second, 3% always the same, and 3% are pairs who give each other's works the most."
        ),
        columns=(
            "raters a work",
            "raw mean / score",
            "the same, spoilt",
            "95% intervals that hold",
            "the same, spoilt",
            "severity error, of spread",
            "flags missed / wrong",
        ),
        rows=rows,
        notes=(f"The score is nearer to the truth than the raw mean in every row: {'yes' if is_nearer else 'no'}.",),
    )
