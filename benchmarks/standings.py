"""`/rate`, the leaderboard and curation: pages over a thousand works and over a million."""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.bulk import ALL_TABLES, FIRST_MEMBER, SERVER, fill, simulated
from benchmarks.history import times_of
from benchmarks.spread import percentile
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage import Storage
from storage.domain import Place, Ranked, Selection

SIZES: Final = (1_000, 100_000, 1_000_000)
QUICK_SIZES: Final = (1_000, 10_000)
_WORKS_A_PAGE: Final = 8
_MEMBERS: Final = 500
_READER: Final = MemberId(FIRST_MEMBER + 1)  # Who makes the most, and so has the most works to pass over.
_AIM: Final = 2.0

Ask = Callable[[], Awaitable[object]]
Times = Mapping[str, Sequence[float]]  # Milliseconds, by question.


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    runs = 20 if is_quick else 60
    measured: dict[int, Times] = {}
    with tempfile.TemporaryDirectory(prefix="atelier-standings-") as folder:
        for size in QUICK_SIZES if is_quick else SIZES:
            workplace.say(f"standings: {size:,} works")
            measured[size] = await _measured(Path(folder), size, runs=runs)
    return table(measured, runs=runs)


async def _measured(folder: Path, size: int, *, runs: int) -> Times:
    path = folder / f"{size}.db"
    await Storage.upgrade(f"sqlite:///{path}")
    works = simulated(size, members=_MEMBERS, days=700.0, rng=random.Random(7))
    await asyncio.to_thread(fill, path, works, tables=(*ALL_TABLES, "standings"))
    async with Storage.open(f"sqlite:///{path}", media_folder=folder / "media") as storage:
        found = {name: await times_of(ask, runs=runs) for name, ask in _questions(storage, size).items()}
    await asyncio.to_thread(path.unlink)
    return found


def _questions(storage: Storage, size: int) -> Mapping[str, Ask]:
    middle = Place(low=3.0, creation=CreationId(size // 2))

    def best(wanted: Ranked, below: Place | None = None) -> Ask:
        return lambda: storage.standings.best(SERVER, wanted, limit=_WORKS_A_PAGE, below=below)

    def needy(member: MemberId) -> Ask:
        return lambda: storage.standings.neediest(SERVER, member, limit=_WORKS_A_PAGE)

    waiting = Ranked(selection=Selection.OPEN)
    return {
        "/rate: what needs a rating most": needy(MemberId(FIRST_MEMBER + _MEMBERS + 1)),
        "/rate: the same, of who made the most": needy(_READER),
        "leaderboard: the first page": best(Ranked(least_raters=1)),
        "leaderboard: a page in the middle": best(Ranked(least_raters=1), middle),
        "leaderboard: of one medium": best(Ranked(medium=Medium.TEXT, least_raters=1)),
        "curation: the first that waits": best(waiting),
        "curation: in the middle": best(waiting, middle),
        "curation: with three raters, safe": best(Ranked(selection=Selection.OPEN, least_raters=3, most_unsafe=0.5)),
        "curation: what was accepted": best(Ranked(selection=Selection.ACCEPTED)),
    }


def table(measured: Mapping[int, Times], *, runs: int) -> Table:
    sizes = sorted(measured)
    least, most = sizes[0], sizes[-1]
    rows = []
    for name in measured[least]:
        cells = [
            f"{percentile(measured[size][name], 50):.1f} / {percentile(measured[size][name], 95):.1f}" for size in sizes
        ]
        growth = percentile(measured[most][name], 95) / percentile(measured[least][name], 95)
        rows.append((name, *cells, f"{growth:.1f}"))
    worst = max(float(row[-1]) for row in rows)
    return Table(
        title="Standings: pages by the number of works",
        ran=(
            f"Each page of {_WORKS_A_PAGE} works {runs} times from SQLite, in a server of "
            f"{', '.join(f'{size:,}' for size in sizes)} works by {_MEMBERS} members, with scores of 0 to 6 raters; "
            "one in ten is decided. In milliseconds, the median and p95; growth is p95 over the most works in "
            "p95 over the fewest."
        ),
        columns=("p50 / p95, ms", *(f"{size:,}" for size in sizes), "growth"),
        rows=rows,
        notes=(f"Aim: p95 grows at most {_AIM:.0f} times; {'reached' if worst <= _AIM else 'missed'}.",),
    )


def _cell(milliseconds: Sequence[float]) -> str:
    return f"{percentile(milliseconds, 50):.1f} / {percentile(milliseconds, 95):.1f}"
