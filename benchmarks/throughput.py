"""Tokens a second of simultaneous `/write`s, against one at a time, and against a bare decode of one static batch."""

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Final, Self

from benchmarks.processes import ROOT, spawned
from benchmarks.spread import Spread, ratios
from benchmarks.stage import Stage
from benchmarks.static_batch_order import Order, Timing
from benchmarks.table import Table
from benchmarks.workplace import STARTER, Workplace
from inference.contract.identifiers import CreationId
from storage import Storage, address_of

_PROMPTS: Final = (
    "a lighthouse keeper who writes letters to the sea",
    "the first day of spring in a town without clocks",
    "a baker who remembers the name of every customer",
    "two old friends who meet on a train by chance",
    "a garden that grows only when nobody is watching",
    "the last bus of the evening and its tired driver",
    "a child who finds a map in a library book",
    "a musician who plays for the birds on the roof",
)
# Reactions are seeded for seconds after a work, and would run into the next measurement, which is another's.
_SETTINGS: Final = {"ATELIER_SEED_REACTIONS": "false"}
_TOKENS_A_WORD: Final = 1.35  # Of the starter model in English, which makes the static batch about as long.


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    words: int
    repetitions: int
    counts: Sequence[int] = (1, 4, 8)

    @property
    def tokens(self) -> int:
        return round(self.words * _TOKENS_A_WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Requests that were made at once, and how long it took until the last work stood in the channel."""

    seconds: float
    works: Sequence[CreationId]


@dataclass(slots=True, kw_only=True)
class Rounds:
    """What was measured with one number of simultaneous requests, repetition by repetition."""

    together: list[Round] = field(default_factory=list)
    one_at_a_time: list[Round] = field(default_factory=list)
    bare: list[Timing] = field(default_factory=list)


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    plan = Plan(words=12, repetitions=1, counts=(1, 8)) if is_quick else Plan(words=60, repetitions=3)
    async with AsyncExitStack() as stack:
        together = await stack.enter_async_context(Stage.open(workplace, model=STARTER, **_SETTINGS))
        one_at_a_time = await stack.enter_async_context(
            Stage.open(workplace, model=STARTER, **_SETTINGS, ATELIER_BATCH_SIZE="1")
        )
        bare = await stack.enter_async_context(Bare.open(workplace))
        for stage in (together, one_at_a_time):  # Loads the model.
            await _written(stage, Plan(words=10, repetitions=1), seed=0, count=1)
        await bare.decode(1, Plan(words=10, repetitions=1))
        measured = {count: Rounds() for count in plan.counts}
        for repetition in range(plan.repetitions):
            for count, rounds in measured.items():
                workplace.say(f"throughput: {count} at once, {repetition + 1} of {plan.repetitions}")
                seed = 1 + repetition * max(plan.counts)
                rounds.together.append(await _written(together, plan, seed=seed, count=count))
                rounds.one_at_a_time.append(await _written(one_at_a_time, plan, seed=seed, count=count))
                rounds.bare.append(await bare.decode(count, plan))
        return table(plan, measured, await _tokens_of(together), await _tokens_of(one_at_a_time))


async def _written(stage: Stage, plan: Plan, *, seed: int, count: int) -> Round:
    known = set(stage.works)
    began = time.monotonic_ns()
    requests = (
        stage.write(prompt, length=plan.words, seed=seed + number) for number, prompt in enumerate(_PROMPTS[:count])
    )
    await asyncio.gather(*requests)
    await stage.until_works(len(known) + count)
    works = {work: at for work, at in stage.works.items() if work not in known}
    return Round(seconds=(max(works.values()) - began) / 1e9, works=tuple(works))


async def _tokens_of(stage: Stage) -> Mapping[CreationId, int]:
    """As many as the engine decoded for each work, by its provenance; what it cut off at the end is among them."""
    async with Storage.open(address_of(stage.data / "atelier.db"), media_folder=stage.data / "media") as storage:
        creations = [await storage.creations.get(work) for work in stage.works]
    return {creation.id: int(creation.provenance.settings["tokens"]) for creation in creations}


class Bare:
    """The static batch in its own process. Only `open` makes one."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls, workplace: Workplace) -> AsyncIterator[Self]:
        folder = str(workplace.models / STARTER)
        async with spawned("benchmarks.static_batch", folder, cwd=ROOT, env={}) as process:
            yield cls(process)

    async def decode(self, rows: int, plan: Plan) -> Timing:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = Order(prompts=_PROMPTS[:rows], words=plan.words, tokens=plan.tokens)
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        await self._process.stdin.drain()
        return Timing(**json.loads(await self._process.stdout.readline()))


def table(
    plan: Plan,
    measured: Mapping[int, Rounds],
    together: Mapping[CreationId, int],
    one_at_a_time: Mapping[CreationId, int],
) -> Table:
    """Tokens a second and their ratios. `together` and `one_at_a_time` have the tokens of each work."""
    works = [work for rounds in measured.values() for one in rounds.together for work in one.works]
    mean = sum(together[work] for work in works) / len(works)
    return Table(
        title="Text: tokens a second",
        ran=(
            f"`/write` with SmolLM2-135M in bfloat16, about {plan.words} words a text, without seeded "
            "reactions, through the whole bot: a studio "
            "in a process of its own, HTTP and WebSocket, queue, actor, SQLite, until the last work stands in its "
            "channel; prompts are part of the time. *One at a time* are the same requests, made at once of a bot with "
            "`ATELIER_BATCH_SIZE=1`, which is how other bots serve a queue. *Bare* is a loop over `model(...)` with "
            f"transformers' `DynamicCache`, one static batch of the same prompts with the same sampling, {plan.tokens} "
            "tokens a row, no bot: first the decoding alone, then with the prompts."
        ),
        columns=(
            *("at once", "bot", "one at a time", "bot ÷ that"),
            *("bare", "bot ÷ that", "bare, with prompts", "bot ÷ that"),
        ),
        rows=[
            _row(
                count,
                together=[_rate(one, together) for one in rounds.together],
                one_at_a_time=[_rate(one, one_at_a_time) for one in rounds.one_at_a_time],
                bare=rounds.bare,
                tokens=count * plan.tokens,
            )
            for count, rounds in measured.items()
        ],
        notes=(
            f"Median (least to most) of {plan.repetitions} repetitions in turn: bot, one at a time, bare, and again.",
            f"Tokens are what the engine decoded, by each work's provenance: {mean:.0f} a text on average.",
        ),
    )


def _row(
    count: int, *, together: Sequence[float], one_at_a_time: Sequence[float], bare: Sequence[Timing], tokens: int
) -> Sequence[str]:
    """`tokens` are those of the static batch; the others are tokens a second."""
    decoding = [tokens / timing.decode_seconds for timing in bare]
    with_prompts = [tokens / (timing.prompt_seconds + timing.decode_seconds) for timing in bare]
    return (
        str(count),
        Spread.of(together).shown(),
        Spread.of(one_at_a_time).shown(),
        ratios(together, one_at_a_time).shown(2),
        Spread.of(decoding).shown(),
        ratios(together, decoding).shown(2),
        Spread.of(with_prompts).shown(),
        ratios(together, with_prompts).shown(2),
    )


def _rate(one: Round, tokens: Mapping[CreationId, int]) -> float:
    return sum(tokens[work] for work in one.works) / one.seconds
