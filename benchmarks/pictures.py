"""Pictures a second of simultaneous `/imagine`s, against one at a time, and against a bare loop of diffusers."""

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Final, Self

from benchmarks.bare_pictures_order import Order, Timing
from benchmarks.processes import ROOT, spawned
from benchmarks.spread import Spread, ratios
from benchmarks.stage import Stage
from benchmarks.table import Table
from benchmarks.workplace import FAKE, STARTER_PICTURES, Workplace
from inference.catalog.catalog import Catalog

PROMPTS: Final = ("a red fox", "a lighthouse", "a slice of cake", "a green tree")
_AIM: Final = 0.95
# Reactions are seeded for seconds after a work, and would run into the next measurement, which is another's.
SETTINGS: Final = {"ATELIER_IMAGE_MODEL": STARTER_PICTURES, "ATELIER_SEED_REACTIONS": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    repetitions: int
    members: Sequence[int] = (1, 4)
    count: int = 2  # Pictures of each: four members fill the engine's batch.


@dataclass(slots=True, kw_only=True)
class Rounds:
    """What was measured with one number of members, repetition by repetition; seconds."""

    together: list[float] = field(default_factory=list)
    one_at_a_time: list[float] = field(default_factory=list)
    bare: list[Timing] = field(default_factory=list)


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    plan = Plan(repetitions=1) if is_quick else Plan(repetitions=5)
    async with AsyncExitStack() as stack:
        together = await stack.enter_async_context(Stage.open(workplace, model=FAKE, **SETTINGS))
        one_at_a_time = await stack.enter_async_context(
            Stage.open(workplace, model=FAKE, **SETTINGS, ATELIER_BATCH_SIZE="1")
        )
        bare = await stack.enter_async_context(Bare.open(workplace))
        for stage in (together, one_at_a_time):  # Loads the models.
            await drawn(stage, members=1, count=1, seed=0)
        await bare.draw(1, 1)
        measured = {members: Rounds() for members in plan.members}
        for repetition in range(plan.repetitions):
            for members, rounds in measured.items():
                workplace.say(f"pictures: {members} members, {repetition + 1} of {plan.repetitions}")
                wish = {"members": members, "count": plan.count, "seed": 1 + repetition}
                rounds.together.append(await drawn(together, **wish))
                rounds.one_at_a_time.append(await drawn(one_at_a_time, **wish))
                rounds.bare.append(await bare.draw(members, plan.count))
    return table(plan, measured)


async def drawn(stage: Stage, *, members: int, count: int, seed: int, **options: object) -> float:
    """Seconds until the last work stood in the channel."""
    known = set(stage.works)
    began = time.monotonic_ns()
    await asyncio.gather(*(stage.imagine(prompt, count=count, seed=seed, **options) for prompt in PROMPTS[:members]))
    await stage.until_works(len(known) + members)
    return (max(at for work, at in stage.works.items() if work not in known) - began) / 1e9


class Bare:
    """The loop in its own process. Only `open` makes one."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls, workplace: Workplace) -> AsyncIterator[Self]:
        catalog = Catalog.load()
        upscaler = catalog.upscaler_of(catalog.get(STARTER_PICTURES)).name
        folders = [str(workplace.models / name) for name in (STARTER_PICTURES, upscaler)]
        environment = {"OMP_WAIT_POLICY": "PASSIVE"}  # As the bot's actor has it: other processes want the cores too.
        async with spawned("benchmarks.bare_pictures", *folders, cwd=ROOT, env=environment) as process:
            yield cls(process)

    async def draw(self, members: int, count: int) -> Timing:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(Order(prompts=PROMPTS[:members], count=count))).encode() + b"\n")
        await self._process.stdin.drain()
        return Timing(**json.loads(await self._process.stdout.readline()))


def table(plan: Plan, measured: Mapping[int, Rounds]) -> Table:
    """Pictures a second and their ratios."""
    rows = [_row(members, members * plan.count, rounds) for members, rounds in measured.items()]
    finished = [_against_finished(members * plan.count, rounds).median for members, rounds in measured.items()]
    verdict = "reached" if min(finished) >= _AIM else "missed"
    return Table(
        title="Pictures a second",
        ran=(
            f"`/imagine` with the starter model, {plan.count} pictures each, its own steps, 64 pixels made into 256, "
            "through the whole bot, until the last gallery stands in its channel. *One at a time* are the same "
            "requests, made at once of a bot with `ATELIER_BATCH_SIZE=1`. *Bare* is `StableDiffusionPipeline` in a "
            "loop, one call for the same prompts and as many pictures, no bot: first its drawing alone, then with what "
            "the bot does to every picture besides: making it larger, the classifier's look, and packing it as PNG."
        ),
        columns=(
            *("members", "bot", "one at a time", "bot ÷ that"),
            *("bare", "bot ÷ that", "bare, and finished", "bot ÷ that"),
        ),
        rows=rows,
        notes=(
            f"Median (least to most) of {plan.repetitions} repetitions in turn: bot, one at a time, bare, and again.",
            f"Aim: {_AIM} of the bare loop that finishes its pictures too. {verdict.capitalize()}.",
        ),
    )


def _row(members: int, pictures: int, rounds: Rounds) -> Sequence[str]:
    together, one_at_a_time = _rates(pictures, rounds.together), _rates(pictures, rounds.one_at_a_time)
    drawing = _rates(pictures, [timing.drawing_seconds for timing in rounds.bare])
    finished = _rates(pictures, [timing.drawing_seconds + timing.finishing_seconds for timing in rounds.bare])
    return (
        str(members),
        Spread.of(together).shown(2),
        Spread.of(one_at_a_time).shown(2),
        ratios(together, one_at_a_time).shown(2),
        Spread.of(drawing).shown(2),
        ratios(together, drawing).shown(2),
        Spread.of(finished).shown(2),
        ratios(together, finished).shown(2),
    )


def _against_finished(pictures: int, rounds: Rounds) -> Spread:
    finished = [timing.drawing_seconds + timing.finishing_seconds for timing in rounds.bare]
    return ratios(_rates(pictures, rounds.together), _rates(pictures, finished))


def _rates(pictures: int, seconds: Sequence[float]) -> Sequence[float]:
    return [pictures / each for each in seconds]
