"""The database by its address: SQLite in a file, or PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Executable, Row, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from inference.contract.identifiers import MemberId, ServerId
from storage.errors import DatabaseUrlError
from storage.faults import translated

BUSY_TIMEOUT_SECONDS: Final = 5.0
_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_BEGIN: Final = "atelier_begin"  # How a transaction on SQLite begins; without it each statement is its own.


def address_of(path: Path) -> str:
    """The address of a file of SQLite, in whatever folder: what means something in an address is escaped."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def normalised(address: str) -> URL:
    """The address with the driver that we use. Raises `DatabaseUrlError`."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise DatabaseUrlError("not a database address") from None
    if url.drivername not in _DRIVERS:
        raise DatabaseUrlError(f"{url.drivername} is neither sqlite nor postgresql")
    if "sslmode" in url.query:  # What libpq and hosts' control panels call it; asyncpg knows the same values as `ssl`.
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
    return url.set(drivername=_DRIVERS[url.drivername])


@asynccontextmanager
async def opened_engine(
    address: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS, has_foreign_keys: bool = True
) -> AsyncIterator[AsyncEngine]:
    """An engine, disposed of at the end. `has_foreign_keys` is for SQLite, which leaves the choice.

    Raises `DatabaseUrlError`, `StorageUnavailableError`.
    """
    url = normalised(address)
    # `hide_parameters`, since errors reach the log, and what a member writes must not.
    if url.get_backend_name() == "sqlite":
        with translated():
            await asyncio.to_thread(_prepare_file, url.database or "", busy_timeout_seconds)
        engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": busy_timeout_seconds})
        _prepare_connections(engine, has_foreign_keys=has_foreign_keys)
    else:
        lock_timeout = f"{round(busy_timeout_seconds * 1000)}ms"
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,  # The server may have been restarted since.
            connect_args={"server_settings": {"application_name": "atelier", "lock_timeout": lock_timeout}},
        )
    try:
        yield engine
    finally:
        await engine.dispose()


def _prepare_file(path: str, busy_timeout_seconds: float) -> None:
    """Set the journal's mode, which the file remembers, and find out here that the file cannot be opened.

    aiosqlite 0.22 leaves a thread behind when it is the one to find out.
    """
    with closing(sqlite3.connect(path, timeout=busy_timeout_seconds)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _prepare_connections(engine: AsyncEngine, *, has_foreign_keys: bool) -> None:
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # We begin ourselves, below.
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if has_foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA secure_delete = ON")  # What a member erases is overwritten in the file.
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        if statement := connection.get_execution_options().get(_BEGIN):
            connection.exec_driver_sql(statement)


def for_writing(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, but transactions take SQLite's write lock as they begin.

    One that reads first and takes the lock late fails at once, whatever the busy timeout.
    """
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def for_snapshots(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, but all statements of a transaction see one state."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN"})
    return engine.execution_options(isolation_level="REPEATABLE READ")


class Database:
    """Gives out sessions, each of them one transaction; drivers' errors leave it as the contract's."""

    def __init__(self, engine: AsyncEngine, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        self._engine = engine
        self._busy_timeout_seconds = busy_timeout_seconds
        self._readers = async_sessionmaker(engine, expire_on_commit=False)
        self._snapshots = async_sessionmaker(for_snapshots(engine), expire_on_commit=False)
        self._writers = async_sessionmaker(for_writing(engine), expire_on_commit=False)
        # SQLite has one writer at a time: ours queue here in order, where waiting costs no polling of the file.
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @property
    def url(self) -> URL:
        return self._engine.url

    @classmethod
    @asynccontextmanager
    async def open(cls, address: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> AsyncIterator[Self]:
        """Raises `DatabaseUrlError`, `StorageUnavailableError`; a server is connected to on first use."""
        async with opened_engine(address, busy_timeout_seconds=busy_timeout_seconds) as engine:
            yield cls(engine, busy_timeout_seconds=busy_timeout_seconds)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For one question; waits for no writer. Raises `StorageUnavailableError`."""
        with translated():
            async with self._readers.begin() as session:
                yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """For several questions about one state; waits for no writer. Raises `StorageUnavailableError`."""
        with translated():
            async with self._snapshots.begin() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """All or nothing; waits for other writers at most the busy timeout. Raises `StorageUnavailableError`."""
        with translated():
            async with AsyncExitStack() as stack:
                if self._turn is not None:
                    async with asyncio.timeout(self._busy_timeout_seconds):
                        await stack.enter_async_context(self._turn)
                session = await stack.enter_async_context(self._writers.begin())
                if self._turn is not None:
                    await session.connection()  # Takes the write lock before anything is read.
                yield session

    async def overwrite_erased(self) -> None:
        """Take what was erased out of SQLite's write-ahead log as well, unless somebody reads there just now."""
        if self._engine.dialect.name != "sqlite":
            return
        with suppress(sqlite3.Error):  # The log is emptied when the database is closed, at the latest.
            async with self._engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def ping(self) -> None:
        """Raises `StorageUnavailableError` unless the database answers."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))


async def read(session: AsyncSession, query: Executable) -> Sequence[Row[Any]]:
    """All rows, of columns alone: the connection makes one in a third of the time that a session takes."""
    return (await (await session.connection()).execute(query)).all()


async def hold(session: AsyncSession, whose: MemberId | ServerId) -> None:
    """Until the transaction ends, nobody else holds this member or server: what is counted stays until it is acted on.

    SQLite has one writer at a time in any case.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(whose)))


async def share(session: AsyncSession, server: ServerId) -> None:
    """Until the transaction ends, nobody holds this server, though others may share it."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock_shared(server)))
