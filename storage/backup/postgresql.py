"""A database of PostgreSQL, by the programs that come with it."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, text

from inference.contract.environment import passed_on
from storage.backup.errors import ToolFailedError, ToolMissingError
from storage.backup.survey import Contents, contents
from storage.database import for_snapshots, normalised, opened_engine
from storage.faults import translated
from storage.media import MediaStore

ASIDE: Final = "atelier_before_restore"  # How schemas begin that a restore has moved aside.


def require(*tools: str) -> None:
    """Raises `ToolMissingError`."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise ToolMissingError(tool)


async def dump(address: str, target: Path, media: MediaStore) -> Contents:
    """Both as of one moment, which the server remembers while they are read.

    Raises `ToolMissingError`, `ToolFailedError`, `StorageUnavailableError`.
    """
    require("pg_dump", "pg_restore")
    async with opened_engine(address) as engine:
        with translated():
            async with for_snapshots(engine).begin() as connection:
                snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
                options = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*")
                await _run(address, "pg_dump", *options, f"--snapshot={snapshot}", f"--file={target}")
                found = await connection.run_sync(contents, media)
    await _run(address, "pg_restore", "--list", str(target))  # It can be read.
    return found


async def bring_back(address: str, source: Path) -> None:
    """All or nothing. Raises `ToolMissingError`, `ToolFailedError`."""
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    await _run(address, "pg_restore", *options, f"--dbname={normalised(address).database}", str(source))


async def has_tables(address: str) -> bool:
    """Raises `StorageUnavailableError`."""
    async with opened_engine(address) as engine:
        with translated():
            async with engine.connect() as connection:
                return bool(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def move_aside(address: str, stamp: str) -> str:
    """Everything into a schema of its own; returns its name. Raises `StorageUnavailableError`."""
    schema = f"{ASIDE}_{stamp}"
    async with opened_engine(address) as engine:
        with translated():
            async with engine.begin() as connection:
                await connection.execute(text(f'ALTER SCHEMA public RENAME TO "{schema}"'))
                await connection.execute(text("CREATE SCHEMA public"))
    return schema


async def raise_numbers(address: str, by: int) -> None:
    """Let new rows be numbered from far above."""
    async with opened_engine(address) as engine:
        with translated():
            async with engine.begin() as connection:
                for sequence in await connection.run_sync(lambda sync: inspect(sync).get_sequence_names()):
                    await connection.execute(
                        text("SELECT setval(CAST(:name AS regclass), nextval(CAST(:name AS regclass)) + :by)"),
                        {"name": f'"{sequence}"', "by": by},
                    )


async def _run(address: str, tool: str, *arguments: str) -> None:
    """The password goes by the environment: others on the machine see arguments."""
    require(tool)
    environment = passed_on(prefixes=("PG",)) | _environment(normalised(address))
    process = await asyncio.create_subprocess_exec(
        tool, *arguments, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise ToolFailedError(tool, lines[0] if lines else f"it ended with {process.returncode}")


def _environment(url: URL) -> dict[str, str]:
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    found = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl"),
    }
    return {name: value for name, value in found.items() if value}
