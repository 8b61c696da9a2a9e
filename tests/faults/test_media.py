"""Another database than the media folder's: whatever the host does next, every file is still there."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.studio import Studio
from storage import Storage
from storage.media import OWNER
from storage.sweeping import FEW
from tests.storage.databases import create_postgres_database, postgres_address
from tests.support.host import Host, atelier

WORKS = 3
MANY = 3 * FEW


async def lived_in(host: Host) -> dict[str, bytes]:
    """Works of some days ago. Returns their files."""
    await host.start()
    for number in range(WORKS):
        await host.work_of(await host.write("ada", f"a lighthouse {number}", length=10))
    await host.stop()
    return aged(host)


def aged(host: Host) -> dict[str, bytes]:
    for path in host.media.glob("??/*/*"):
        os.utime(path, (0, 0))
    return files(host)


def files(host: Host) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in host.media.glob("??/*/*")}


async def command(host: Host, *arguments: str, **settings: str) -> tuple[int, str]:
    return await atelier(*arguments, folder=host.data, **host.environment(settings))


async def new_sqlite(host: Host) -> dict[str, str]:
    """The old file is moved away, and a new one made in its place."""
    path = host.data / "atelier.db"
    await asyncio.to_thread(path.rename, host.data / "aside.db")
    return {}


async def new_postgresql(host: Host) -> dict[str, str]:
    """As the README says it: one line."""
    return {"ATELIER_DATABASE_URL": postgres_address(await asyncio.to_thread(create_postgres_database))}


@pytest.mark.parametrize("is_marked", [True, False], ids=["a folder with an id", "a folder of before"])
@pytest.mark.parametrize("made", [new_sqlite, new_postgresql])
async def test_a_start_over_a_new_database_is_refused_and_loses_no_file(
    host: Host, studio: Studio, made: Callable[[Host], Awaitable[dict[str, str]]], is_marked: bool
) -> None:
    before = await lived_in(host)
    assert len(before) == WORKS
    if not is_marked:
        (host.media / OWNER).unlink()
    settings = await made(host)
    assert (await command(host, "db", "upgrade", **settings))[0] == 0

    code, said = await command(host, "run", **settings)

    assert code == 1
    assert "Traceback" not in said
    (line,) = [line for line in said.splitlines() if line.startswith("error:")]
    assert "atelier db adopt" in line
    assert files(host) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("members", "export", "1", "--out", "export.zip"),
        ("members", "erase", "1", "--yes"),
        ("release", "preview"),
        ("curate", "accept", "--dry-run"),
        ("doctor",),
        ("doctor", "--ledger"),
    ],
    ids=" ".join,
)
async def test_no_other_command_takes_another_databases_media(
    host: Host, studio: Studio, arguments: tuple[str, ...]
) -> None:
    before = await lived_in(host)
    settings = await new_postgresql(host)
    await command(host, "db", "upgrade", **settings)

    code, said = await command(host, *arguments, **settings)

    assert code == 1
    assert "another database" in said
    assert files(host) == before


async def test_a_database_of_yesterday_beside_media_of_today_loses_no_file(host: Host, studio: Studio) -> None:
    await lived_in(host)
    await asyncio.to_thread(shutil.copy, host.data / "atelier.db", host.data / "yesterday.db")
    async with host.storage() as storage:
        await today(storage)
    before = aged(host)
    await asyncio.to_thread((host.data / "yesterday.db").replace, host.data / "atelier.db")

    await host.start()
    left = await host.said("files that no row names were left where they are")
    await host.stop()

    assert f'"files": {MANY}' in left
    assert files(host) == before


async def today(storage: Storage) -> None:
    for number in range(MANY):
        await storage.media.put(f"of today {number}".encode(), "text/plain")


async def test_the_hosts_word_moves_many_files_to_the_trash_and_none_away(host: Host, studio: Studio) -> None:
    named = await lived_in(host)
    async with host.storage() as storage:
        await today(storage)
    before = aged(host)

    await host.start("--sweep")
    await host.said("files that no row names went to the trash")
    await host.stop()

    trashed = {path.name: path.read_bytes() for path in host.media.glob("trash/*/*")}
    assert files(host) == named
    assert files(host) | trashed == before


async def test_a_folder_that_the_host_gives_to_a_new_database_keeps_its_files(host: Host, studio: Studio) -> None:
    before = await lived_in(host)
    await new_sqlite(host)
    await command(host, "db", "upgrade")

    code, asked = await command(host, "db", "adopt")
    assert code == 1
    assert f"{WORKS} files, of which the database knows 0" in asked
    assert (await command(host, "db", "adopt", "--yes"))[0] == 0
    await host.start()
    await host.said("files that no row names were left where they are")

    assert files(host) == before


async def test_a_data_folder_whose_name_means_something_in_an_address_is_lived_in(
    studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "100% mine? #1 a:b@c"
    folder.mkdir()
    host = Host(studio, folder)
    try:
        assert (await command(host, "db", "upgrade"))[0] == 0
        await host.start()
        await host.work_of(await host.write("ada", "a lighthouse", length=10))
        await host.stop()
        assert (folder / "atelier.db").stat().st_size > 0
        assert await asyncio.to_thread(os.listdir, tmp_path) == [folder.name]
        code, said = await command(host, "doctor", "--ledger")
        assert code == 0, said
    finally:
        await host.kill()
