"""The data folder of a simulated community: its database, its media, and the truth about both."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import Connection, create_engine, insert

from benchmarks.bulk import FIRST_DAY, SERVER
from benchmarks.community.opinions import consents_of, duels_of, ratings_of
from benchmarks.community.rows import Files, Rows, media_in, rows_of
from benchmarks.community.taste import Taste
from benchmarks.community.works import DAYS, SimulatedWork, simulated_works
from inference.contract.identifiers import ServerId
from storage import Storage, address_of
from storage.tables import Row

TRUTH: Final = "truth.npz"  # `quality` by work, the work's id less one; `severity` by rater.
_BATCH: Final = 2_000

Told = Callable[[int], None]  # How many works are there.


async def fill(
    folder: Path, *, works: int, raters: int, seed: int, server: ServerId = SERVER, told: Told = lambda _: None
) -> Taste:
    """Make a data folder. The same figures make the same folder. Returns the truth, which lies in it as well."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    address = address_of((folder / "atelier.db").absolute())
    await Storage.upgrade(address)
    taste = await asyncio.to_thread(_filled, folder, address, works, raters, seed, server, told)
    async with Storage.open(address, media_folder=folder / "media") as storage:
        await storage.refits.refit(server, at=FIRST_DAY + timedelta(days=DAYS))
    return taste


def _filled(folder: Path, address: str, works: int, raters: int, seed: int, server: ServerId, told: Told) -> Taste:
    chance = np.random.default_rng(seed)
    taste = Taste.drawn(works=works, raters=raters, chance=chance)
    files = Files(media_in(folder))
    engine = create_engine(address)
    with engine.connect() as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):  # What breaks off is begun anew.
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        put(connection, {"consents": consents_of(raters, server, chance)})
        for some in batches(simulated_works(works, raters=raters, seed=seed), _BATCH):
            put(connection, rows_of(some, server, files, chance))
            put(connection, ratings_of(some, taste, chance))
            put(connection, {"duels": duels_of(some, server, taste, chance)})
            connection.commit()
            told(some[-1].number + 1)
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    engine.dispose()
    np.savez(folder / TRUTH, quality=taste.quality, severity=taste.severity)
    return taste


def put(connection: Connection, rows: Rows) -> None:
    for table, fields in rows.items():
        if fields:
            connection.execute(insert(Row.metadata.tables[table]), fields)


def batches(works: Iterable[SimulatedWork], size: int) -> Iterator[list[SimulatedWork]]:
    rest = iter(works)
    while some := list(islice(rest, size)):
        yield some
