"""From the gateway frame of a `/write` to the moment at which the actor's process takes the job up."""

import asyncio
import json
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.spread import percentile
from benchmarks.stage import Stage
from benchmarks.table import Table
from benchmarks.workplace import FAKE, Workplace

# What follows a work (reactions, rows) has ended by then; uneven, so as not to march in step with any heartbeat.
_REST_SECONDS: Final = (0.05, 0.15)
_WARMING_RUNS: Final = 20
_COMMITS: Final = 100
_AIMS: Final = {50: 15.0, 99: 60.0}
_PERCENTS: Final = (50, 90, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """When one request passed which door, by CLOCK_MONOTONIC (ns)."""

    sent_ns: int  # The studio writes the gateway frame.
    submitted_ns: int  # The bot has acknowledged it, and submits it to the queue.
    given_ns: int  # It is in the ledger, and given to the actor.
    started_ns: int  # The actor's process has it.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    runs = 50 if is_quick else 500
    # Seeding reactions takes a second a work, at most: runs that follow each other so closely would pile it up.
    settings = {"ATELIER_SEED_REACTIONS": "false"}
    async with Stage.open(workplace, model=FAKE, program="benchmarks.bot", **settings) as stage:
        rng = random.Random(7)
        asked = []
        for number in range(_WARMING_RUNS + runs):
            if number % 100 == _WARMING_RUNS:
                workplace.say(f"latency: {number - _WARMING_RUNS} of {runs}")
            asked.append(await stage.write("a lighthouse in winter", length=10))
            await stage.until_works(number + 1)
            await asyncio.sleep(rng.uniform(*_REST_SECONDS))
        passages = [await _passage(stage, one) for one in asked[_WARMING_RUNS:]]
        commits = _commit_milliseconds(stage.data)
    return table(passages, commits)


async def _passage(stage: Stage, interaction: str) -> Passage:
    stands = await stage.interaction(interaction)
    doors = _doors(stage.output)[int(stands["response_id"])]
    return Passage(sent_ns=stands["sent_ns"], **doors)


def _doors(output: Sequence[str]) -> Mapping[int, Mapping[str, int]]:
    """By message, what `benchmarks.bot` printed of its job in two lines."""
    jobs: dict[int, dict[str, int]] = {}
    for line in output:
        facts = json.loads(line)
        jobs.setdefault(facts.pop("job"), {}).update(facts)
    return {facts.pop("message"): facts for facts in jobs.values()}


def _commit_milliseconds(folder: Path) -> Sequence[float]:
    """What the disk takes to keep 4 KiB for good, which every commit waits for."""
    path = folder / "commit"
    seconds = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_COMMITS):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            seconds.append(1000 * (time.perf_counter() - began))
    return seconds


def table(passages: Sequence[Passage], commits: Sequence[float]) -> Table:
    """`commits` are milliseconds."""
    total = [(one.started_ns - one.sent_ns) / 1e6 for one in passages]
    parts = {
        "gateway, command, checks, deferral's round trip": [(one.submitted_ns - one.sent_ns) / 1e6 for one in passages],
        "ledger: reads, the commit, the next in line": [(one.given_ns - one.submitted_ns) / 1e6 for one in passages],
        "pipe, and the child's waking": [(one.started_ns - one.given_ns) / 1e6 for one in passages],
    }
    rows = [
        ("frame to started", *_percentiles(total)),
        *((name, *_percentiles(part)) for name, part in parts.items()),
    ]
    aims = ", ".join(f"p{percent} below {aim:.0f} ms" for percent, aim in _AIMS.items())
    verdicts = ", ".join(_verdict(percent, aim, percentile(total, percent)) for percent, aim in _AIMS.items())
    return Table(
        title="Latency: from the gateway frame to the start of the job",
        ran=(
            f"{len(passages)} `/write`s, one after the other, with the fake engine, an idle actor and no seeded "
            "reactions: from when the "
            "studio, a process of its own, writes the gateway frame to when the actor's process takes the job up, both "
            "by CLOCK_MONOTONIC, in milliseconds. The parts have percentiles of their own, which do not add up."
        ),
        columns=("ms", "p50", "p90", "p99", "most"),
        rows=[*rows, ("for comparison: fsync of 4 KiB on the same disk", *_percentiles(commits))],
        notes=(f"Aim: {aims}. {verdicts}.",),
    )


def _percentiles(milliseconds: Sequence[float]) -> Sequence[str]:
    return (*(f"{percentile(milliseconds, percent):.1f}" for percent in _PERCENTS), f"{max(milliseconds):.1f}")


def _verdict(percent: int, aim: float, measured: float) -> str:
    return f"p{percent} {'reached' if measured < aim else 'missed'}"
