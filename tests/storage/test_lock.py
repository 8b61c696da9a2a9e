"""One bot over one database, on SQLite's file and on PostgreSQL."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.errors import DatabaseTakenError
from storage.lock import alone_over


async def test_a_second_one_is_refused_while_the_first_is_there(address: str) -> None:
    async with alone_over(address):
        with pytest.raises(DatabaseTakenError):
            async with alone_over(address):
                pass

    async with alone_over(address):
        pass


async def test_other_databases_are_free(address: str, empty_address: str) -> None:
    async with alone_over(address), alone_over(empty_address):
        pass


async def test_the_database_can_be_used_beside_the_lock(address: str) -> None:
    async with alone_over(address), Database.open(address) as database, database.writing() as session:
        await session.execute(text("DELETE FROM audit"))


async def test_who_has_it_is_said(postgresql_address: str) -> None:
    async with alone_over(postgresql_address):
        with pytest.raises(DatabaseTakenError, match=r"holds the database: atelier \S+:\d+ since \d{4}-\d\d-\d\d"):
            async with alone_over(postgresql_address):
                pass


async def test_a_lock_that_a_broken_connection_lost_is_taken_again(postgresql_address: str) -> None:
    async with alone_over(postgresql_address, seconds_between_looks=0.01):
        await _break_connection_of_the_holder(postgresql_address)

        async with asyncio.timeout(20):
            while not await _is_held(postgresql_address):  # noqa: ASYNC110 -- PostgreSQL tells nobody of it.
                await asyncio.sleep(0.01)


async def test_who_lost_it_to_another_is_told(postgresql_address: str) -> None:
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with alone_over(postgresql_address, when_lost=lost.set_exception, seconds_between_looks=0.5):
        await _break_connection_of_the_holder(postgresql_address)
        async with alone_over(postgresql_address):
            with pytest.raises(DatabaseTakenError):
                await asyncio.wait_for(lost, 20)


async def _break_connection_of_the_holder(address: str) -> None:
    async with Database.open(address) as database, database.writing() as session:
        await session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))


async def _is_held(address: str) -> bool:
    async with Database.open(address) as database, database.reading() as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")))


async def test_the_file_of_the_lock_lies_beside_the_database(sqlite_address: str, tmp_path: Path) -> None:
    async with alone_over(sqlite_address):
        assert (tmp_path / "atelier.db.lock").exists()
