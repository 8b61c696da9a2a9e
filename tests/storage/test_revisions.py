"""Merged revisions stay as they are, and databases that came through an earlier text of one come to the same state."""

import hashlib
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text

import storage as storage_package
from inference.contract.identifiers import MessageId
from storage import Storage
from storage.database import Database, opened_engine
from storage.schema import drift, migrating
from storage.tables import Row
from tests.storage.revisions import r0005_forgotten_alone, r0005_standings_alone, r0005_without_raters
from tests.storage.test_schema import reflected
from tests.storage.test_upgrade import bring_to, first_revision
from tests.storage.works import BEN, after, created

VERSIONS: Final = Path(storage_package.__file__).parent / "migrations" / "versions"

# A revision that anybody may have run is never edited: what is wrong with it is for the next one to mend.
# With a new revision comes its sum; until that is merged, both may change.
SUMS: Final = {
    "r0001_first_light": "032d39b982c0050acfc16e09619ee7ed413c9fb971483ada81ad233be4f308e1",
    "r0002_whole_desk": "a33fdb93e0b68ca2980dd48a39de9fed1572efe1c8a7842e3c125d7d275650bf",
    "r0003_pictures": "92e2a91d92937991d2938eb4d307b43209649fc339ade26f9c9cad1a7f088e6d",
    "r0004_ratings_and_releases": "6110453d336612efe00b80cb675221deff782762f55148f68e3d623f632d33c2",
    "r0005_looks": "edd6a6d47b491a19648522a2fb5b470140db67c25d4e358f07e3c4eb0f381a66",
    "r0006_one_state": "91d69c90cd97e3fa1e69c05e512463bc166fb53a79900f91ff3ef74831cee534",
    "r0007_identity": "da8f603bb16af07d829d6912d31be72b568ecfc2d6bb9a5da48bb565f547de35",
    "r0008_outdated": "b2aa293f83887cf57679319a403fef719766097b2b1568287293341fd51a2693",
    "r0009_places": "2ee3f75a9e0ee7390f7b6ae87f953c77f2ca44280c01312e6130a7e29c0afd36",
}


def test_no_merged_revision_was_edited() -> None:
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in VERSIONS.glob("r*.py")}

    assert found == SUMS


def _earlier_0004(connection: Connection) -> None:
    """As it stood before works knew whether anything was made of the same words."""
    for statement in (
        "DROP INDEX ix_standings_server_medium_is_paired_duels_chance_creation",
        "DROP INDEX ix_standings_server_medium_information_chance_creation",
        "DROP INDEX ix_tags_tag_creation",
        "ALTER TABLE standings DROP COLUMN is_paired",
        "ALTER TABLE standings DROP COLUMN duels",
    ):
        connection.execute(text(statement))


def _earlier_0005(revision: ModuleType, connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection, opts={"render_as_batch": True})):
        revision.upgrade()
    connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))


EARLIER_0005: Final = [r0005_without_raters, r0005_forgotten_alone, r0005_standings_alone]


@pytest.mark.parametrize("has_earlier_0004", [False, True])
@pytest.mark.parametrize("revision", EARLIER_0005, ids=lambda revision: str(revision.__name__).rpartition(".")[2])
async def test_whatever_0005_was_like_the_next_revision_brings_the_same_tables(
    empty_address: str, revision: ModuleType, has_earlier_0004: bool
) -> None:
    await first_revision(empty_address)
    async with migrating(empty_address) as connection:
        await connection.run_sync(partial(bring_to, "0004"))
        if has_earlier_0004:
            await connection.run_sync(_earlier_0004)
        await connection.run_sync(partial(_earlier_0005, revision))

    upgrade = await Storage.upgrade(empty_address)

    assert upgrade.before == "0005"
    async with Database.open(empty_address) as database:
        assert await drift(database) == []
    mended = await _schema(empty_address)
    async with migrating(empty_address) as connection:
        await connection.run_sync(Row.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
    await Storage.upgrade(empty_address)
    assert mended == await _schema(empty_address)


async def _schema(address: str) -> dict[str, Any]:
    """Without the order of columns, in which what was added later comes last."""
    async with opened_engine(address) as engine, engine.begin() as connection:
        tables = await connection.run_sync(reflected)
    return {name: (sorted(columns, key=str), *rest) for name, (columns, *rest) in tables.items()}


async def test_the_earlier_0004_knows_afterwards_what_was_made_of_the_same_words(empty_address: str) -> None:
    await first_revision(empty_address)
    async with migrating(empty_address) as connection:
        await connection.run_sync(partial(bring_to, "0004"))
        await connection.run_sync(_earlier_0004)
        await connection.run_sync(partial(bring_to, "0005"))

    await Storage.upgrade(empty_address)

    async with opened_engine(empty_address) as engine, engine.begin() as connection:
        found = await connection.execute(text("SELECT creation, is_paired, duels FROM standings ORDER BY creation"))
        assert [(row.creation, bool(row.is_paired), row.duels) for row in found] == [(10, True, 0), (11, True, 0)]


async def test_tables_that_differ_from_the_code_are_named(address: str) -> None:
    async with migrating(address) as connection:
        await connection.execute(text("DROP TABLE released_raters"))
        await connection.execute(text("DROP INDEX ix_standings_lead"))
        await connection.execute(text("ALTER TABLE standings ADD COLUMN colour VARCHAR"))

    async with Database.open(address) as database:
        assert await drift(database) == [
            "add index ix_standings_lead",
            "add table released_raters",
            "remove column standings colour",
        ]


async def test_works_without_a_standing_are_given_one_with_their_ratings(
    address: str, spool: Path, tmp_path: Path
) -> None:
    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        bare = await created(storage, spool, 10)
        rated = await created(storage, spool, 20)
        await storage.ratings.react(MessageId(20), BEN, 5, at=after(5))
        before = await storage.standings.of([bare.id, rated.id])
        async with storage._database.writing() as session:  # As a bot of an earlier version leaves it.
            await session.execute(text("DELETE FROM standings"))

        assert await storage.heal() == 2

        assert await storage.standings.of([bare.id, rated.id]) == before
        assert await storage.heal() == 0
