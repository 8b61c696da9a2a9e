"""`/rate`, the leaderboard and curation: pages over a thousand works and over a million, and ratings among so many."""

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.bulk import ALL_TABLES, FIRST_DAY, FIRST_MEMBER, SERVER, BulkWork, fill, simulated
from benchmarks.history import times_of
from benchmarks.spread import percentile
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.mediums import Medium
from storage import Storage, address_of
from storage.domain import Axis, Place, Ranked, Selection, Via

SIZES: Final = (1_000, 100_000, 1_000_000)
QUICK_SIZES: Final = (1_000, 10_000)
_WORKS_A_PAGE: Final = 8
_MEMBERS: Final = 500
_READER: Final = MemberId(FIRST_MEMBER + 1)  # Who makes the most, and so has the most works to pass over.
_DAYS: Final = 700.0
_NEWEST_DAY: Final = FIRST_DAY + timedelta(days=_DAYS - 1)
_BARE_SERVER: Final = ServerId(SERVER + 1)
_WORKS_A_KIND: Final = 100  # In so many works, one is nearly the same as the first.
_TABLES: Final = (*ALL_TABLES, "standings")
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
    await Storage.upgrade(address_of(path))
    await asyncio.to_thread(_fill, path, size)
    async with Storage.open(address_of(path), media_folder=folder / "media") as storage:
        asking = {**_common(storage, size), **_sparse(storage), **_ratings(storage, size)}
        found = {name: await times_of(ask, runs=runs) for name, ask in asking.items()}
    await asyncio.to_thread(path.unlink)
    return found


def _fill(path: Path, size: int) -> None:
    """A server in which nobody rated what was made on the newest day, and one in which three works are rated."""
    works = simulated(size, members=_MEMBERS, days=_DAYS, rng=random.Random(7))
    fill(path, (replace(work, raters=0 if work.created_at >= _NEWEST_DAY else None) for work in works), tables=_TABLES)
    bare = (BulkWork(member=_READER, prompt="", created_at=FIRST_DAY, raters=int(number < 3)) for number in range(size))
    fill(path, bare, server=_BARE_SERVER, tables=_TABLES)
    with closing(sqlite3.connect(path)) as connection, connection:
        kin = "UPDATE standings SET alike = 1, is_lead = (creation = 1) WHERE creation <= ?"
        connection.execute(kin, (size // _WORKS_A_KIND,))


def _common(storage: Storage, size: int) -> Mapping[str, Ask]:
    middle = Place(low=3.0, creation=CreationId(size // 2))

    def best(wanted: Ranked, below: Place | None = None) -> Ask:
        return lambda: storage.standings.best(SERVER, wanted, limit=_WORKS_A_PAGE, below=below)

    def needy(member: MemberId) -> Ask:
        return lambda: storage.standings.neediest(SERVER, member, limit=_WORKS_A_PAGE, sight=None)

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
        "curation: near duplicates": best(Ranked(alike=CreationId(1))),
    }


def _sparse(storage: Storage) -> Mapping[str, Ask]:
    """What hardly a work is like, or none."""

    def best(wanted: Ranked, server: ServerId = SERVER, below: Place | None = None) -> Ask:
        return lambda: storage.standings.best(server, wanted, limit=_WORKS_A_PAGE, below=below)

    rated, waiting = Ranked(least_raters=1), Ranked(selection=Selection.OPEN)
    return {
        "leaderboard: pictures, none": best(replace(rated, medium=Medium.IMAGE)),
        "leaderboard: of the newest day, none": best(replace(rated, since=_NEWEST_DAY)),
        "leaderboard: where three are rated": best(rated, _BARE_SERVER),
        "leaderboard: beyond these three": best(rated, _BARE_SERVER, Place(low=1.0, creation=CreationId(1))),
        "curation: pictures, none": best(replace(waiting, medium=Medium.IMAGE)),
        "curation: with many raters, none": best(replace(waiting, least_raters=100)),
        "curation: with five stars, none": best(replace(waiting, least_score=5.0)),
        "curation: of the newest day and rated, none": best(replace(waiting, since=_NEWEST_DAY, least_raters=1)),
        "curation: of a tag, none": best(replace(waiting, tag="sea")),
    }


def _ratings(storage: Storage, size: int) -> Mapping[str, Ask]:
    """Each by a member who has rated nothing before."""
    members = count(FIRST_MEMBER + _MEMBERS + 1)

    def rating(work: int) -> Ask:
        async def rate() -> object:
            member, at = MemberId(next(members)), FIRST_DAY + timedelta(days=_DAYS)
            return await storage.ratings.say(CreationId(work), member, {Axis.OVERALL: 4}, via=Via.FORM, at=at)

        return rate

    return {
        "a rating: of a work like no other": rating(size),
        f"a rating: where one in {_WORKS_A_KIND} is nearly the same": rating(2),
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
        title="Standings: pages and ratings by the number of works",
        ran=(
            f"Each page of {_WORKS_A_PAGE} works {runs} times from SQLite, in a server of "
            f"{', '.join(f'{size:,}' for size in sizes)} works by {_MEMBERS} members, with scores of 0 to 6 raters; "
            "one in ten is decided, and one in a hundred nearly the same as the first. In milliseconds, the median and "
            "p95; growth is p95 over the most works in p95 over the fewest."
        ),
        columns=("p50 / p95, ms", *(f"{size:,}" for size in sizes), "growth"),
        rows=rows,
        notes=(f"Aim: p95 grows at most {_AIM:.0f} times; {'reached' if worst <= _AIM else 'missed'}.",),
    )


def _cell(milliseconds: Sequence[float]) -> str:
    return f"{percentile(milliseconds, 50):.1f} / {percentile(milliseconds, 95):.1f}"
