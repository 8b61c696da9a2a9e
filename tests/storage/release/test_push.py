"""A release on its way to a hub: whole under its tag, nothing twice, nothing of others touched."""

import asyncio
import hashlib
import io
import json
import os
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils.tqdm import disable_progress_bars
from rich.console import Console

from bot.releasing_push import shown_push
from bot.settings import Settings
from storage.release import push as pushing
from storage.release.errors import (
    NewerReleasePushedError,
    PushFailedError,
    PushRefusedError,
    ReleaseBrokenError,
    ReleaseDiffersError,
    RepositoryForeignError,
    RepositoryPublicError,
)
from storage.release.push import Destination, Pushed, Sent, push
from tests.support.hub import TOKEN, DatasetHub

# The library's own way to send large files is one that its HTTP library does not want any longer.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

LARGE = random.Random(1).randbytes(5_000)
FILES = {
    "README.md": b"---\nlicense: cc-by-4.0\n---\n# Foxes\n",
    "data/works/train-00000-of-00001.parquet": b"PAR1",
    "media/aa/aabb.png": LARGE,
    "media/cc/ccdd.txt": b"A fox.",
}


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DatasetHub]:
    """The only hub that a push of this test knows, and one that speaks no Xet."""
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", os.devnull)
    disable_progress_bars()
    async with DatasetHub.open() as hub:
        yield hub


def release(folder: Path, version: int, files: Mapping[str, bytes] = FILES) -> Path:
    told = {path: {"sha256": hashlib.sha256(content).hexdigest()} for path, content in files.items()}
    for path, content in {**files, "manifest.json": json.dumps({"version": version, "files": told}).encode()}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


async def pushed(
    folder: Path, hub: DatasetHub, *, is_public: bool = False, token: str | None = TOKEN, sent: list[Sent] | None = None
) -> Pushed:
    destination = Destination(repository="someone/foxes", token=token, endpoint=hub.url, is_public=is_public)
    told = [] if sent is None else sent
    return await asyncio.to_thread(push, folder, destination, verify=lambda _: (), progress=told.append)


