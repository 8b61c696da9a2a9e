"""Resident memory of the actor's process over hundreds of jobs of pictures: whether it grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

import psutil

from benchmarks.pictures import SETTINGS, drawn
from benchmarks.spread import Slope
from benchmarks.stage import Stage
from benchmarks.table import Table
from benchmarks.workplace import FAKE, Workplace

_AIM_KB: Final = 20
_KB: Final = 1_000
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    jobs: int = 300
    settling: int = 50  # The first of them, in which libraries fill their caches.
    together: int = 10  # Whose mean is one point of the line: neighbours hang together.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    plan = Plan(jobs=40, settling=10, together=5) if is_quick else Plan()
    resident: list[int] = []
    async with Stage.open(workplace, model=FAKE, **SETTINGS) as stage:
        (actor,) = psutil.Process(stage.bot_pid).children()
        for job in range(plan.jobs):
            if job % plan.together == 0:
                workplace.say(f"memory with pictures: {job} of {plan.jobs}")
            await drawn(stage, members=1, count=1, seed=job, steps=2)
            resident.append(actor.memory_info().rss)
    return table(plan, resident)


def table(plan: Plan, resident: Sequence[int]) -> Table:
    """`resident`: bytes after each job."""
    settled = resident[plan.settling :]
    points = [
        mean(settled[start : start + plan.together])
        for start in range(0, len(settled) - plan.together + 1, plan.together)
    ]
    slope, scale = Slope.of(points), _KB * plan.together
    verdict = "reached" if slope.most <= _AIM_KB * scale else "missed"
    return Table(
        title="Memory over many pictures",
        ran=(
            f"The actor's process over {plan.jobs} `/imagine`s through the whole bot, one after the other, with the "
            "starter model: one picture of two steps each, made larger, looked at and sent. Megabytes after a job, and "
            "kilobytes that each job adds, by least squares through "
            f"means of {plan.together} after the first {plan.settling}."
        ),
        columns=("after the first", f"after {plan.settling}", f"after {plan.jobs}", "each job adds", "in 95 of 100"),
        rows=[
            (
                *(f"{bytes_ / _MB:.0f}" for bytes_ in (resident[0], resident[plan.settling], resident[-1])),
                f"{slope.each / scale:.1f}",
                f"{slope.least / scale:.1f} to {slope.most / scale:.1f}",
            )
        ],
        notes=(f"Aim: less than {_AIM_KB} kilobytes a job, surely. {verdict.capitalize()}.",),
    )
