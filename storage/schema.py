"""Which revision of the tables a database has, and how it comes to the one that this code needs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, for_writing, opened_engine
from storage.errors import SchemaNewerError, SchemaOutdatedError
from storage.faults import translated
from storage.tables import Row

REVISION: Final = "0009"  # The newest in `migrations/versions`; they are numbered in order.
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """From which revision to which; `before` None: there were no tables yet."""

    before: str | None
    after: str = REVISION

    @property
    def is_needed(self) -> bool:
        return self.before != self.after


async def upgrade(address: str) -> Upgrade:
    """Bring the tables from nothing or any earlier revision to the newest, all or nothing.

    Only while no bot is at work over them: what an older bot writes afterwards would lack what the newer one needs.

    Raises `SchemaNewerError`, `StorageUnavailableError`, `DatabaseUrlError`.
    """
    async with migrating(address) as connection:
        found = await _found(connection)
        if found is not None and found > REVISION:
            raise SchemaNewerError(found=found, expected=REVISION)
        await connection.run_sync(_migrate)
    return Upgrade(before=found)


async def revision_of(address: str) -> str | None:
    """What a database has; None: no tables. Raises `StorageUnavailableError`, `DatabaseUrlError`."""
    async with opened_engine(address) as engine:
        with translated():
            async with engine.connect() as connection:
                return await _found(connection)


async def drift(database: Database) -> Sequence[str]:
    """In what the tables differ from those that the code was written for, one line each.

    Raises `StorageUnavailableError`.
    """
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_differences)


def _differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return sorted(map(_described, compare_metadata(context, Row.metadata)))


def _described(difference: Any) -> str:
    """As alembic tells it: a tuple of what would have to be done and to what, or several of one column."""
    if isinstance(difference, list):
        return "; ".join(map(_described, difference))
    action, *parts = difference
    names = [part if isinstance(part, str) else getattr(part, "name", None) for part in parts]
    return " ".join([action.replace("_", " "), *(name for name in names if isinstance(name, str))])


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
