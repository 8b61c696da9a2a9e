"""Reactions written down a second: in batches as the bot does, and one commit each."""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from benchmarks.bulk import FIRST_DAY, FIRST_MEMBER
from benchmarks.community.filling import fill
from benchmarks.community.rows import FIRST_MESSAGE
from benchmarks.spread import Spread, ratios
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from inference.contract.identifiers import MemberId, MessageId
from storage import Storage, address_of
from storage.domain import Reacted

BATCH: Final = 100  # As `bot.ratings_line` writes at most.
_WORKS: Final = 2_000
_RATERS: Final = 500
_AIM: Final = 10.0


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    repetitions, singles = (2, 100) if is_quick else (5, 400)
    alone, together = [], []
    with workplace.data_folder() as folder:
        workplace.say("reactions: a community")
        await fill(folder, works=_WORKS, raters=_RATERS, seed=7)
        async with Storage.open(address_of(folder / "atelier.db"), media_folder=folder / "media") as storage:
            events = _events(random.Random(7))
            for repetition in range(repetitions):
                workplace.say(f"reactions: {repetition + 1} of {repetitions}")
                alone.append(await _a_second(storage, [[next(events)] for _ in range(singles)]))
                batches = [[next(events) for _ in range(BATCH)] for _ in range(max(4, singles // 10))]
                together.append(await _a_second(storage, batches))
    return table(alone, together)


def _events(rng: random.Random) -> Iterator[Reacted]:
    """Of many members under many works, in order of time; one in five is taken back."""
    at = FIRST_DAY + timedelta(days=1_000)
    while True:
        at += timedelta(milliseconds=10)
        yield Reacted(
            message=MessageId(FIRST_MESSAGE + rng.randrange(_WORKS)),
            member=MemberId(FIRST_MEMBER + rng.randrange(_RATERS)),
            stars=rng.randint(1, 5),
            at=at,
            is_standing=rng.random() < 0.8,
        )


async def _a_second(storage: Storage, batches: Sequence[Sequence[Reacted]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        await storage.ratings.note_all(batch)
    return sum(map(len, batches)) / (time.perf_counter() - began)


def table(alone: Sequence[float], together: Sequence[float]) -> Table:
    gain = ratios(together, alone)
    return Table(
        title="Reactions: written down a second",
        ran=(
            f"Events of {_RATERS} members under {_WORKS:,} works with some ratings each, on SQLite with full "
            f"synchronisation: by a commit each, and by batches of {BATCH} as the bot writes a burst. Each moves its "
            "member's rating and its work's score."
        ),
        columns=("events a second", "", ""),
        rows=[
            ("one commit each", Spread.of(alone).shown(0), ""),
            (f"batches of {BATCH}", Spread.of(together).shown(0), f"{gain.shown()} times"),
        ],
        notes=(
            f"Median (least to most) of {len(alone)} repetitions in turn; the quotients are of neighbours.",
            f"Aim: {_AIM:.0f} times; {'reached' if gain.median >= _AIM else 'missed'}.",
        ),
    )
