"""Files that no row names: which go to the trash, and for how long."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.contract.artifacts import Artifact
from storage import Storage
from storage.files import Inventory
from storage.media import StoredFile
from storage.sweeping import FEW, TRASH_AGE, Swept, are_few
from tests.storage.works import ANNA, after, created

NOTHING = Swept(restored=0, trashed=0, left=0, expired=0)


def tomorrow(days: float = 1) -> datetime:
    """Late enough for what was just stored to have no owner any more."""
    return datetime.now(UTC) + timedelta(days=days)


def in_trash(artifact: Artifact) -> list[Path]:
    return list(artifact.path.parents[2].glob(f"trash/*/{artifact.path.name}"))


async def strays(storage: Storage, count: int) -> list[Artifact]:
    return [await storage.media.put(f"stray {number}".encode(), "text/plain") for number in range(count)]


def inventory_of(files: int, strays: int) -> Inventory:
    stray = StoredFile(sha256="0" * 64, path=Path("stray"), size_bytes=1, changed_at=0.0)
    return Inventory(files=files, size_bytes=files, strays=[stray] * strays)


@pytest.mark.parametrize(
    ("files", "strays", "may_go"),
    [
        (10_000, 300, True),
        (10_000, 301, False),
        (FEW + 1, FEW, True),
        (68, FEW + 1, False),
        (68, 68, False),
        (1, 1, False),
        (0, 0, False),
    ],
)
def test_a_few_of_a_hundred_files_may_go_and_none_of_an_empty_database(files: int, strays: int, may_go: bool) -> None:
    assert are_few(strays, inventory_of(files, strays)) is may_go


async def test_a_stray_goes_to_the_trash_and_nothing_else_does(storage: Storage, spool: Path, tmp_path: Path) -> None:
    work = await created(storage, spool)
    (stray,) = await strays(storage, 1)
    half = storage.media.scratch / "half-written"
    strangers = [stray.path.parent / "holiday.jpg", storage.media.folder / "README"]
    for path in (half, *strangers):
        path.write_bytes(b"x")

    assert await storage.strays.sweep(at=datetime.now(UTC)) == NOTHING, "too young"
    assert stray.path.exists()
    assert (await storage.strays.sweep(at=tomorrow())).trashed == 1

    assert not stray.path.exists()
    assert [path.read_bytes() for path in in_trash(stray)] == [b"stray 0"]
    assert not half.exists()
    assert all(path.exists() for path in (work.artifacts[0].path, *strangers))


async def test_opening_moves_no_file(address: str, tmp_path: Path, spool: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        await created(storage, spool)
        (stray,) = await strays(storage, 1)
    os.utime(stray.path, (0, 0))

    async with Storage.open(address, media_folder=tmp_path / "media"):
        assert stray.path.exists()


async def test_many_strays_stay_until_the_host_gives_the_word(storage: Storage, spool: Path) -> None:
    await created(storage, spool)
    many = await strays(storage, FEW + 1)

    assert (await storage.strays.sweep(at=tomorrow())).left == len(many)
    assert all(stray.path.exists() for stray in many)

    assert (await storage.strays.sweep(at=tomorrow(), is_agreed=True)).trashed == len(many)
    assert all(in_trash(stray) for stray in many)


async def test_an_empty_database_sweeps_nothing(storage: Storage) -> None:
    (stray,) = await strays(storage, 1)

    assert (await storage.strays.sweep(at=tomorrow())).left == 1

    assert stray.path.exists()


async def test_the_trash_lets_go_of_a_file_after_thirty_days(storage: Storage, spool: Path) -> None:
    await created(storage, spool)
    (stray,) = await strays(storage, 1)
    await storage.strays.sweep(at=tomorrow())

    assert await storage.strays.sweep(at=tomorrow() + TRASH_AGE) == NOTHING
    assert in_trash(stray)
    assert (await storage.strays.sweep(at=tomorrow(2) + TRASH_AGE)).expired == 1

    assert not in_trash(stray)


async def test_a_file_comes_back_from_the_trash_when_a_row_names_it_again(storage: Storage, spool: Path) -> None:
    await created(storage, spool, content="kept")
    lost = await created(storage, spool, content="lost")
    storage.media.folder.joinpath("trash/2030-01-01").mkdir(parents=True)
    lost.artifacts[0].path.rename(storage.media.folder / "trash/2030-01-01" / lost.artifacts[0].path.name)

    assert (await storage.strays.sweep(at=datetime.now(UTC))).restored == 1

    assert await storage.media.read_text(lost.artifacts[0]) == "lost"
    assert not in_trash(lost.artifacts[0])


async def test_what_was_trashed_is_stored_again_as_if_it_were_new(storage: Storage, spool: Path) -> None:
    await created(storage, spool)
    (stray,) = await strays(storage, 1)
    await storage.strays.sweep(at=tomorrow())

    work = await created(storage, spool, content="stray 0")

    assert work.artifacts[0].path == stray.path
    assert await storage.media.read_text(work.artifacts[0]) == "stray 0"


async def test_a_deletion_reaches_into_the_trash(storage: Storage, spool: Path) -> None:
    await created(storage, spool)
    (stray,) = await strays(storage, 1)
    await storage.strays.sweep(at=tomorrow())
    work = await created(storage, spool, content="stray 0")

    await storage.creations.delete(work.id)

    assert not stray.path.exists()
    assert not in_trash(stray)


async def test_an_erasure_reaches_into_the_trash(storage: Storage, spool: Path) -> None:
    (stray,) = await strays(storage, 1)
    await created(storage, spool, content="hers")
    await storage.strays.sweep(at=tomorrow())
    await created(storage, spool, content="stray 0")

    erasure = await storage.erasures.ask(ANNA, None, takes_messages=False, at=after(9))
    while not (await storage.erasures.carry_on(erasure, at=after(9))).is_done:
        pass

    assert not stray.path.exists()
    assert not in_trash(stray)
