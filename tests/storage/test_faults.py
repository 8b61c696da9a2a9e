import asyncio
import os
import pwd
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from inference.contract.errors import (
    ArtifactLostError,
    CreationNotFoundError,
    DiskFullError,
    QuotaReachedError,
    StorageUnavailableError,
)
from inference.contract.identifiers import CreationId, JobId
from inference.contract.jobs import Job, JobState, Limits
from storage import Storage
from storage.database import Database
from storage.domain import Wanted
from storage.media import OWNER
from tests.storage.databases import create_postgres_database, postgres, postgres_address
from tests.storage.works import ANNA, BEN, SERVER, after, again, created, making, spooled, started, submission


@asynccontextmanager
async def locked(address: str) -> AsyncIterator[None]:
    """Another connection, none of ours, holds all that is needed to write."""
    if address.startswith("sqlite"):
        other = sqlite3.connect(address.removeprefix("sqlite:///"))
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.rollback()
        other.close()
    else:
        async with Database.open(address) as database, database.writing() as session:
            await session.execute(text("LOCK TABLE jobs, creations IN SHARE MODE"))
            yield


def filled(disk: Path, *, free_bytes: int) -> Path:
    """Fill the disk but for so much. Returns the file to remove."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        size = os.statvfs(disk)
        file.write(b"\0" * max(0, size.f_bavail * size.f_frsize - free_bytes))
    return ballast


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_a_write_waits_for_a_locked_database_and_gives_up(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path, busy_timeout_seconds=0.2) as storage:
        async with locked(address):
            with pytest.raises(StorageUnavailableError):
                await storage.jobs.add(submission())
            assert await storage.jobs.waiting(limit=5) == [], "readers go on"

        job = await storage.jobs.add(submission())
        assert await storage.jobs.waiting(limit=5) == [job]


async def test_many_writes_at_a_locked_database_all_give_up_in_time(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path, busy_timeout_seconds=0.2) as storage:
        async with locked(address), asyncio.timeout(3):
            outcomes = await asyncio.gather(
                *(storage.jobs.add(submission()) for _ in range(30)), return_exceptions=True
            )

        assert {type(outcome) for outcome in outcomes} == {StorageUnavailableError}
        await storage.jobs.add(submission())


async def test_a_cancelled_write_leaves_nothing_and_frees_the_way(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path, busy_timeout_seconds=1) as storage:
        async with locked(address):
            adding = asyncio.create_task(storage.jobs.add(submission()))
            await storage.ping()
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding

        job = await storage.jobs.add(submission())
        assert await storage.jobs.waiting(limit=5) == [job]


async def test_a_success_that_meets_a_locked_database_can_be_told_again(
    address: str, spool: Path, tmp_path: Path
) -> None:
    async with Storage.open(address, media_folder=tmp_path / "media", busy_timeout_seconds=0.2) as storage:
        job = await started(storage.jobs)
        made = making(spooled(spool))
        async with locked(address):
            with pytest.raises(StorageUnavailableError):
                await storage.jobs.succeed(job.id, made, at=after(2))

        ended = await storage.jobs.succeed(job.id, made, at=after(3))

        assert (ended.state, files(spool)) == (JobState.SUCCEEDED, [])


async def test_a_full_disk_refuses_media_and_keeps_no_half_file(
    sqlite_address: str, small_disk: Path, spool: Path
) -> None:
    async with Storage.open(sqlite_address, media_folder=small_disk / "media") as storage:
        job = await started(storage.jobs)
        made = making(spooled(spool, "x" * 200_000))
        ballast = filled(small_disk, free_bytes=100_000)

        with pytest.raises(DiskFullError):
            await storage.jobs.succeed(job.id, made, at=after(2))

        assert files(small_disk) == ["ballast", OWNER]
        assert await storage.jobs.get(job.id) == job
        ballast.unlink()
        assert (await storage.jobs.succeed(job.id, made, at=after(2))).state is JobState.SUCCEEDED


async def test_a_full_disk_keeps_none_of_the_files_of_a_job_that_it_has_no_room_for(
    sqlite_address: str, small_disk: Path, spool: Path
) -> None:
    async with Storage.open(sqlite_address, media_folder=small_disk / "media") as storage:
        two = tuple(spooled(spool, letter * 60_000) for letter in "xy")
        job = await started(storage.jobs)
        ballast = filled(small_disk, free_bytes=100_000)

        with pytest.raises(DiskFullError):
            await storage.jobs.add(submission(uploads=two))
        with pytest.raises(DiskFullError):
            await storage.jobs.succeed(job.id, making(*two), at=after(2))

        assert files(small_disk) == ["ballast", OWNER]
        ballast.unlink()
        assert len((await storage.jobs.add(submission(uploads=two))).uploads) == 2


async def test_an_upload_of_a_job_that_is_refused_is_not_kept_unless_another_has_it(
    storage: Storage, spool: Path
) -> None:
    upload = spooled(spool, "a photo")
    too_many = Limits(waiting=0)
    with pytest.raises(QuotaReachedError):
        await storage.jobs.add(submission(uploads=(upload,)), limits=too_many)
    with pytest.raises(CreationNotFoundError):
        await storage.jobs.add(submission(uploads=(upload,), parents=again(CreationId(999))))
    assert list(spool.parent.glob("media/??/*/*")) == []
    with pytest.raises(ArtifactLostError):
        await storage.jobs.add(submission(uploads=(replace(upload, sha256="0" * 64),)))
    assert list(spool.parent.glob("media/??/*/*")) == []

    (kept,) = (await storage.jobs.add(submission(uploads=(upload,)))).uploads
    with pytest.raises(QuotaReachedError):
        await storage.jobs.add(submission(uploads=(upload,)), limits=too_many)
    assert kept.path.exists()


async def test_a_full_disk_refuses_a_job_and_keeps_the_ledger_whole(small_disk: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{small_disk}/atelier.db"
    await Storage.upgrade(address)
    async with Storage.open(address, media_folder=tmp_path) as storage:
        kept = [await storage.jobs.add(submission())]
        ballast = filled(small_disk, free_bytes=100_000)
        await _add_until_refused(storage, kept)

        assert await storage.jobs.waiting(limit=10_000) == kept
        ballast.unlink()
        kept.append(await storage.jobs.add(submission()))

    async with Storage.open(address, media_folder=tmp_path) as storage:
        assert await storage.jobs.waiting(limit=10_000) == kept


@pytest.mark.skipif(os.geteuid() != 0, reason="may not mount a small disk")
async def test_a_full_disk_of_a_server_refuses_a_job_and_keeps_the_ledger_whole(
    medium_disk: Path, tmp_path: Path
) -> None:
    tablespace = medium_disk / "tables"
    tablespace.mkdir()
    owner = pwd.getpwnam(postgres().system_user or "root")
    os.chown(tablespace, owner.pw_uid, owner.pw_gid)
    postgres().psql(f"CREATE TABLESPACE small LOCATION '{tablespace}';")
    name = create_postgres_database(options="TABLESPACE small")
    address = postgres_address(name)
    await Storage.upgrade(address)
    async with Storage.open(address, media_folder=tmp_path) as storage:
        kept: list[Job] = [await storage.jobs.add(submission())]
        ballast = filled(medium_disk, free_bytes=0)
        await _add_until_refused(storage, kept)

        assert await storage.jobs.waiting(limit=10_000) == kept
        ballast.unlink()
        kept.append(await storage.jobs.add(submission()))
        assert await storage.jobs.waiting(limit=10_000) == kept
    postgres().psql(f"DROP DATABASE {name} WITH (FORCE);")
    postgres().psql("DROP TABLESPACE small;")


async def _add_until_refused(storage: Storage, kept: list[Job]) -> None:
    async def add_without_end() -> None:
        while True:
            kept.append(await storage.jobs.add(submission(prompt="x" * 2_000)))

    with pytest.raises(DiskFullError):
        await add_without_end()


CHECKOUT = Path(__file__).parents[2]
SUCCEED = """
import asyncio, sys
from pathlib import Path
from inference.contract.identifiers import JobId
from storage import Storage
from tests.storage.works import after, making, spooled

