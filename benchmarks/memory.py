"""Resident memory of the bot's process, which has no torch in it, and of the actor's, which has."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from benchmarks.stage import Stage
from benchmarks.table import Table
from benchmarks.workplace import FAKE, STARTER, Workplace
from inference.contract.identifiers import ModelName

_AT_ONCE: Final = 4
_AIM_MB: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One process at one moment; bytes."""

    process: str
    moment: str
    resident: int
    unique: int  # Of these, what no other process shares.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    with_fake, with_starter = (24, 8) if is_quick else (100, 32)
    readings = [
        *await _read(workplace, FAKE, commands=with_fake),
        *await _read(workplace, STARTER, commands=with_starter),
    ]
    return table(readings)


async def _read(workplace: Workplace, model: ModelName, *, commands: int) -> Sequence[Reading]:
    async with Stage.open(workplace, model=model) as stage:
        bot = psutil.Process(stage.bot_pid)
        (actor,) = bot.children()
        before = _reading(bot, f"bot, {model}", "ready")
        for done in range(0, commands, _AT_ONCE):
            workplace.say(f"memory with {model}: {done} of {commands}")
            await asyncio.gather(*(stage.write("a lighthouse in winter", length=10) for _ in range(_AT_ONCE)))
            await stage.until_works(done + _AT_ONCE)
        after = f"after {commands} commands"
        return before, _reading(bot, f"bot, {model}", after), _reading(actor, f"actor, {model}", after)


def _reading(process: psutil.Process, name: str, moment: str) -> Reading:
    memory = process.memory_full_info()
    return Reading(process=name, moment=moment, resident=memory.rss, unique=memory.uss)


def table(readings: Sequence[Reading]) -> Table:
    largest = max(reading.resident for reading in readings if reading.process.startswith("bot"))
    verdict = "reached" if largest <= _AIM_MB * 1e6 else "missed"
    return Table(
        title="Memory: resident megabytes",
        ran=(
            f"The bot as `atelier run` starts it, with a token and so without a studio in its process, and its actor. "
            f"`/write`s of ten words, {_AT_ONCE} at a time. A megabyte is 1,000,000 bytes."
        ),
        columns=("process", "when", "resident", "not shared"),
        rows=[
            (each.process, each.moment, f"{each.resident / 1e6:.0f}", f"{each.unique / 1e6:.0f}") for each in readings
        ],
        notes=(f"Aim for the bot's process: {_AIM_MB} MB at most. {verdict.capitalize()}.",),
    )
