"""Backups of a bot that works and is killed, and what comes back of them."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.studio import Studio
from inference.contract.identifiers import MemberId
from storage.backup.folder import BackupFolder
from storage.backup.replay import member_columns
from storage.schema import REVISION, migrating
from tests.storage.databases import create_postgres_database, postgres, postgres_address
from tests.storage.test_upgrade import first_revision
from tests.support.host import Host, atelier
from tests.support.privacy import form_of
from tests.support.warm import WarmProcess

FAST = {"ATELIER_FAKE_PACE_SECONDS": "0.002"}


@pytest.fixture
def empty_postgresql_address() -> Iterator[str]:
    name = create_postgres_database()
    yield postgres_address(name)
    postgres().psql(f"DROP DATABASE {name} WITH (FORCE);")


async def command(host: Host, *arguments: str, data: Path | None = None) -> str:
    environment = host.environment({"COLUMNS": "200"}) | ({"ATELIER_DATA_DIR": str(data)} if data else {})
    code, said = await atelier(*arguments, folder=host.data, **environment)
    assert code == 0, said
    return said


async def begun(host: Host, place: Path) -> WarmProcess:
    return await WarmProcess.spawn("backup", "--to", str(place), cwd=host.data, env=host.environment({}))


async def asked_for(host: Host, *, texts: int) -> None:
    """Work for a while, so that jobs run and end while something else happens."""
    for number in range(texts):
        await host.accepted(await host.write(("ada", "lin", "mira")[number % 3], f"a lighthouse {number}", length=60))


def works_in(database: Path) -> set[tuple[int, str, str]]:
    """Number, hash and author of each."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT creations.id, artifacts.sha256, creations.member FROM creations "
            "JOIN artifacts ON artifacts.creation = creations.id"
        )
        return {(number, sha256, str(member)) for number, sha256, member in rows}


async def killed_at(process: WarmProcess, place: Path, pattern: str) -> None:
    """Kill it as soon as a file of this pattern is there, or let it end when it is faster."""
    while process.returncode is None and not await asyncio.to_thread(lambda: list(place.glob(pattern))):
        pass
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()


async def test_a_backup_under_load_and_kills_brings_back_every_work_and_nobody_who_was_erased(
    host: Host, studio: Studio, tmp_path: Path
) -> None:
    place = tmp_path / "backups"
    await host.start(**FAST)
    await host.work_of(await host.write("ada", "anna's secret", length=20))
    await asked_for(host, texts=6)
    for pattern in (".half-*", ".half-*/atelier.db", "pool/??/??/*", ".half-*/manifest.json"):
        await killed_at(await begun(host, place), place, pattern)
        await asked_for(host, texts=2)
    backing_up = await begun(host, place)
    await asked_for(host, texts=3)
    assert await backing_up.wait() == 0
    await host.kill()
    snapshot = BackupFolder(place).find(None)
    saved = works_in(snapshot / "atelier.db")
    ada = studio.person("ada").id
    assert any(author == str(ada) for _, _, author in saved)

    await host.start(**FAST)
    form = await form_of(host, "ada")
    await studio.person("ada").submit(form, {"word": "erase", "scope": "everywhere", "messages": "left"})
    await host.said("a member was erased")
    await host.kill()

    new = tmp_path / "new"
    said = await command(host, "restore", str(place), snapshot.name, data=new)
    assert "Erased again: 1 members" in said
    back = works_in(new / "atelier.db")
    assert back == {work for work in saved if work[2] != str(ada)}
    files = {path.name.partition(".")[0] for path in new.glob("media/??/??/*")}
    assert files == {sha256 for _, sha256, _ in back}
    with closing(sqlite3.connect(new / "atelier.db")) as connection:
        for column in member_columns():
            named = connection.execute(f"SELECT count(*) FROM {column.table} WHERE {column.name} = ?", (MemberId(ada),))
            assert named.fetchone() == (0,), column
        assert connection.execute("SELECT count(*) FROM jobs WHERE request LIKE '%secret%'").fetchone() == (0,)

    moved = Host(studio, new)
    try:
        await moved.start(**FAST)
        await moved.work_of(await moved.write("lin", "after the restore", length=20))
    finally:
        await moved.kill()


