"""One bot over one database: two would take up each other's jobs, wherever their data folders are."""

import asyncio
import fcntl
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import normalised
from storage.errors import DatabaseTakenError
from storage.faults import translated

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_LOOKS: Final = 10.0
_PATIENCE_SECONDS: Final = 10.0
# Of PostgreSQL's advisory locks. Those of members and servers are their ids in Discord, which are positive.
_KEY: Final = -int.from_bytes(b"atelier")
# A bigint's key stands in two columns of 32 bits: https://www.postgresql.org/docs/current/view-pg-locks.html
_HOLDER: Final = text(
    "SELECT a.pid, a.application_name, host(a.client_addr) AS address, a.backend_start FROM pg_locks l "
    "JOIN pg_stat_activity a ON a.pid = l.pid "
    "JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
    "AND (l.classid::bigint << 32 | l.objid::bigint) = :key"
)

WhenLost = Callable[[DatabaseTakenError], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the lock, as PostgreSQL knows it."""

    program: str
    address: str | None  # None: it came by a local socket.
    process: int  # Of the server's, not of the bot.
    since: datetime

    def __str__(self) -> str:
        where = f" from {self.address}" if self.address else ""
        return f"{self.program}{where} since {self.since:%Y-%m-%d %H:%M} UTC (PostgreSQL's process {self.process})"


@asynccontextmanager
async def alone_over(
    address: str, *, when_lost: WhenLost | None = None, seconds_between_looks: float = SECONDS_BETWEEN_LOOKS
) -> AsyncIterator[None]:
    """Hold the database at `address` for the length of the block; the holder's death gives it back.

    PostgreSQL gives it back as well when the connection breaks. It is taken again then; where another was quicker,
    `when_lost` is called, once, and the block must end.

    Raises:
        DatabaseTakenError: Another has it.
        StorageUnavailableError: The database does not answer.
        DatabaseUrlError: The address is none.
    """
    url = normalised(address)
    if url.get_backend_name() == "sqlite":
        assert url.database, "a database in memory is nobody else's"
        with _alone_over_file(Path(url.database)):
            yield
        return
    lock = _AdvisoryLock(address)
    with translated():
        await lock.take()
    watch = asyncio.create_task(lock.watch(when_lost, seconds_between_looks), name="watch the database's lock")
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await lock.give_back()


@contextmanager
def _alone_over_file(path: Path) -> Iterator[None]:
    """On a file of its own beside SQLite's: SQLite's locks on the database must not meet with ours."""
    with translated():
        lock = path.with_name(f"{path.name}.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseTakenError(str(path)) from None
        yield


class _AdvisoryLock:
    """A lock of PostgreSQL's that lasts as long as its connection, which does nothing else."""

    def __init__(self, address: str) -> None:
        self._engine = create_async_engine(
            normalised(address),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"server_settings": {"application_name": f"atelier {socket.gethostname()}:{os.getpid()}"}},
        )
        self._connection: AsyncConnection | None = None

    async def take(self) -> None:
        """Raises `DatabaseTakenError`, and what the driver raises."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            connection = await self._engine.connect()
            try:
                if not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
                    raise DatabaseTakenError(str(await _holder(connection) or "another program"))
            except BaseException:
                await connection.close()
                raise
        self._connection = connection

    async def watch(self, when_lost: WhenLost | None, seconds: float) -> None:
        """Notice that the connection broke, and take the lock again as soon as the database answers."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._look()
            except DatabaseTakenError as error:
                if when_lost is not None:
                    when_lost(error)
                return
            except (OSError, TimeoutError, SQLAlchemyError) as error:
                log.warning("the database's lock is not held", error=type(error).__name__)

    async def _look(self) -> None:
        if self._connection is not None:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._connection.execute(text("SELECT 1"))
                return
            except (OSError, TimeoutError, SQLAlchemyError):
                await self.give_back()
        await self.take()
        log.info("the database's lock is held again")

    async def give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, TimeoutError, SQLAlchemyError):  # It is broken: the server has it back already.
                await connection.invalidate()
        await self._engine.dispose()


async def _holder(connection: AsyncConnection) -> Holder | None:
    """None: it was given back meanwhile."""
    row = (await connection.execute(_HOLDER, {"key": _KEY})).first()
    if row is None:
        return None
    return Holder(program=row.application_name, address=row.address, process=row.pid, since=row.backend_start)
