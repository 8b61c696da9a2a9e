"""Backups of either database, taken and brought back."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from inference.contract.identifiers import CreationId, ServerId
from storage import Storage
from storage.backup.errors import (
    BackupDamagedError,
    BackupError,
    BackupForeignError,
    KeyLostError,
    TargetTakenError,
    ToolMissingError,
)
from storage.backup.folder import BackupFolder
from storage.backup.replay import member_columns
from storage.backup.restoring import NUMBERS_LEFT_OUT, Restored, restore
from storage.backup.taking import Source, Taken, take
from storage.backup.verification import verify
from storage.erased import ERASED, read_gone
from storage.errors import SchemaNewerError
from tests.storage.databases import create_postgres_database, postgres, postgres_address, postgres_programs
from tests.storage.works import ANNA, BEN, SERVER, after, created

CLOCK = iter(after(1_000 + number) for number in range(100_000))


def clock() -> datetime:
    return next(CLOCK)


class Home:
    """A data folder over a database, and the folder of its backups."""

    def __init__(self, address: str, data: Path, backups: Path) -> None:
        self.address = address
        self.data = data
        self.backups = backups
        data.mkdir(exist_ok=True)

    @property
    def source(self) -> Source:
        return Source(
            address=self.address,
            media_folder=self.data / "media",
            databases=("studio.db",),
            others=("releases/**/*", "models/*.json"),
        )

    def open(self) -> AbstractAsyncContextManager[Storage]:
        return Storage.open(self.address, media_folder=self.data / "media")

    async def take(self, keep: int | None = None) -> Taken:
        return await take(self.source, self.backups, why="a test", clock=clock, keep=keep)

    async def bring_back(self, name: str | None = None, *, over: bool = False) -> Restored:
        return await restore(self.source, self.backups, name, over=over, clock=clock)

    def files(self) -> set[str]:
        return {path.name for path in self.data.glob("media/??/??/*")}


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """PostgreSQL's, of the server's version: others may refuse to talk to it."""
    if "postgresql" in request.node.name:
        monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def home(address: str, tmp_path: Path) -> Home:
    data = tmp_path / "data"
    data.mkdir()
    if address.startswith("sqlite"):
        address = make_sqlite_in(data)
    return Home(address, data, tmp_path / "backups")


def make_sqlite_in(data: Path) -> str:
    shutil.copy(data.parent / "atelier.db", data / "atelier.db")
    return f"sqlite:///{data / 'atelier.db'}"


@pytest.fixture
def elsewhere(home: Home, tmp_path: Path) -> Iterator[Home]:
    """An empty data folder over an empty database, to restore into."""
    if home.address.startswith("sqlite"):
        yield Home(f"sqlite:///{tmp_path / 'new' / 'atelier.db'}", tmp_path / "new", home.backups)
        return
    name = create_postgres_database()
    yield Home(postgres_address(name), tmp_path / "new", home.backups)
    postgres().psql(f"DROP DATABASE {name} WITH (FORCE);")


async def test_a_backup_brings_back_works_with_their_files(home: Home, elsewhere: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10, content="a lighthouse")
        taken = await home.take()
    assert (taken.added, taken.manifest.lost, taken.manifest.gone) == (1, (), 0)
    await elsewhere.bring_back()
    async with elsewhere.open() as storage:
        found = await storage.creations.get(work.id)
        assert await storage.media.read_text(found.artifacts[0]) == "a lighthouse"
        assert found.messages == work.messages


async def test_a_second_backup_copies_only_what_is_new(home: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10, content="first")
        await home.take()
        await created(storage, tmp_path / "spool", 11, content="second")
        taken = await home.take()
    assert taken.added == 1
    assert len(taken.manifest.pooled) == 2


async def test_whoever_was_erased_after_the_backup_does_not_come_back(
    home: Home, elsewhere: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10, content="anna's")
        kept = await created(storage, tmp_path / "spool", 11, content="ben's", member=BEN)
        await home.take()
        await erase(storage)
    restored = await elsewhere.bring_back()
    assert restored.replayed.members == 1
    async with elsewhere.open() as storage:
        assert [one.id for one in await storage.creations.several([CreationId(1), kept.id])] == [kept.id]
        async with storage._database.reading() as session:
            for column in member_columns():
                assert ANNA not in set(await session.scalars(text(f"SELECT {column.name} FROM {column.table}")))
    assert len(elsewhere.files()) == 1


async def test_an_erasure_that_the_backup_knows_takes_nothing_of_what_came_after_it(
    home: Home, elsewhere: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10, content="before")
        await erase(storage)
        again = await created(storage, tmp_path / "spool", 11, content="back again")
        await home.take()
    restored = await elsewhere.bring_back()
    assert restored.replayed.members == 0
    async with elsewhere.open() as storage:
        assert (await storage.creations.get(again.id)).id == again.id


async def test_an_erasure_that_was_asked_for_and_not_done_is_done_before_anybody_sees_the_database(
    home: Home, elsewhere: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10)
        await storage.erasures.ask(ANNA, None, takes_messages=True, at=after(50))
        await home.take()
    await elsewhere.bring_back()
    async with elsewhere.open() as storage:
        assert await storage.erasures.pending() == []
    assert elsewhere.files() == set()


async def test_an_erasure_in_one_server_is_replayed_there_alone(home: Home, elsewhere: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        gone = await created(storage, tmp_path / "spool", 10, content="here")
        kept = await created(storage, tmp_path / "spool", 11, content="there", server=ServerId(SERVER + 1))
        await home.take()
        await erase(storage, SERVER)
    await elsewhere.bring_back()
    async with elsewhere.open() as storage:
        assert [one.id for one in await storage.creations.several([gone.id, kept.id])] == [kept.id]


async def test_a_work_that_was_deleted_after_the_backup_does_not_come_back(
    home: Home, elsewhere: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        gone = await created(storage, tmp_path / "spool", 10, content="gone")
        kept = await created(storage, tmp_path / "spool", 11, content="kept")
        await home.take()
        await storage.creations.delete(gone.id)
    restored = await elsewhere.bring_back()
    assert restored.replayed.works == 1
    async with elsewhere.open() as storage:
        assert [one.id for one in await storage.creations.several([gone.id, kept.id])] == [kept.id]


async def test_the_list_in_the_folder_of_backups_is_told_of_each_erasure_at_once(home: Home, tmp_path: Path) -> None:
    # The data folder is lost: what it knew must be known where the backups are.
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        await home.take()
        await storage.creations.delete(work.id)
        await erase(storage)
    assert read_gone(home.backups / ERASED) == read_gone(home.data / ERASED)
    assert len(read_gone(home.backups / ERASED)) == 3


async def test_an_erasure_while_the_backups_disk_is_away_is_known_from_the_data_folder(
    home: Home, elsewhere: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        await home.take()
        home.backups.rename(tmp_path / "unplugged")
        await storage.creations.delete(work.id)
        (tmp_path / "unplugged").rename(home.backups)
    assert not home.files()
    shutil.copy(home.data / ERASED, elsewhere.data / ERASED)
    restored = await elsewhere.bring_back()
    assert restored.replayed.works == 1


async def test_what_an_erasure_took_goes_from_older_backups_with_the_next_one(home: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10, content="anna's alone")
        await created(storage, tmp_path / "spool", 11, content="everybody's")
        await created(storage, tmp_path / "spool", 12, content="everybody's", member=BEN)
        first = await home.take()
        await erase(storage)
        taken = await home.take()
    assert taken.erased == 1
    folder = BackupFolder(home.backups)
    assert len(list(home.backups.glob("pool/??/??/*"))) == 1
    await verify(folder, first.folder, read_gone(folder.erased))  # It is still a backup.


async def test_no_number_of_a_work_is_given_again(home: Home, elsewhere: Home, tmp_path: Path) -> None:
    # Buttons of works that were made after the backup still stand in Discord, with their numbers.
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10)
        await home.take()
        later = await created(storage, tmp_path / "spool", 11, content="after the backup")
    await elsewhere.bring_back()
    async with elsewhere.open() as storage:
        work = await created(storage, tmp_path / "spool", 12, content="after the restore")
    assert work.id >= later.id + NUMBERS_LEFT_OUT - 1
    assert work.job >= later.job + NUMBERS_LEFT_OUT - 1


async def test_a_file_that_went_while_the_backup_was_taken_is_gone_and_one_that_is_lost_is_named(
    home: Home, tmp_path: Path
) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        work.artifacts[0].path.unlink()
        taken = await home.take()
    assert taken.manifest.lost == (str(work.artifacts[0].path.relative_to(home.data)),)
    assert taken.manifest.pooled == ()


async def test_a_damaged_file_of_the_data_folder_is_not_taken_for_a_whole_one(home: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        work.artifacts[0].path.write_text("Twice upon a time")
        taken = await home.take()
    assert len(taken.manifest.lost) == 1


async def test_a_restore_over_what_is_there_moves_it_aside(home: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        await home.take()
        later = await created(storage, tmp_path / "spool", 11, content="later")
    with pytest.raises(TargetTakenError):
        await home.bring_back()
    restored = await home.bring_back(over=True)
    async with home.open() as storage:
        assert [one.id for one in await storage.creations.several([work.id, later.id])] == [work.id]
    assert restored.aside is not None
    assert (restored.aside / later.artifacts[0].path.relative_to(home.data)).read_text() == "later"
    assert (restored.aside / "atelier.db").exists() or restored.schema_aside is not None


async def test_the_list_of_another_database_deletes_nothing_of_this_one(
    home: Home, sqlite_address: str, tmp_path: Path
) -> None:
    if not home.address.startswith("sqlite"):
        pytest.skip("one of them shows it")
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
        await home.take()
    (tmp_path / "other").mkdir()
    other = Home(f"sqlite:///{tmp_path / 'other' / 'atelier.db'}", tmp_path / "other", home.backups)
    await Storage.upgrade(other.address)
    async with other.open() as storage:
        theirs = await created(storage, tmp_path / "spool", 10)
        await storage.creations.delete(theirs.id)
    with pytest.raises(BackupForeignError):
        await other.take()
    await other.bring_back(over=True)
    async with other.open() as storage:
        assert (await storage.creations.get(work.id)).id == work.id


async def test_a_key_that_was_lost_is_asked_for(home: Home, elsewhere: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10)
        await home.take()
    (home.data / "pseudonyms.key").unlink()
    async with home.open() as storage:
        await erase(storage)
    with pytest.raises(KeyLostError):
        await elsewhere.bring_back()
    shutil.copy(home.data / "pseudonyms.key", elsewhere.data)
    restored = await elsewhere.bring_back(over=True)
    assert restored.replayed.members == 1


async def test_a_backup_of_a_newer_version_is_refused(home: Home, elsewhere: Home, tmp_path: Path) -> None:
    async with home.open() as storage, storage._database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await home.take()
    with pytest.raises(SchemaNewerError):
        await elsewhere.bring_back()
    assert not (elsewhere.data / "atelier.db").exists()


async def test_only_the_newest_backups_are_kept_and_the_files_that_they_name(home: Home, tmp_path: Path) -> None:
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10, content="first")
        await home.take()
        await storage.creations.delete(work.id)
        await created(storage, tmp_path / "spool", 11, content="second")
        await home.take()
        taken = await home.take(keep=2)
    assert len(taken.pruned) == 1
    assert len(BackupFolder(home.backups).names()) == 2
    assert len(list(home.backups.glob("pool/??/??/*"))) == 1


async def test_releases_and_the_studio_come_back_too(home: Home, elsewhere: Home) -> None:
    (home.data / "releases" / "1-v1").mkdir(parents=True)
    (home.data / "releases" / "1-v1" / "manifest.json").write_text("{}")
    (home.data / "models").mkdir()
    (home.data / "models" / "fake.json").write_text("agreed")
    (home.data / "models" / "weights").write_text("heavy")
    with closing(sqlite3.connect(home.data / "studio.db")) as studio, studio:
        studio.execute("CREATE TABLE messages (id INTEGER)")
    await home.take()
    await elsewhere.bring_back()
    assert (elsewhere.data / "releases" / "1-v1" / "manifest.json").read_text() == "{}"
    assert (elsewhere.data / "models" / "fake.json").read_text() == "agreed"
    assert not (elsewhere.data / "models" / "weights").exists()
    with closing(sqlite3.connect(elsewhere.data / "studio.db")) as studio:
        assert studio.execute("SELECT count(*) FROM messages").fetchone() == (0,)


async def test_what_was_erased_before_stands_nowhere_in_the_copy(sqlite_address: str, tmp_path: Path) -> None:
    home = Home(make_home(tmp_path), tmp_path / "data", tmp_path / "backups")
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10, prompt="a secret lighthouse")
        await storage.creations.delete(work.id)
        taken = await home.take()
    assert b"secret" not in (taken.folder / "atelier.db").read_bytes()


async def test_a_change_of_any_byte_is_found(sqlite_address: str, tmp_path: Path) -> None:
    home = Home(make_home(tmp_path), tmp_path / "data", tmp_path / "backups")
    async with home.open() as storage:
        await created(storage, tmp_path / "spool", 10)
    taken = await home.take()
    folder = BackupFolder(home.backups)
    for path in (*taken.folder.iterdir(), *home.backups.glob("pool/??/??/*")):
        whole = path.read_bytes()
        path.unlink()  # It may be a second name of the data folder's own.
        for place in sorted({0, len(whole) // 3, len(whole) // 2, len(whole) - 1}):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(BackupDamagedError):
                await verify(folder, taken.folder, [])
        path.write_bytes(whole[:-1])
        with pytest.raises(BackupDamagedError):
            await verify(folder, taken.folder, [])
        path.unlink()
        with pytest.raises(BackupDamagedError):
            await verify(folder, taken.folder, [])
        path.write_bytes(whole)
    await verify(folder, taken.folder, [])


async def test_a_damaged_backup_is_refused_before_anything_changes(sqlite_address: str, tmp_path: Path) -> None:
    home = Home(make_home(tmp_path), tmp_path / "data", tmp_path / "backups")
    async with home.open() as storage:
        work = await created(storage, tmp_path / "spool", 10)
    await home.take()
    (pooled,) = home.backups.glob("pool/??/??/*")
    pooled.unlink()
    with pytest.raises(BackupDamagedError, match="is missing"):
        await home.bring_back(over=True)
    async with home.open() as storage:
        assert (await storage.creations.get(work.id)).id == work.id


async def test_without_postgresqls_programs_the_host_reads_what_is_missing(
    postgresql_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    home = Home(postgresql_address, tmp_path / "data", tmp_path / "backups")
    with pytest.raises(ToolMissingError, match="pg_dump is not here"):
        await home.take()
    assert BackupFolder(home.backups).names() == []


async def test_a_folder_without_a_database_has_nothing_to_back_up(tmp_path: Path) -> None:
    home = Home(f"sqlite:///{tmp_path / 'data' / 'atelier.db'}", tmp_path / "data", tmp_path / "backups")
    with pytest.raises(BackupError, match="nothing to back up"):
        await home.take()
    assert not (home.data / "atelier.db").exists()


def make_home(tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    return make_sqlite_in(tmp_path / "data")


async def erase(storage: Storage, server: ServerId | None = None) -> None:
    erasure = await storage.erasures.ask(ANNA, server, takes_messages=True, at=after(50))
    while not (await storage.erasures.carry_on(erasure, at=after(60))).is_done:
        pass
