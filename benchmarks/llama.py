"""Tokens a second of the engine over llama.cpp against the one over transformers: the same weights, side by side."""

import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Final, Self

from benchmarks.processes import ROOT, spawned
from benchmarks.spread import Spread, ratios
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from inference.catalog.catalog import Catalog
from inference.catalog.puller import pull
from inference.contract.identifiers import ModelName

LLAMA: Final = ModelName("smollm2-135m-llama")
BACKENDS: Final = ("llama.cpp", "bfloat16", "float32")  # In the order in which they take their turns.
_WARM_UP_WORDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """As many texts at once."""

    backend: str
    rows: int
    words: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Prompts are part of the time, and not of the tokens."""

    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    words: int
    repetitions: int
    counts: Sequence[int] = (1, 4, 8)


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    plan = Plan(words=12, repetitions=1, counts=(1, 8)) if is_quick else Plan(words=60, repetitions=5)
    await pull(Catalog.load().get(LLAMA), workplace.models, lambda _: None)
    async with Rounds.open(workplace) as rounds:
        for backend in BACKENDS:
            await rounds.timed(Order(backend=backend, rows=1, words=_WARM_UP_WORDS, seed=0))
        measured: dict[int, dict[str, list[float]]] = {
            count: {backend: [] for backend in BACKENDS} for count in plan.counts
        }
        for repetition in range(plan.repetitions):
            for count, rates in measured.items():
                workplace.say(f"llama: {count} at once, {repetition + 1} of {plan.repetitions}")
                for backend in BACKENDS:
                    order = Order(backend=backend, rows=count, words=plan.words, seed=1 + 100 * repetition)
                    rates[backend].append((await rounds.timed(order)).rate)
    return table(plan, measured)


class Rounds:
    """The engines, in one process of their own. Only `open` makes one."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls, workplace: Workplace) -> AsyncIterator[Self]:
        # As the actor's process has it: threads that wait do not turn in circles.
        env = {"OMP_WAIT_POLICY": "PASSIVE"}
        async with spawned("benchmarks.llama_rounds", str(workplace.models), cwd=ROOT, env=env) as process:
            yield cls(process)

    async def timed(self, order: Order) -> Timing:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        await self._process.stdin.drain()
        return Timing(**json.loads(await self._process.stdout.readline()))


def table(plan: Plan, measured: Mapping[int, Mapping[str, Sequence[float]]]) -> Table:
    """`measured` has tokens a second by rows and backend."""
    return Table(
        title="Text on a processor: llama.cpp against transformers",
        ran=(
            f"The text engine over each, in one process and in turn, with SmolLM2-135M, about {plan.words} words a "
            "text, the same prompts, settings and seeds. llama.cpp (`ATELIER_TEXT_MODEL=smollm2-135m-llama`) computes "
            "with the Q4_1 weights as the file has them; transformers with the same weights widened to bfloat16, which "
            "is the default, and to float32. Tokens a second, prompts being part of the time."
        ),
        columns=("at once", "llama.cpp", "bfloat16", "llama.cpp ÷ that", "float32", "llama.cpp ÷ that"),
        rows=[_row(count, rates) for count, rates in measured.items()],
        notes=(f"Median (least to most) of {plan.repetitions} repetitions in turn; the quotients are of neighbours.",),
    )


def _row(count: int, rates: Mapping[str, Sequence[float]]) -> Sequence[str]:
    ours, bfloat16, float32 = (rates[backend] for backend in BACKENDS)
    return (
        str(count),
        Spread.of(ours).shown(),
        Spread.of(bfloat16).shown(),
        ratios(ours, bfloat16).shown(2),
        Spread.of(float32).shown(),
        ratios(ours, float32).shown(2),
    )
