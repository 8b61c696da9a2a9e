"""Where a release stands: what a sweep leaves alone, and what becomes of a version whose last step failed."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage import Storage
from storage.audit import note
from storage.release import releases
from storage.release.errors import FolderTakenError, ReleaseUnplacedError
from storage.release.place import HIDDEN, MARK, put_in_place, sweep, workshop
from storage.release.values import Phase
from storage.release.verification import first_faults
from tests.storage.release.server import furnished, released, wanted
from tests.storage.works import SERVER


def left_by_a_crash(parent: Path, name: str) -> Path:
    hidden = parent / f"{HIDDEN}{name}"
    hidden.mkdir()
    (hidden / MARK).touch()
    (hidden / "half").write_text("a fox")
    return hidden


def hidden_in(parent: Path) -> list[str]:
    return [path.name for path in parent.iterdir() if path.name.startswith(HIDDEN)]


def test_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    left_by_a_crash(tmp_path, "out")

    sweep(tmp_path, lambda _: None)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_a_file_and_a_link_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    film, target = tmp_path / f"{HIDDEN}film", tmp_path / "elsewhere"
    film.mkdir()
    (film / "final.mov").write_text("months of work")
    target.mkdir()
    (target / MARK).touch()
    (tmp_path / f"{HIDDEN}notes").write_text("to do")
    (tmp_path / f"{HIDDEN}link").symlink_to(target)
    linked = tmp_path / f"{HIDDEN}mark"
    linked.mkdir()
    (linked / MARK).symlink_to(target / MARK)

    sweep(tmp_path, lambda _: None)

    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert names >= {f"{HIDDEN}film/final.mov", f"{HIDDEN}notes", f"{HIDDEN}link", f"{HIDDEN}mark", f"elsewhere/{MARK}"}


def test_a_workshop_in_use_is_left_alone(tmp_path: Path) -> None:
    with workshop(tmp_path / "out") as place:
        sweep(tmp_path, lambda _: None)

        assert place.root.is_dir()


def test_somebody_s_file_under_the_workshop_s_name_is_in_nobody_s_way(tmp_path: Path) -> None:
    (tmp_path / f"{HIDDEN}out").write_text("mine")

    with workshop(tmp_path / "out") as place:
        put_in_place(place.root, tmp_path / "out")

    assert {path.name for path in tmp_path.iterdir()} == {"out", f"{HIDDEN}out"}


def test_a_link_to_nowhere_takes_a_place(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")

    with pytest.raises(FolderTakenError), workshop(tmp_path / "out"):
        pass


async def test_a_folder_that_is_taken_meanwhile_leaves_the_version_free(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)

    def take(phase: Phase, done: int, of: int) -> None:
        if phase is Phase.CHECK:
            (tmp_path / "out").mkdir()

    with pytest.raises(FolderTakenError):
        await released(storage, tmp_path / "out", progress=take)

    assert await storage.releases.listed(SERVER) == []
    await released(storage, tmp_path / "other")
    assert first_faults(tmp_path / "other") == []
    assert hidden_in(tmp_path) == []


@pytest.mark.parametrize("error", [OSError("no"), FolderTakenError(Path("out"))])
async def test_a_version_whose_last_step_failed_is_finished_by_the_next_maker(
    storage: Storage, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await furnished(storage, spool)

    with monkeypatch.context() as patch:
        patch.setattr(releases, "put_in_place", _raising(error))
        with pytest.raises(ReleaseUnplacedError):
            await released(storage, tmp_path / "out")
    await released(storage, tmp_path / "elsewhere/2", wanted(2))

    assert [made.version for made in await storage.releases.listed(SERVER)] == [2, 1]
    assert first_faults(tmp_path / "out") == []
    assert not (tmp_path / f"{HIDDEN}out").exists()


async def test_a_version_whose_place_stays_taken_is_kept(
    storage: Storage, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnished(storage, spool)
    with monkeypatch.context() as patch:
        patch.setattr(releases, "put_in_place", _raising(FolderTakenError(Path("out"))))
        with pytest.raises(ReleaseUnplacedError):
            await released(storage, tmp_path / "out")
    (tmp_path / "out").mkdir()

    await released(storage, tmp_path / "2", wanted(2))
    (tmp_path / "out").rmdir()
    await released(storage, tmp_path / "3", wanted(3))

    assert first_faults(tmp_path / "out") == []


async def test_who_breaks_off_at_the_commit_has_the_release_whole(
    storage: Storage, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnished(storage, spool)

    def break_off(*given: Any) -> None:
        note(*given)
        making.cancel()  # The next that is awaited is the commit.

    monkeypatch.setattr(releases, "note", break_off)
    making = asyncio.create_task(released(storage, tmp_path / "out"))
    await asyncio.wait([making])

    assert making.cancelled()
    assert len(await storage.releases.listed(SERVER)) == 1
    assert first_faults(tmp_path / "out") == []
    assert hidden_in(tmp_path) == []


def _raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
