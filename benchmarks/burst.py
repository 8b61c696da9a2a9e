"""A burst of a hundred thousand reactions, and how long a command waits for its acknowledgement meanwhile.

Once undisturbed, and once with a bot that is killed in the middle: what it was not told of it has to find by looking.
"""

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
from storage import Storage, address_of

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
    sent_seconds: float  # Until the last reaction was given.
    written_seconds: float  # Until all ratings in the database were as they ought to be.
    missing: int  # Ratings that are not as they ought to be, when patience is at its end.
    milliseconds: Sequence[float]  # From each command's frame to its acknowledgement, while there was a bot.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    members = 100 if is_quick else 1_000
    events = members * WORKS * _DEEDS
    settings = StudioSettings(rate_limits=RELAXED)
    with workplace.data_folder() as data:
        async with Studio.open(port=0, settings=settings) as studio:
            crowd = [studio.add_person(f"guest{number}") for number in range(members)]
            await Storage.upgrade(address_of(data / "atelier.db"))
            async with _bot(studio, data) as bot:
                works, others = await _works(studio), await _works(studio)
                workplace.say(f"burst: {events:,} reactions")
                undisturbed = await _burst(studio, crowd, works, data)
                workplace.say(f"burst: {events:,} reactions, and the bot is killed")
                killed = await _burst_with_a_kill(studio, crowd, others, data, bot)
    return table(undisturbed, killed, events=events)


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
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_react(crowd, works, given))
        return await _measured(studio, sending, given, data, began=began)


async def _burst_with_a_kill(
    studio: Studio, crowd: Sequence[Person], works: Sequence[Message], data: Path, bot: Process
) -> Burst:
    """When half is given the bot is killed. The rest comes while nobody listens, while it starts and while it looks."""
    given: Given = {}
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_react(crowd, works, given))
        while len(given) < len(crowd) * len(works) / 2:  # noqa: ASYNC110
            await asyncio.sleep(_BETWEEN_STEPS_SECONDS)
        bot.kill()
        await bot.wait()
        await studio.until(lambda: not studio.is_bot_connected, within_seconds=60)
        async with _bot(studio, data):
            return await _measured(studio, sending, given, data, began=began)


async def _measured(studio: Studio, sending: asyncio.Task[float], given: Given, data: Path, *, began: float) -> Burst:
    milliseconds = []
    while not sending.done():
        milliseconds.append(await _acknowledged(studio))
        await asyncio.sleep(_BETWEEN_COMMANDS_SECONDS)
    sent = await sending
    missing = await _missing(data, given)
    while missing and time.monotonic() < sent + _PATIENCE_SECONDS:
        milliseconds.append(await _acknowledged(studio))
        await asyncio.sleep(_BETWEEN_COMMANDS_SECONDS)
        missing = await _missing(data, given)
    return Burst(
        sent_seconds=sent - began,
        written_seconds=time.monotonic() - began,
        missing=missing,
        milliseconds=milliseconds or [await _acknowledged(studio)],
    )


async def _react(crowd: Sequence[Person], works: Sequence[Message], given: Given) -> float:
    """Each member gives stars, takes them back, gives others, more, and takes the first of those back.

    Returns when, by the monotonic clock, all was given.
    """
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
    return time.monotonic()


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
    works = {message for message, _ in given}
    ours = {key: stars for key, stars in kept.items() if key[0] in works}
    return sum(ours.get(key) != given.get(key) for key in ours.keys() | given.keys())


def table(undisturbed: Burst, killed: Burst, *, events: int) -> Table:
    bursts = (undisturbed, killed)
    slowest = max(percentile(burst.milliseconds, 99) for burst in bursts)
    return Table(
        title="A burst of reactions",
        ran=(
            f"{events:,} events under {WORKS} works, as fast as the studio sends them, {_DEEDS} by each member "
            "under each work: stars given, taken back, others given. Then the same under as many other works, where "
            "the bot is killed (SIGKILL) when half is given, and started again while the rest comes. Meanwhile one "
            "`/history` after the other, where there is a bot, from its gateway frame to its acknowledgement, in "
            "milliseconds. The studio works in the process that measures, whose own waits are in the figures."
        ),
        columns=("", "undisturbed", "killed in the middle"),
        rows=[
            ("given within, s", *(f"{burst.sent_seconds:.0f}" for burst in bursts)),
            ("all ratings as they ought to be within, s", *(f"{burst.written_seconds:.0f}" for burst in bursts)),
            ("ratings that are not, in the end", *(str(burst.missing) for burst in bursts)),
            ("acknowledgement, p50 / p90 / p99, ms", *(_spread(burst.milliseconds) for burst in bursts)),
            ("commands", *(str(len(burst.milliseconds)) for burst in bursts)),
        ],
        notes=(
            f"Aim: p99 below {_AIM_MILLISECONDS:.0f} ms; {'reached' if slowest < _AIM_MILLISECONDS else 'missed'}.",
        ),
    )


def _spread(milliseconds: Sequence[float]) -> str:
    return " / ".join(f"{percentile(milliseconds, percent):.0f}" for percent in (50, 90, 99))