def files_in(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_release_stands_whole_under_its_tag_and_in_private(hub: DatasetHub, tmp_path: Path) -> None:
    sent: list[Sent] = []

    done = await pushed(release(tmp_path, 1), hub, sent=sent)

    assert hub.contents("v1") == hub.contents("main") == files_in(tmp_path)
    assert hub.is_private
    assert (done.version, done.files, done.is_public) == (1, 5, False)
    assert sent[0].bytes == 0
    assert sent[-1].bytes == sent[-1].of_bytes == done.bytes == sum(map(len, files_in(tmp_path).values()))


async def test_a_release_for_all_is_public(hub: DatasetHub, tmp_path: Path) -> None:
    done = await pushed(release(tmp_path, 1), hub, is_public=True)

    assert done.is_public
    assert not hub.is_private


async def test_a_release_that_is_there_is_not_sent_again(hub: DatasetHub, tmp_path: Path) -> None:
    await pushed(release(tmp_path, 1), hub)
    commits, uploads = len(hub.commits), hub.uploads.copy()

    done = await pushed(tmp_path, hub)

    assert (done.files, done.bytes) == (0, 0)
    assert (len(hub.commits), hub.uploads) == (commits, uploads)


async def test_the_next_release_sends_what_is_new_and_takes_away_what_was_withdrawn(
    hub: DatasetHub, tmp_path: Path
) -> None:
    await pushed(release(tmp_path / "1", 1), hub)
    hub.uploads.clear()
    files = {**FILES, "media/ee/eeff.txt": b"A wolf."}
    del files["media/cc/ccdd.txt"]

    await pushed(release(tmp_path / "2", 2, files), hub)

    assert hub.uploads == ["manifest.json", "media/ee/eeff.txt"]
    assert hub.contents("v2") == hub.contents("main") == files_in(tmp_path / "2")
    assert hub.contents("v1") == files_in(tmp_path / "1")


@pytest.mark.parametrize("cut", [1, 2, 3])
@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_push_that_broke_off_goes_on_where_it_was(
    hub: DatasetHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int, is_kept: bool
) -> None:
    monkeypatch.setattr(pushing, "_BATCH_FILES", 2)
    hub.cut_at_commit, hub.keeps_what_was_cut = cut, is_kept
    with pytest.raises(PushFailedError):
        await pushed(release(tmp_path, 1), hub)
    assert "v1" not in hub.refs

    await pushed(tmp_path, hub)

    assert hub.contents("v1") == files_in(tmp_path)
    assert sorted(hub.uploads) == sorted(set(hub.uploads))


@pytest.mark.parametrize("token", [None, "hf_wrong"])
async def test_a_token_that_may_not_write_is_one_clear_line(hub: DatasetHub, tmp_path: Path, token: str | None) -> None:
    with pytest.raises(PushRefusedError, match="HF_TOKEN") as refusal:
        await pushed(release(tmp_path, 1), hub, token=token)

    assert refusal.value.has_token is bool(token)
    assert "hf_wrong" not in str(refusal.value)
    assert not hub.is_there


async def test_a_hub_that_is_away_is_one_clear_line(hub: DatasetHub, tmp_path: Path) -> None:
    hub.url = "http://127.0.0.1:9"

    with pytest.raises(PushFailedError, match="goes on"):
        await pushed(release(tmp_path, 1), hub)


async def test_a_release_that_is_not_whole_stays_here(hub: DatasetHub, tmp_path: Path) -> None:
    destination = Destination(repository="someone/foxes", token=TOKEN, endpoint=hub.url)

    with pytest.raises(ReleaseBrokenError, match=r"README\.md is missing, and 1 more"):
        await asyncio.to_thread(push, release(tmp_path, 1), destination, verify=lambda _: ("README.md is missing", "x"))

    assert not hub.is_there


async def test_a_private_release_does_not_go_where_all_can_see_it(hub: DatasetHub, tmp_path: Path) -> None:
    await pushed(release(tmp_path / "1", 1), hub, is_public=True)

    with pytest.raises(RepositoryPublicError):
        await pushed(release(tmp_path / "2", 2), hub)

    assert hub.contents("main") == files_in(tmp_path / "1")


@pytest.mark.parametrize("path", ["model.safetensors", "data/train.csv"])
async def test_a_repository_of_something_else_is_left_alone(hub: DatasetHub, tmp_path: Path, path: str) -> None:
    await pushed(release(tmp_path / "0", 1), hub)
    hub.refs.pop("v1")
    hub.commits[hub.refs["main"]] = {}
    hub.put({"README.md": b"Mine", path: b"Mine"})

    with pytest.raises(RepositoryForeignError):
        await pushed(release(tmp_path / "1", 1), hub)

    assert hub.contents("main") == {"README.md": b"Mine", path: b"Mine"}


async def test_an_older_release_does_not_come_on_top_of_a_newer_one(hub: DatasetHub, tmp_path: Path) -> None:
    await pushed(release(tmp_path / "2", 2), hub)

    with pytest.raises(NewerReleasePushedError):
        await pushed(release(tmp_path / "1", 1), hub)

    assert hub.contents("main") == files_in(tmp_path / "2")


async def test_another_release_under_the_same_version_is_refused(hub: DatasetHub, tmp_path: Path) -> None:
    await pushed(release(tmp_path / "one", 1), hub)

    with pytest.raises(ReleaseDiffersError):
        await pushed(release(tmp_path / "other", 1, {"README.md": b"# Wolves"}), hub)

    assert hub.contents("main") == files_in(tmp_path / "one")


async def test_of_two_pushes_at_once_one_is_refused(
    hub: DatasetHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_BATCH_FILES", 2)
    hub.before_commit = lambda number: hub.put({"README.md": b"Another's"}) if number == 2 else None

    with pytest.raises(PushFailedError, match="412"):
        await pushed(release(tmp_path, 1), hub)

    assert "v1" not in hub.refs


async def test_the_host_sees_where_a_release_stands_and_no_token(hub: DatasetHub, tmp_path: Path) -> None:
    settings = Settings.model_validate({"HF_TOKEN": TOKEN, "HF_ENDPOINT": hub.url})
    console = Console(file=io.StringIO(), width=120)

    for _ in range(2):
        await asyncio.to_thread(
            shown_push,
            settings,
            release(tmp_path, 1),
            "someone/foxes",
            is_public=False,
            verify=lambda _: (),
            console=console,
        )

    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert "someone/foxes v1: sent 5 files" in said
    assert "someone/foxes v1: was there already; it stands there in private" in said
    assert TOKEN not in said