@pytest.mark.parametrize("pattern", [".restoring", ".restoring/atelier.db", "restore-begun", "before-restore-*/media"])
async def test_a_restore_that_is_killed_leaves_all_or_keeps_the_bot_out_until_it_is_run_again(
    host: Host, studio: Studio, tmp_path: Path, pattern: str
) -> None:
    place = tmp_path / "backups"
    await host.start(**FAST)
    await host.work_of(await host.write("ada", length=20))
    await host.stop()
    await command(host, "backup", "--to", str(place))
    before = works_in(host.data / "atelier.db")
    process = await WarmProcess.spawn("restore", str(place), "--over", cwd=host.data, env=host.environment({}))
    await killed_at(process, host.data, pattern)
    if (host.data / "restore-begun").exists():
        code, said = await atelier("run", folder=host.data, **host.environment({"COLUMNS": "200"}))
        assert code == 1
        assert "was cut off: run it again" in said
    else:
        assert works_in(host.data / "atelier.db") == before

    await command(host, "restore", str(place), "--over")

    assert works_in(host.data / "atelier.db") == before
    assert not (host.data / ".restoring").exists()
    await host.start(**FAST)
    await host.work_of(await host.write("ada", length=20))


@pytest.mark.parametrize("arguments", [("run",), ("db", "upgrade"), ("members", "erase", "1", "--yes")])
async def test_nothing_works_with_a_folder_that_is_half_restored(
    host: Host, studio: Studio, arguments: tuple[str, ...]
) -> None:
    await host.make_database()
    (host.data / "restore-begun").touch()
    code, said = await atelier(*arguments, folder=host.data, **host.environment({"COLUMNS": "200"}))
    assert code == 1
    assert "was cut off: run it again" in said


async def test_a_restore_beside_a_running_bot_is_refused(host: Host, studio: Studio, tmp_path: Path) -> None:
    await host.start(**FAST)
    await host.work_of(await host.write("ada", length=20))
    await command(host, "backup", "--to", str(tmp_path / "backups"))
    code, said = await atelier("restore", str(tmp_path / "backups"), "--over", folder=host.data, **host.environment({}))
    assert code == 1
    assert "another Atelier is running" in said


@pytest.mark.parametrize("options", [(), ("--without-backup",)])
async def test_an_upgrade_backs_up_first_what_there_is_to_lose(tmp_path: Path, options: tuple[str, ...]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await first_revision(f"sqlite:///{data / 'atelier.db'}")
    code, said = await atelier("db", "upgrade", *options, folder=tmp_path)
    assert code == 0, said
    assert ("Backed up before the upgrade" in said) is (not options)
    assert f"to {REVISION}" in said
    assert bool(BackupFolder(data / "backups").names()) is (not options)
    code, said = await atelier("db", "upgrade", folder=tmp_path)
    assert "Backed up" not in said


async def test_a_backup_from_before_an_upgrade_is_upgraded_when_it_comes_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await first_revision(f"sqlite:///{data / 'atelier.db'}")
    await atelier("db", "upgrade", folder=tmp_path)
    code, said = await atelier("restore", "--over", folder=tmp_path)
    assert code == 0, said
    with closing(sqlite3.connect(data / "atelier.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISION,)
        assert connection.execute("SELECT count(*) FROM creations").fetchone() == (2,)


async def test_an_upgrade_of_postgresql_without_its_programs_waits_for_the_hosts_word(
    empty_postgresql_address: str, tmp_path: Path
) -> None:
    await first_revision(empty_postgresql_address)
    environment = {"ATELIER_DATABASE_URL": empty_postgresql_address, "PATH": str(tmp_path)}
    code, said = await atelier("db", "upgrade", folder=tmp_path, **environment)
    assert code == 1
    assert re.search("pg_dump is not here.*--without-backup", said)
    async with migrating(empty_postgresql_address) as connection:
        assert (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar() == "0001"
    code, said = await atelier("db", "upgrade", "--without-backup", folder=tmp_path, **environment)
    assert code == 0, said


async def test_every_backup_of_a_folder_can_be_read_and_a_damaged_one_is_named(
    host: Host, studio: Studio, tmp_path: Path
) -> None:
    place = tmp_path / "backups"
    await host.start(**FAST)
    await host.work_of(await host.write("ada", length=20))
    await command(host, "backup", "--to", str(place))
    assert "✓" in await command(host, "backup", "--to", str(place), "--check")
    (pooled,) = place.glob("pool/??/??/*")
    pooled.unlink()
    code, said = await atelier(
        "backup", "--to", str(place), "--check", folder=host.data, **host.environment({"COLUMNS": "200"})
    )
    assert code == 1
    assert "is damaged" in said
    assert pooled.name in said
