"""Pages of the history and searches, over a thousand works and over a million."""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.bulk import FIRST_DAY, FIRST_MEMBER, SERVER, fill, simulated
from benchmarks.spread import percentile
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage import Storage, address_of
from storage.domain import Wanted

SIZES: Final = (1_000, 100_000, 1_000_000)
QUICK_SIZES: Final = (1_000, 10_000)
WORKS_A_PAGE: Final = 8  # As `/history` shows.

_MEMBERS: Final = 500
_DAYS: Final = 700.0
_READER: Final = MemberId(FIRST_MEMBER + 1)  # Who makes the most.
_WARMING_RUNS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page that a member asks for."""

    wanted: Wanted
    is_deep: bool = False  # From the middle of all works on, as somebody who has turned many pages.


_MONTH: Final = Wanted(medium=Medium.TEXT, since=FIRST_DAY + timedelta(days=300), until=FIRST_DAY + timedelta(days=330))
QUESTIONS: Final[Mapping[str, Question]] = {
    "my newest page": Question(wanted=Wanted(member=_READER)),
    "my page in the middle": Question(wanted=Wanted(member=_READER), is_deep=True),
    "the server's newest page": Question(wanted=Wanted()),
    "the server's page in the middle": Question(wanted=Wanted(), is_deep=True),
    "one medium, one month": Question(wanted=_MONTH),
    "search: a rare name": Question(wanted=Wanted(words="balisova")),
    "search: a common word": Question(wanted=Wanted(words="lighthouse")),
    "search: a common beginning": Question(wanted=Wanted(words="the quiet l")),
    "search: three common words, mine": Question(wanted=Wanted(words="golden heron sea", member=_READER)),
    "search: a Chinese word": Question(wanted=Wanted(words="灯塔")),
    "search: one Chinese character": Question(wanted=Wanted(words="月")),
    "search: a Chinese sentence": Question(wanted=Wanted(words="冬天的灯塔和月光下的海")),
    "search: Chinese that no prompt has": Question(wanted=Wanted(words="塔灯海光")),
}

Times = Mapping[str, Sequence[float]]  # Milliseconds, by question.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    runs = 20 if is_quick else 40
    measured: dict[int, Times] = {}
    with tempfile.TemporaryDirectory(prefix="atelier-history-") as folder:
        for size in QUICK_SIZES if is_quick else SIZES:
            workplace.say(f"history: {size} works")
            measured[size] = await _measured(Path(folder), size, runs=runs)
    return table(measured, runs=runs)


async def _measured(folder: Path, size: int, *, runs: int) -> Times:
    path = folder / f"{size}.db"
    await Storage.upgrade(address_of(path))
    works = simulated(size, members=_MEMBERS, days=_DAYS, rng=random.Random(7))
    await asyncio.to_thread(fill, path, works)
    async with Storage.open(address_of(path), media_folder=folder / "media") as storage:
        times = {name: await times_of(_asking(storage, one, size), runs=runs) for name, one in QUESTIONS.items()}
    await asyncio.to_thread(path.unlink)
    return times


def _asking(storage: Storage, question: Question, size: int) -> Callable[[], Awaitable[object]]:
    older_than = CreationId(size // 2) if question.is_deep else None

    async def ask() -> object:
        return await storage.creations.page(
            SERVER, question.wanted, viewer=_READER, limit=WORKS_A_PAGE, older_than=older_than
        )

    return ask


async def times_of(ask: Callable[[], Awaitable[object]], *, runs: int) -> Sequence[float]:
    """Milliseconds of each of some runs, after a few that are not counted."""
    for _ in range(_WARMING_RUNS):
        await ask()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        await ask()
        times.append(1000 * (time.perf_counter() - began))
    return times


def table(measured: Mapping[int, Times], *, runs: int) -> Table:
    sizes = sorted(measured)
    least, most = sizes[0], sizes[-1]
    rows = []
    for name in measured[least]:
        cells = [
            " / ".join(f"{percentile(measured[size][name], percent):.1f}" for percent in (50, 95)) for size in sizes
        ]
        growth = percentile(measured[most][name], 95) / percentile(measured[least][name], 95)
        rows.append((name, *cells, f"{growth:.1f}"))
    worst = max(rows, key=lambda row: float(row[-1]))
    return Table(
        title="History: pages and searches by the number of works",
        ran=(
            f"Each page of {WORKS_A_PAGE} works, whole with its recipes, {runs} times from SQLite, in a server of "
            f"{', '.join(f'{size:,}' for size in sizes)} works by {_MEMBERS} members, of whom the reader makes the "
            "most; a third of the prompts are Chinese. In milliseconds, the median and p95; growth is p95 over the "
            "most works in p95 over the fewest."
        ),
        columns=("p50 / p95, ms", *(f"{size:,}" for size in sizes), "growth"),
        rows=rows,
        notes=(f"{most // least:,} times the works; the most that a page grew by is {worst[-1]} times: {worst[0]}.",),
    )
