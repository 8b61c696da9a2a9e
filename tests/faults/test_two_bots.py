"""Two programs over one database: the second is told who is there, and changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.studio import Studio
from storage.database import Database
from tests.storage.databases import postgresql_address
from tests.support.host import Host, atelier

__all__ = ["postgresql_address"]


async def test_a_second_bot_with_another_data_folder_is_told_who_holds_the_database(
    host: Host, studio: Studio, postgresql_address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await host.start(ATELIER_DATABASE_URL=postgresql_address)
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    code, said = await atelier("run", folder=elsewhere, ATELIER_DATABASE_URL=postgresql_address)

    assert code == 1
    assert "error: another Atelier holds the database: atelier " in said
    await host.work_of(await host.write())


async def test_the_database_is_free_again_after_the_first_bot_was_killed(host: Host, postgresql_address: str) -> None:
    await host.start(ATELIER_DATABASE_URL=postgresql_address)
    await host.kill()

    await host.start(ATELIER_DATABASE_URL=postgresql_address)

    await host.work_of(await host.write())


@pytest.mark.parametrize("command", [("db", "upgrade"), ("members", "erase", "1", "--yes")])
async def test_what_must_be_alone_is_refused_beside_a_running_bot(host: Host, command: tuple[str, ...]) -> None:
    await host.start()

    code, said = await atelier(*command, folder=host.data, ATELIER_DATA_DIR=str(host.data))

    assert code == 1
    assert f"error: another Atelier is running over {host.data}" in said


async def test_works_that_an_older_bot_made_without_a_standing_get_one_at_the_start(host: Host) -> None:
    await host.start()
    work = await host.work_of(await host.write())
    await host.studio.person("lin").react(work, "5️⃣")
    await host.history_of("ada", until="★ ")
    await host.kill()
    async with Database.open(host.database) as database, database.writing() as session:
        await session.execute(text("DELETE FROM standings"))

    await host.start()

    await host.history_of("ada", until="★ ")


async def test_an_upgrade_says_what_it_did(tmp_path: Path) -> None:
    _, made = await atelier("db", "upgrade", folder=tmp_path)
    _, again = await atelier("db", "upgrade", folder=tmp_path)

    assert "the database is made (revision " in made
    assert "the database is up to date (revision " in again
