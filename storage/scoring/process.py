"""`python -m storage.scoring.process`: the ratings of a server come in, a verdict goes out.

A process of its own, for as long as it takes: what it does holds up no event loop, and its memory goes with it.
"""

import os
import sys
from array import array
from collections import defaultdict
from dataclasses import replace
from typing import BinaryIO, Final

import numpy as np

from storage.scoring.judgement import Judgement, judge, standing
from storage.scoring.likeness import firsts, prints_of
from storage.scoring.opinions import Numbers, Opinions
from storage.scoring.posterior import Scale
from storage.scoring.verdict import HEADER, Frame, Rater, Verdict, packed

_NICENESS: Final = 10  # Members wait for the bot, and nobody for this.
# Nobody's severity is known to less. What is beyond moves with every rating, and all scores with it, which are then
# written anew for nothing.
_DECIMALS: Final = 2
_LEAST: Final = 10.0**-_DECIMALS


def judged(frames: dict[Frame, Numbers]) -> Verdict:
    """`frames`: of each kind, all rows."""
    works, author = frames[Frame.WORKS].T
    rated, rater, stars, axes, at = frames[Frame.OPINIONS].T
    members = np.unique(np.concatenate((author, rater)))
    opinions = Opinions(
        work=np.searchsorted(works, rated),
        rater=np.searchsorted(members, rater),
        stars=stars / axes,
        at=at,
        author=np.searchsorted(members, author),
        members=len(members),
    )
    first = firsts(len(works), *prints_of(works, frames[Frame.FILES]))
    judgement = _rounded(judge(opinions))
    praises = np.stack((members[judgement.praises.rater], members[judgement.praises.author]), axis=1)
    return Verdict(
        scale=judgement.scale,
        opinions=len(opinions),
        raters=_raters(judgement, members),
        praises=[(rater, author) for rater, author in praises.tolist()],
        works=array("q", works.tobytes()),
        alike=array("q", works[first].tobytes()),
        figures=tuple(array("d", column.tobytes()) for column in standing(opinions, judgement)),
        has_kin=(np.bincount(first, minlength=len(first))[first] > 1).tobytes(),
    )


def _raters(judgement: Judgement, members: Numbers) -> list[Rater]:
    flags = [
        tuple(flag for flag, marks in judgement.is_flagged.items() if marks[place]) for place in range(len(members))
    ]
    figures = (judgement.severity, judgement.deviation, judgement.weight, judgement.ratings)
    return [
        Rater(member=member, severity=severity, deviation=deviation, weight=weight, ratings=ratings, flags=flag)
        for member, flag, severity, deviation, weight, ratings in zip(
            members.tolist(), flags, *(column.tolist() for column in figures), strict=True
        )
        if ratings
    ]


def _rounded(judgement: Judgement) -> Judgement:
    scale = judgement.scale
    return replace(
        judgement,
        severity=np.round(judgement.severity, _DECIMALS),
        deviation=np.maximum(np.round(judgement.deviation, _DECIMALS), _LEAST),
        scale=Scale(
            mean=round(scale.mean, _DECIMALS),
            work_variance=max(round(scale.work_variance, _DECIMALS), _LEAST),
            rater_variance=max(round(scale.rater_variance, _DECIMALS), _LEAST),
            noise_variance=max(round(scale.noise_variance, _DECIMALS), _LEAST),
        ),
    )


def _read(source: BinaryIO) -> dict[Frame, Numbers]:
    """To the end."""
    parts: defaultdict[Frame, list[Numbers]] = defaultdict(list)
    while header := source.read(HEADER.size):
        frame, size = HEADER.unpack(header)
        rows = np.frombuffer(source.read(size), dtype=np.int64).reshape(-1, Frame(frame).width)
        parts[Frame(frame)].append(rows)
    return {
        frame: np.concatenate((np.empty((0, frame.width), dtype=np.int64), *parts.pop(frame, ()))) for frame in Frame
    }


def main() -> None:
    os.nice(_NICENESS)
    sys.stdout.buffer.write(packed(judged(_read(sys.stdin.buffer))))


if __name__ == "__main__":
    main()
