"""When waiting and running jobs will be done, as intervals: pure functions of what they still cost.

The device is shared as the actor shares it: every row of every job that it holds gets the same part of each second,
and the next in line joins when one has ended ("processor sharing", L. Kleinrock, "Queueing Systems", volume 2, 1976,
chapter 4). Costs are a job's own part of the device's time, so that together they are the time that passes, and the
measured throughput is in them. The early end of an interval supposes that nobody joins after the job itself; the late
end, that all who wait behind it do. From there each end moves outwards by what the costs may be off.

What this cannot know: requests that are yet to come and go before it (fairness is by member), cancellations, a model
that has to be loaded first, and that jobs which go beside others cost less each than those that go alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inference.contract.identifiers import JobId
from inference.estimate import WEIGHT_OF_LATEST

# The truth lies within in four of five cases at the least: the deviation is itself an estimate from a few jobs.
STANDARD_DEVIATIONS: Final = 2.0
# The variance of an exponentially weighted mean, in those of one observation. It is off for all jobs alike.
_SHARED_VARIANCE: Final = WEIGHT_OF_LATEST / (2 - WEIGHT_OF_LATEST)

Eta = tuple[float, float]  # Seconds from now: at the earliest, at the latest.


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a job still costs, in device seconds."""

    job: JobId
    seconds: float
    deviation_seconds: float
    rows: int = 1


@dataclass(slots=True)
class _Share:
    """A job on the device."""

    load: Load
    left: float  # Seconds a row.


def forecast(running: Sequence[Load], waiting: Sequence[Load], *, capacity: int) -> Mapping[JobId, Eta]:
    """When each will be done. `waiting` stands in the order of its turn; `capacity` is how many rows run at a time."""
    now = 0.0
    shares = [_Share(each, _a_row(each)) for each in running]
    earliest = {share.load.job: _end_of(share, shares) for share in shares}
    latest: dict[JobId, float] = {}
    line = list(waiting)[::-1]
    while shares or line:
        while line and (not shares or sum(share.load.rows for share in shares) + line[-1].rows <= capacity):
            joined = _Share(line[-1], _a_row(line.pop()))
            shares.append(joined)
            earliest[joined.load.job] = now + _end_of(joined, shares)
        step = min(share.left for share in shares)
        now += step * sum(share.load.rows for share in shares)
        for share in shares:
            share.left -= step
            if share.left <= 0:
                latest[share.load.job] = now
        shares = [share for share in shares if share.left > 0]
    return _widened([*running, *waiting], earliest, latest, at_once=len(running))


def _a_row(load: Load) -> float:
    return load.seconds / load.rows


def _end_of(share: _Share, shares: Sequence[_Share]) -> float:
    """Seconds until it is done if nobody joins any more."""
    return sum(other.load.rows * min(other.left, share.left) for other in shares)


def _widened(
    loads: Sequence[Load], earliest: Mapping[JobId, float], latest: Mapping[JobId, float], *, at_once: int
) -> Mapping[JobId, Eta]:
    """Each end by what the costs of the job and of all before it may be off; those on the device go at once."""
    etas: dict[JobId, Eta] = {}
    squares = sum(load.deviation_seconds**2 for load in loads[:at_once])
    total = sum(load.deviation_seconds for load in loads[:at_once])
    for position, load in enumerate(loads):
        if position >= at_once:
            squares += load.deviation_seconds**2
            total += load.deviation_seconds
        margin = STANDARD_DEVIATIONS * math.sqrt(squares + _SHARED_VARIANCE * total**2)
        etas[load.job] = (max(0.0, earliest[load.job] - margin), latest[load.job] + margin)
    return etas