async def main(address, media, spool, job):
    async with Storage.open(address, media_folder=Path(media), busy_timeout_seconds=60) as storage:
        await storage.jobs.succeed(JobId(int(job)), making(spooled(Path(spool))), at=after(2))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_kill_between_file_and_commit_leaves_no_half_creation(
    address: str, spool: Path, tmp_path: Path
) -> None:
    media = tmp_path / "media"
    async with Storage.open(address, media_folder=media) as storage:
        kept = await created(storage, spool, content="of somebody else", member=BEN)
        job = await started(storage.jobs)
    async with locked(address):
        arguments = [address, str(media), str(spool), str(job.id)]
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", SUCCEED, *arguments, cwd=CHECKOUT)
        async with asyncio.timeout(30):
            while len(list(media.rglob("*.txt"))) < 2:
                assert child.returncode is None
                await asyncio.sleep(0.01)
        child.kill()
        await child.wait()

    async with Storage.open(address, media_folder=media) as storage:
        await storage.strays.sweep(at=datetime.now(UTC) + timedelta(days=1))
        assert list(media.glob("??/*/*")) == [kept.artifacts[0].path]
        assert await storage.jobs.requeue_running() == [await storage.jobs.get(JobId(job.id))]
        assert (await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5)).rows == ()
        assert (await created(storage, spool)).artifacts[0].path.exists()
