"""What is taken back after a release was made."""

import asyncio
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.releasing import require_current, since
from bot.settings import Settings
from storage import Storage
from storage.domain import Consent
from storage.release.errors import ReleaseOutdatedError, ReleaseUnknownError
from storage.release.values import TakenBack
from storage.tables import ReleaseRow
from tests.storage.release.server import furnished, released, wanted
from tests.storage.release.test_making import at_home
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after


async def test_a_release_that_nobody_took_anything_back_of_is_current(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    assert await storage.releases.taken_back(wanted(), tmp_path / "out") == TakenBack(works=0, raters=0)


async def test_works_of_who_withdrew_and_raters_who_withdrew_are_counted(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    await storage.consents.withdraw(SERVER, BEN, Consent.WORKS, at=after(99), wording=2, locale="en-US")
    await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(99), wording=2, locale="en-US")

    assert await storage.releases.taken_back(wanted(), tmp_path / "out") == TakenBack(works=2, raters=1)


async def test_an_erased_member_is_counted_as_author_and_as_rater(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    erasure = await storage.erasures.ask(BEN, None, takes_messages=False, at=after(90))
    while not (await storage.erasures.carry_on(erasure, at=after(90))).is_done:
        pass

    assert await storage.releases.taken_back(wanted(), tmp_path / "out") == TakenBack(works=2, raters=1)


async def test_a_release_is_known_by_its_manifest_wherever_it_stands(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)
    made = await released(storage, tmp_path / "out")

    known = await storage.releases.known(hashlib.sha256((tmp_path / "out/manifest.json").read_bytes()).hexdigest())

    assert known == (SERVER, made)
    assert await storage.releases.known("0" * 64) is None


async def test_the_host_is_told_what_was_taken_back_and_cannot_push_it(spool: Path, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    async with at_home(tmp_path / "data") as storage:
        await furnished(storage, spool)
        await released(storage, tmp_path / "out")
        await storage.consents.withdraw(SERVER, ANNA, Consent.RATINGS, at=after(99), wording=2, locale="en-US")
    await asyncio.to_thread(shutil.copytree, tmp_path / "out", tmp_path / "copy")

    with pytest.raises(ReleaseOutdatedError):
        await require_current(settings, tmp_path / "copy", may_be_unknown=True)
    told = await since(settings, SERVER)
    await asyncio.to_thread(shutil.rmtree, tmp_path / "out")
    moved = await since(settings, SERVER)

    assert [found is not None and found.raters > 0 for _, found in told] == [True]
    assert [found for _, found in moved] == [None]


@pytest.mark.parametrize("is_of_before", [False, True], ids=["as it is named now", "as it was named before"])
async def test_a_moved_data_folder_keeps_its_releases(spool: Path, tmp_path: Path, is_of_before: bool) -> None:
    place = tmp_path / "data/releases/one-v1"
    async with at_home(tmp_path / "data") as storage:
        await furnished(storage, spool)
        made = await released(storage, place)
        if is_of_before:
            async with storage._database.writing() as session:
                await session.execute(update(ReleaseRow).values(folder=str(place)))
    assert made.folder == str(place)

    await asyncio.to_thread(shutil.move, tmp_path / "data", tmp_path / "moved")

    ((told, taken_back),) = await since(Settings(_env_file=None, data_dir=tmp_path / "moved"), SERVER)
    assert told == replace(made, folder=str(tmp_path / "moved/releases/one-v1"))
    assert taken_back is not None, "no release stands there"


async def test_a_folder_of_another_data_folder_is_pushed_only_where_the_host_says_so(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    async with at_home(tmp_path / "data"):
        pass
    (tmp_path / "manifest.json").write_text("{}")

    await require_current(settings, tmp_path, may_be_unknown=True)
    with pytest.raises(ReleaseUnknownError):
        await require_current(settings, tmp_path, may_be_unknown=False)
