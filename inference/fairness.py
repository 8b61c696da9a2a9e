"""The one clock of fairness: start-time fair queueing over members.

Goyal, Vin, Cheng: "Start-time Fair Queueing: A Scheduling Algorithm for Integrated Services Packet Switching Networks",
SIGCOMM 1996. A member's job begins, in virtual time, when the member's last one ended there or now, whichever is later;
the job with the least start tag is served next. Costs are predicted device seconds, so that ten short poems weigh as
much as one long script, and a member who returns neither saved up turns nor owes any.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.contract.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """When a job begins and ends in virtual time, in device seconds."""

    start: float
    finish: float


def tags_of(*, cost_seconds: float, virtual_time: float, last_finish_tag: float) -> Tags:
    """Stamp a job that costs `cost_seconds`, for a member whose last job has `last_finish_tag`."""
    start = max(virtual_time, last_finish_tag)
    return Tags(start=start, finish=start + cost_seconds)


def next_jobs(waiting: Sequence[Job], *, held: Sequence[Job], capacity: int) -> Sequence[Job]:
    """Those of `waiting` (in order of their tags) that may join what the actor holds, `capacity` rows in all.

    What stands behind a job that has to wait does not overtake it. One of many rows waits until they fit; where nobody
    is beside it, it goes whatever it takes. One that the actor died with runs alone, so that a job that kills the
    actor does not take its neighbours along.
    """
    chosen: list[Job] = []
    for job in waiting:
        company = [*held, *chosen]
        if company and sum(one.request.rows for one in (job, *company)) > capacity:
            break
        if company and any(one.attempts for one in (job, *company)):
            break
        chosen.append(job)
    return chosen
