import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, String, inspect, text

import storage as storage_package
from inference.contract.identifiers import MessageId
from storage import SchemaNewerError, SchemaOutdatedError, Storage
from storage.database import Database, opened_engine
from storage.schema import REVISION, migrating
from storage.tables import Row
from tests.storage.works import BEN, after, created, submission

PACKAGE = Path(storage_package.__file__).parent


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Row.metadata))


def reflected(connection: Connection) -> dict[str, Any]:
    """All that the database itself knows of our tables."""
    inspector = inspect(connection)

    def sorted_by_name(found: list[Any]) -> list[Any]:
        return sorted(found, key=lambda part: str(part["name"]))

    return {
        table: (
            [column | {"type": repr(column["type"])} for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table),
            sorted_by_name(inspector.get_foreign_keys(table)),
            sorted_by_name(inspector.get_unique_constraints(table)),
            sorted_by_name(inspector.get_check_constraints(table)),
            [
                (
                    index["name"],
                    index["column_names"],
                    index["unique"],
                    list(map(str, index["dialect_options"].values())),
                )
                for index in sorted_by_name(inspector.get_indexes(table))
            ],
        )
        for table in Row.metadata.tables
    }


async def test_the_revisions_lead_from_nothing_to_the_tables_of_the_code(empty_address: str) -> None:
    await Storage.upgrade(empty_address)

    async with opened_engine(empty_address) as engine, engine.begin() as connection:
        assert await connection.run_sync(differences) == []
        upgraded = await connection.run_sync(reflected)
        await connection.run_sync(Row.metadata.drop_all)
        await connection.run_sync(Row.metadata.create_all)
        assert upgraded == await connection.run_sync(reflected)


def test_the_code_names_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(PACKAGE / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


async def test_an_empty_database_is_outdated_until_it_is_upgraded(empty_address: str, tmp_path: Path) -> None:
    assert not await Storage.is_current(empty_address)
    with pytest.raises(SchemaOutdatedError) as caught:
        async with Storage.open(empty_address, media_folder=tmp_path):
            pass
    assert caught.value.found is None

    await Storage.upgrade(empty_address)

    assert await Storage.is_current(empty_address)


async def test_a_database_of_a_later_version_is_left_alone(address: str, tmp_path: Path) -> None:
    async with Database.open(address) as database, database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert not await Storage.is_current(address)
    with pytest.raises(SchemaNewerError):
        await Storage.upgrade(address)
    with pytest.raises(SchemaNewerError):
        async with Storage.open(address, media_folder=tmp_path):
            pass


async def test_an_upgrade_of_what_is_current_changes_nothing(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path) as storage:
        job = await storage.jobs.add(submission())

    await Storage.upgrade(address)

    async with Storage.open(address, media_folder=tmp_path) as storage:
        assert await storage.jobs.get(job.id) == job


async def test_altering_a_table_keeps_what_refers_to_it(address: str, tmp_path: Path) -> None:
    def replace_creations(connection: Connection) -> None:
        operations = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
        with operations.batch_alter_table("creations", recreate="auto") as batch:
            batch.add_column(Column("title", String(), server_default="untitled"))
            batch.drop_constraint("fk_creations_job_id", type_="foreignkey")

    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        creation = await created(storage, tmp_path / "spool", 10)
        await storage.ratings.react(MessageId(10), BEN, 4, at=after(5))

    async with migrating(address) as connection:
        await connection.run_sync(replace_creations)

    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        assert await storage.creations.get(creation.id) == creation
        assert [rating.stars for rating in await storage.ratings.of(creation.id)] == [4]


def test_the_packages_alone_are_enough_to_upgrade(tmp_path: Path) -> None:
    """As after the installation of a wheel: no settings file of Alembic's, another working directory."""
    for package in ("storage", "inference"):
        shutil.copytree(
            PACKAGE.parent / package, tmp_path / "100% site" / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    program = "import asyncio, storage, sys; print(storage.__file__); asyncio.run(storage.Storage.upgrade(sys.argv[1]))"

    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path}/atelier.db"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "100% site")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith(str(tmp_path))
    assert (tmp_path / "atelier.db").stat().st_size > 0
