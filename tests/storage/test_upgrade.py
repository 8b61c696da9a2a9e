"""That a database of the first revision, with something in every table, comes whole to the newest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

import storage as storage_package
from inference.contract.identifiers import CreationId, JobId, MessageId
from inference.contract.jobs import JobState, Parent, Relation
from storage import Storage, address_of
from storage.database import opened_engine
from storage.domain import Wanted
from storage.schema import migrating
from tests.storage.works import ANNA, BEN, MODEL, NOON, SERVER, created

Rows = Mapping[str, list[dict[str, Any]]]

REQUEST: Final = {"prompt": "a lighthouse 灯塔", "model": MODEL, "genre": "story", "max_tokens": 300, "seed": 7}
PROVENANCE: Final = {
    "model": MODEL,
    "model_sha256": "0" * 64,
    "engine": "text",
    "seed": 7,
    "settings": {"temperature": 0.8},
    "versions": {"transformers": "5.23.0"},
}
LAST_WORK: Final = 40  # The highest number that was ever given; that work was deleted since.


def _job(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "member": ANNA,
        "request": REQUEST,
        "reply_application": 3_000_000_000_000_000_001,
        "reply_server": SERVER,
        "reply_channel": 4_000_000_000_000_000_001,
        "reply_token": "a token",
        "reply_token_expires_at": NOON,
        "reply_message": 100 + number,
        "locale": "en-US",
        "submitted_at": NOON,
        "predicted_seconds": 2.5,
        "start_tag": float(number),
        "finish_tag": number + 2.5,
        "parent": None,
        "state": "succeeded",
        "attempts": 1,
        "started_at": NOON,
        "finished_at": NOON,
        "delivered_at": NOON,
        "failure": None,
        "made_with": MODEL,
        "made_size": 150,
        "device_seconds": 1.5,
    } | changes


def _creation(number: int, job: int, member: int) -> dict[str, Any]:
    work = {"id": number, "job_id": job, "server": SERVER, "member": member}
    return work | {"provenance": PROVENANCE, "created_at": NOON}


NOTHING_MADE: Final = {"made_with": None, "made_size": None, "device_seconds": None}
WAITS: Final = NOTHING_MADE | {"started_at": None, "finished_at": None, "delivered_at": None, "state": "queued"}
FAILURE: Final = {"code": "engine_broke", "detail": "at once"}
ROWS: Final[Rows] = {
    "jobs": [
        _job(1),
        _job(2, member=BEN, parent=10, request=REQUEST | {"seed": None}),
        _job(3, parent=11, **WAITS),
        _job(4, **(NOTHING_MADE | {"state": "failed", "failure": FAILURE, "delivered_at": None})),
        _job(5, request=REQUEST | {"prompt": "[erased]"}),
    ],
    "creations": [_creation(10, 1, ANNA), _creation(11, 2, BEN)],
    "artifacts": [
        {"creation": number, "part": 0, "sha256": f"{number:064}", "media_type": "text/plain", "size_bytes": 9}
        for number in (10, 11)
    ],
    "posts": [{"message": 100, "creation": 10, "part": 0}, {"message": 101, "creation": 11, "part": 0}],
    "reactions": [
        {"message": 100, "stars": 4, "member": BEN, "creation": 10, "at": NOON, "is_standing": True},
    ],
    "clearings": [{"message": 100, "stars": 1, "creation": 10, "at": NOON}],
    "ratings": [{"creation": 10, "member": BEN, "axis": "overall", "stars": 4, "rated_at": NOON}],
    "command_trees": [{"application": 3_000_000_000_000_000_001, "digest": "abc"}],
}


async def first_revision(address: str) -> None:
    """Make the tables as they were, and fill them."""
    async with migrating(address) as connection:
        await connection.run_sync(_make_and_fill)


def bring_to(revision: str, connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(storage_package.__file__).parent / "migrations"))
    command.upgrade(config, revision)


def _make_and_fill(connection: Connection) -> None:
    bring_to("0001", connection)
    tables = MetaData()
    tables.reflect(connection)
    if connection.dialect.name == "postgresql":  # Checked at the end, since jobs and creations refer to each other.
        connection.execute(text("SET session_replication_role = replica"))
    for table, rows in ROWS.items():
        stored = [{name: _as_column(tables.tables[table].c[name].type, row[name]) for name in row} for row in rows]
        for row in stored:
            connection.execute(tables.tables[table].insert().values(row))
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = origin"))
        connection.execute(text(f"SELECT setval('creations_id_seq', {LAST_WORK}), setval('jobs_id_seq', 5)"))
    else:
        connection.execute(text(f"UPDATE sqlite_sequence SET seq = {LAST_WORK} WHERE name = 'creations'"))


def _as_column(kind: Any, value: Any) -> Any:
    if isinstance(value, datetime) and not getattr(kind, "timezone", False):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


async def rows_of(connection: AsyncConnection, table: str) -> list[dict[str, Any]]:
    tables = MetaData()
    await connection.run_sync(lambda sync: tables.reflect(sync, only=[table]))
    found = await connection.execute(tables.tables[table].select().order_by(*tables.tables[table].primary_key))
    return [dict(row) for row in found.mappings()]


async def test_an_upgrade_keeps_every_row_of_the_first_revision(empty_address: str) -> None:
    await first_revision(empty_address)
    async with opened_engine(empty_address) as engine, engine.begin() as connection:
        before = {table: await rows_of(connection, table) for table in ROWS}

    await Storage.upgrade(empty_address)

    async with opened_engine(empty_address) as engine, engine.begin() as connection:
        after = {table: await rows_of(connection, table) for table in ROWS}
        parents = await rows_of(connection, "parents")
    assert all(before.values())
    for job in before["jobs"]:
        del job["parent"]
        job |= {"guard": "hold", "reply_parent": None, "reply_is_private": 0}
    for work in before["creations"]:
        work |= {"medium": "text", "picked": None, "hidden_at": None}
    for artifact in before["artifacts"]:
        artifact.update(dict.fromkeys(("width", "height", "fingerprint", "unsafe", "showing")))
    for rating in before["ratings"]:
        rating |= {"via": "reaction", "said_stars": None, "said_at": None, "said_via": None}
    assert after == before
    assert [(one["job"], one["position"], one["creation"], one["relation"], one["part"]) for one in parents] == [
        (2, 0, 10, "again", 0),
        (3, 0, 11, "again", 0),
    ]


async def test_what_was_kept_by_the_first_revision_is_found_judged_and_erased_as_ever(
    empty_address: str, tmp_path: Path
) -> None:
    await first_revision(empty_address)
    await Storage.upgrade(empty_address)

    async with Storage.open(empty_address, media_folder=tmp_path / "media") as storage:
        work = await storage.creations.by_message(MessageId(101))
        assert work.parents == (Parent(creation=CreationId(10), relation=Relation.AGAIN, part=0),)
        found = await storage.creations.page(SERVER, Wanted(words="灯塔"), viewer=BEN, limit=5)
        assert [row.id for row in found.rows] == [11, 10]
        assert (await storage.jobs.get(JobId(4))).failure is not None
        assert [job.state for job in await storage.jobs.unfinished(ANNA, SERVER)] == [JobState.QUEUED]
        await storage.creations.delete(CreationId(10))
        async with storage._database.reading() as session:
            connection = await session.connection()
            left = {table: await rows_of(connection, table) for table in ("posts", "ratings", "reactions", "clearings")}
            assert [row["creation"] for rows in left.values() for row in rows] == [11]
            assert [row["job"] for row in await rows_of(connection, "parents")] == [3]


async def test_the_number_of_a_work_that_was_deleted_before_the_upgrade_is_not_given_again(
    empty_address: str, tmp_path: Path
) -> None:
    await first_revision(empty_address)
    await Storage.upgrade(empty_address)

    async with Storage.open(empty_address, media_folder=tmp_path / "media") as storage:
        work = await created(storage, tmp_path / "spool", 200)

    assert (work.id, work.job) == (LAST_WORK + 1, 6)


async def test_an_upgrade_keeps_the_reports_and_the_log_of_the_second_revision(
    empty_address: str, tmp_path: Path
) -> None:
    await first_revision(empty_address)
    async with migrating(empty_address) as connection:
        await connection.run_sync(partial(bring_to, "0002"))
        for number in (1, 2):
            await connection.execute(
                text(
                    "INSERT INTO reports (server, creation, reporter, reason, reported_at, verdict) "
                    f"VALUES ({SERVER}, 10, {number}, 'rude', '2030-01-01 12:00:00', 'open')"
                )
            )
        await connection.execute(text("DELETE FROM reports WHERE id = 2"))
        await connection.execute(
            text(f"INSERT INTO audit (server, deed, at, detail) VALUES ({SERVER}, 'hid', '2030-01-01 12:00:00', 'x')")
        )
        before = [await rows_of(connection, table) for table in ("reports", "audit")]
    await Storage.upgrade(empty_address)

    async with opened_engine(empty_address) as engine, engine.begin() as connection:
        assert [await rows_of(connection, table) for table in ("reports", "audit")] == before
    async with Storage.open(empty_address, media_folder=tmp_path / "media") as storage:
        report, _ = await storage.reports.file(CreationId(10), BEN, reason="", at=NOON)
        assert report.id == 3  # No number is given twice.


async def test_an_upgraded_file_of_sqlite_is_sound_and_counts_on(tmp_path: Path) -> None:
    address = address_of(tmp_path / "atelier.db")
    await first_revision(address)
    await Storage.upgrade(address)

    async with opened_engine(address) as engine, engine.begin() as connection:
        tables = await connection.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'table'"))
        counting = {sql.split()[2].strip('"') for sql in tables if "AUTOINCREMENT" in sql}
        assert counting == {"jobs", "creations", "reports", "duels", "releases"}
        assert (await connection.execute(text("PRAGMA foreign_key_check"))).all() == []
        assert await connection.scalar(text("PRAGMA integrity_check")) == "ok"
