"""Which revision of the tables a database has, and how it comes to the one that this code needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, for_writing, opened_engine
from storage.errors import SchemaNewerError, SchemaOutdatedError
from storage.faults import translated

REVISION: Final = "0009"  # The newest in `migrations/versions`; they are numbered in order.
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def upgrade(address: str) -> None:
    """Bring the tables from nothing or any earlier revision to the newest, all or nothing.

    Raises `SchemaNewerError`, `StorageUnavailableError`, `DatabaseUrlError`.
    """
    async with migrating(address) as connection:
        found = await _found(connection)
        if found is not None and found > REVISION:
            raise SchemaNewerError(found=found, expected=REVISION)
        await connection.run_sync(_migrate)


@asynccontextmanager
async def migrating(address: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in which tables may be altered."""
    # SQLite alters a table by replacing it; with foreign keys on, all that refers to the old one would go with it.
    async with opened_engine(address, has_foreign_keys=False) as engine:
        with translated():
            async with for_writing(engine).begin() as connection:
                yield connection


async def check(database: Database) -> None:
    """Raises `SchemaOutdatedError`, `SchemaNewerError`, `StorageUnavailableError`."""
    async with database.reading() as session:
        found = await _found(await session.connection())
    if found is None or found < REVISION:
        raise SchemaOutdatedError(found=found, expected=REVISION)
    if found > REVISION:
        raise SchemaNewerError(found=found, expected=REVISION)


async def _found(connection: AsyncConnection) -> str | None:
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return None
    found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _migrate(connection: Connection) -> None:
    from alembic import command  # Late, since a bot whose tables are up to date never needs it in memory.
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
