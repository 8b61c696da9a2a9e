"""A burst of a hundred thousand reactions, and how long a command waits for its acknowledgement meanwhile."""

import asyncio
import random
import sqlite3
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import spawned
from benchmarks.spread import percentile
from benchmarks.table import Table
from benchmarks.workplace import FAKE, FAKE_PICTURES, Workplace
from bot.studio import RELAXED, Interaction, Message, Person, Studio, StudioSettings
from storage import Storage

WORKS: Final = 20
_STEP: Final = 250  # Reactions between two looks at how far the bot is.
_BETWEEN_STEPS_SECONDS: Final = 0.02
_BETWEEN_COMMANDS_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 900.0
_AIM_MILLISECONDS: Final = 200.0
_STARS: Final = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")
# What each member does under each work; the last one stands.
_DEEDS: Final = 5

Given = dict[tuple[int, int], int]  # By message and member, the stars.


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    events: int
    sent_seconds: float  # Until the last frame was on its way.
    written_seconds: float  # Until the last one was in the database.
    missing: int  # Ratings that are not as they ought to be, when all is written down.
    milliseconds: Sequence[float]  # From each command's frame to its acknowledgement, during the burst.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    members = 100 if is_quick else 1_000
    settings = StudioSettings(rate_limits=RELAXED)
    with workplace.data_folder() as data:
        async with Studio.open(port=0, settings=settings) as studio:
            crowd = [studio.add_person(f"guest{number}") for number in range(members)]
            await Storage.upgrade(f"sqlite:///{data / 'atelier.db'}")
            async with _bot(studio, data) as bot:
                works = await _works(studio)
                workplace.say(f"burst: {members * WORKS * _DEEDS:,} reactions")
                burst = await _burst(studio, crowd, works, data)
                bot.terminate()
                await bot.wait()
    return table(burst)


@asynccontextmanager
async def _bot(studio: Studio, data: Path) -> AsyncIterator[Process]:
    environment = {
        "DISCORD_TOKEN": "a-token",
        "DISCORD_API_URL": studio.api_url,
        "DISCORD_GATEWAY_URL": studio.gateway_url,
        "ATELIER_DATA_DIR": str(data),
        "ATELIER_TEXT_MODEL": FAKE,
        "ATELIER_IMAGE_MODEL": FAKE_PICTURES,
        "ATELIER_SEED_REACTIONS": "false",
        "ATELIER_METRICS_PORT": "off",
    }
    async with spawned("bot", "run", cwd=data, env=environment) as bot:
        ada = studio.person("ada")
        await studio.until(lambda: studio.is_bot_connected and bool(ada.commands()), within_seconds=60)
        yield bot


async def _works(studio: Studio) -> Sequence[Message]:
    ada = studio.person("ada")
    asked = [await ada.command("write", {"prompt": f"a work {number}", "length": 10}) for number in range(WORKS)]
    for one in asked:
        await studio.until(lambda: _is_finished(one), within_seconds=_PATIENCE_SECONDS)  # noqa: B023
    return [one.response for one in asked if one.response is not None]


def _is_finished(asked: Interaction) -> bool:
    note = asked.response
    return note is not None and any("recipe" in (button.custom_id or "") for button in note.buttons)


async def _burst(studio: Studio, crowd: Sequence[Person], works: Sequence[Message], data: Path) -> Burst:
    given: Given = {}
    began = time.monotonic()
    burst = asyncio.create_task(_react(crowd, works, given))
    milliseconds = []
    while not burst.done():
        milliseconds.append(await _acknowledged(studio))
        await asyncio.sleep(_BETWEEN_COMMANDS_SECONDS)
    await burst
    sent = time.monotonic()
    missing = await _missing(data, given)
    while missing and time.monotonic() < sent + _PATIENCE_SECONDS:
        milliseconds.append(await _acknowledged(studio))
        await asyncio.sleep(_BETWEEN_COMMANDS_SECONDS)
        missing = await _missing(data, given)
    return Burst(
        events=len(crowd) * len(works) * _DEEDS,
        sent_seconds=sent - began,
        written_seconds=time.monotonic() - began,
        missing=missing,
        milliseconds=milliseconds,
    )


async def _react(crowd: Sequence[Person], works: Sequence[Message], given: Given) -> None:
    """Each member gives stars, takes them back, gives others, more, and takes the first of those back."""
    rng = random.Random(7)
    count = 0
    for person in crowd:
        for work in works:
            first, second, third = rng.sample(range(5), 3)
            await person.react(work, _STARS[first])
            await person.unreact(work, _STARS[first])
            await person.react(work, _STARS[second])
            await person.react(work, _STARS[third])
            await person.unreact(work, _STARS[second])
            given[work.id, person.id] = third + 1
            count += _DEEDS
            if count % _STEP < _DEEDS:
                await asyncio.sleep(_BETWEEN_STEPS_SECONDS)


async def _acknowledged(studio: Studio) -> float:
    """Milliseconds from the frame of a command to its acknowledgement."""
    asked = await studio.person("lin").command("history")
    await studio.until(lambda: asked.is_acknowledged, within_seconds=_PATIENCE_SECONDS)
    assert asked.sent_ns is not None
    return (time.monotonic_ns() - asked.sent_ns) / 1e6


async def _missing(data: Path, given: Given) -> int:
    return await asyncio.to_thread(_count_missing, data, given)


def _count_missing(data: Path, given: Given) -> int:
    query = "SELECT message, ratings.member, stars FROM ratings JOIN posts USING (creation)"
    with closing(sqlite3.connect(data / "atelier.db", timeout=60)) as connection:
        kept = {(message, member): stars for message, member, stars in connection.execute(query)}
    return sum(kept.get(key) != stars for key, stars in given.items())


def table(burst: Burst) -> Table:
    p99 = percentile(burst.milliseconds, 99)
    figures = [f"{percentile(burst.milliseconds, percent):.0f}" for percent in (50, 90, 99)]
    return Table(
        title="A burst of reactions",
        ran=(
            f"{burst.events:,} events under {WORKS} works, as fast as the studio sends them, {_DEEDS} by each member "
            "under each work: stars given, taken back, others given. Meanwhile one `/history` after the other, from "
            "its gateway frame to its acknowledgement, in milliseconds. The studio works in the process that measures, "
            "whose own waits are in the figures."
        ),
        columns=("", ""),
        rows=[
            ("sent within, s", f"{burst.sent_seconds:.0f}"),
            ("written down within, s", f"{burst.written_seconds:.0f}"),
            ("ratings that are not as they ought to be", str(burst.missing)),
            ("acknowledgement, p50 / p90 / p99, ms", " / ".join(figures)),
            ("commands", str(len(burst.milliseconds))),
        ],
        notes=(f"Aim: p99 below {_AIM_MILLISECONDS:.0f} ms; {'reached' if p99 < _AIM_MILLISECONDS else 'missed'}.",),
    )
