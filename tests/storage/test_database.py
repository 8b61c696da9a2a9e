import asyncio
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ApplicationId
from inference.contract.jobs import JobState
from storage import DatabaseUrlError, Storage
from storage.database import Database, address_of, normalised
from storage.survey import Survey
from storage.tables import CommandTreeRow
from tests.storage.databases import postgres
from tests.storage.works import NOON, after, submission

APPLICATION = ApplicationId(3)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///data/atelier.db", "sqlite+aiosqlite:///data/atelier.db"),
        ("sqlite+aiosqlite:////data/atelier.db", "sqlite+aiosqlite:////data/atelier.db"),
        ("postgres://host/atelier", "postgresql+asyncpg://host/atelier"),
        ("postgresql://me:secret@host:5432/atelier", "postgresql+asyncpg://me:secret@host:5432/atelier"),
        ("postgresql+asyncpg://host/atelier", "postgresql+asyncpg://host/atelier"),
        ("postgres://host/atelier?sslmode=require", "postgresql+asyncpg://host/atelier?ssl=require"),
    ],
)
def test_an_address_names_the_driver_that_is_used(given: str, used: str) -> None:
    assert normalised(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize("address", ["mysql://me:secret@host/atelier", "secret", ""])
def test_another_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        normalised(address)
    assert "secret" not in str(caught.value)


async def test_sqlite_is_set_for_durability(sqlite_address: str) -> None:
    async with Database.open(sqlite_address, busy_timeout_seconds=1.5) as database, database.reading() as session:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        found = [await session.scalar(text(f"PRAGMA {pragma}")) for pragma in pragmas]

    full = 2
    assert found == ["wal", full, 1, 1500, 1]


async def test_a_reader_waits_for_no_writer(address: str) -> None:
    async with Database.open(address) as database, database.writing() as writer:
        writer.add(CommandTreeRow(application=APPLICATION, digest="new"))
        await writer.flush()

        async with asyncio.timeout(1), database.reading() as reader:
            assert await reader.get(CommandTreeRow, APPLICATION) is None


async def test_a_snapshot_does_not_change_while_others_write(address: str) -> None:
    async with Database.open(address) as database, database.snapshot() as session:
        count = select(func.count()).select_from(CommandTreeRow)
        assert await session.scalar(count) == 0
        async with database.writing() as writer:
            writer.add(CommandTreeRow(application=APPLICATION, digest="new"))
        assert await session.scalar(count) == 0

        async with database.reading() as reader:
            assert await reader.scalar(count) == 1


async def test_a_block_that_fails_leaves_nothing(address: str) -> None:
    async def write(database: Database) -> None:
        async with database.writing() as session:
            session.add(CommandTreeRow(application=APPLICATION, digest="new"))
            await session.flush()
            raise ZeroDivisionError

    async with Database.open(address) as database:
        with pytest.raises(ZeroDivisionError):
            await write(database)

        async with database.reading() as session:
            assert await session.get(CommandTreeRow, APPLICATION) is None


async def test_many_writers_of_one_process_wait_for_their_turn(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path, busy_timeout_seconds=10) as storage:
        jobs = await asyncio.gather(*(storage.jobs.add(submission()) for _ in range(40)))

    assert len({job.id for job in jobs}) == 40


async def test_two_processes_that_write_at_once_wait_for_each_other(address: str, tmp_path: Path) -> None:
    """Two pools of connections, which know nothing of each other, stand for the processes."""
    async with (
        Storage.open(address, media_folder=tmp_path) as ours,
        Storage.open(address, media_folder=tmp_path) as theirs,
    ):
        job = await ours.jobs.add(submission())
        await ours.jobs.move(job.id, JobState.CANCELLED, at=after(1))

        # Reads the row before it writes, which is where a transaction that did not begin as a writer is refused.
        await asyncio.gather(*(each.jobs.delivered(job.id, [], at=after(2)) for each in (ours, theirs) * 10))

        assert (await theirs.jobs.get(job.id)).delivered_at == after(2)


async def test_a_writer_waits_for_another_process_to_finish(sqlite_address: str, tmp_path: Path) -> None:
    async with Storage.open(sqlite_address, media_folder=tmp_path) as storage:
        with sqlite3.connect(sqlite_address.removeprefix("sqlite:///")) as other:
            other.execute("BEGIN EXCLUSIVE")
            adding = asyncio.create_task(storage.jobs.add(submission()))
            await storage.ping()
            assert not adding.done()
            other.rollback()
        other.close()

        assert (await adding).id > 0


async def test_times_leave_in_utc_to_the_microsecond(storage: Storage) -> None:
    given = datetime(2030, 1, 1, 1, 2, 3, 456_789, tzinfo=timezone(timedelta(hours=9)))

    job = await storage.jobs.add(submission(submitted_at=given))

    found = (await storage.jobs.get(job.id)).submitted_at
    assert (found, found.utcoffset()) == (given, timedelta(0))


async def test_a_time_without_a_zone_is_refused(storage: Storage) -> None:
    with pytest.raises(Exception, match="without a zone"):
        await storage.jobs.add(submission(submitted_at=NOON.replace(tzinfo=None)))


async def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path, unused_tcp_port: int) -> None:
    address = f"postgresql://me:secret@127.0.0.1:{unused_tcp_port}/atelier"
    with pytest.raises(StorageUnavailableError) as caught:
        async with Storage.open(address, media_folder=tmp_path):
            pass
    assert "secret" not in str(caught.value)


async def test_a_folder_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        await Storage.is_current(f"sqlite:///{tmp_path}/missing/atelier.db")


@pytest.mark.parametrize("name", ["100%", "50%25", "who?", "#1", "a b", "a:b@c", "a&b=c", "灯台", "[x]", "a+b"])
async def test_a_database_lies_in_the_folder_that_was_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "atelier.db"
    path.parent.mkdir()
    path.touch()

    await Storage.upgrade(address_of(path))

    async with Survey.open(address_of(path), media_folder=path.parent / "media") as survey:
        assert await survey.damage(within_seconds=60) is None
    assert path.stat().st_size > 0


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "atelier.db").write_text("no database, however long one looks at it" * 100)
    with pytest.raises(StorageUnavailableError):
        await Storage.is_current(f"sqlite:///{tmp_path}/atelier.db")


async def test_connections_that_the_server_closed_are_replaced(postgresql_address: str, tmp_path: Path) -> None:
    async with Storage.open(postgresql_address, media_folder=tmp_path) as storage:
        await storage.ping()
        postgres().psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'atelier';")

        await storage.ping()


async def test_a_connection_that_is_cut_in_a_transaction_is_unavailable(postgresql_address: str) -> None:
    async def write(database: Database) -> None:
        async with database.writing() as session:
            pid = await session.scalar(text("SELECT pg_backend_pid()"))
            postgres().psql(f"SELECT pg_terminate_backend({pid}, 5000);")
            await session.execute(text("SELECT 1"))

    async with Database.open(postgresql_address) as database:
        with pytest.raises(StorageUnavailableError):
            await write(database)
        await database.ping()
