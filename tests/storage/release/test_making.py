"""Releases as they are made: what is in them, for whom they open, and what becomes of one that is broken off."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.releasing import inscribed
from inference.contract.errors import DiskFullError
from inference.contract.identifiers import MessageId
from inference.contract.image import Showing
from inference.contract.jobs import Parent, Relation
from storage import Storage, address_of
from storage.domain import Axis, Consent, Via
from storage.domain import Deed as Done
from storage.pseudonyms import PSEUDONYMS
from storage.release.developing import Inscription
from storage.release.errors import (
    FolderTakenError,
    NothingToReleaseError,
    ReleaseOvertakenError,
    ReleaseUnderWayError,
    VersionTakenError,
)
from storage.release.place import HIDDEN, LOCK, MARK
from storage.release.reading import rows_of
from storage.release.values import Phase, Reason, Split
from storage.release.verification import first_faults
from storage.tables import RemarkRow
from tests.storage.release.server import accept, agree, furnished, painted, plainly, rate, released, wanted, written
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created

Deed = Callable[[], Awaitable[None]]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def contents(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def rows(folder: Path, part: str) -> list[dict[str, Any]]:
    return [row for split in Split for row in rows_of(folder, part, split)]


async def test_a_release_holds_what_was_accepted_and_holds_together(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    works = await furnished(storage, spool)

    made = await released(storage, tmp_path / "out")

    assert first_faults(tmp_path / "out") == []
    assert [row["work"] for row in lines(tmp_path / "out/jsonl/works.jsonl")] == [work.id for work in works]
    assert (made.works, made.ratings, made.pairs) == (4, 10, 2)
    assert [one.version for one in await storage.releases.listed(SERVER)] == [1]
    entry = (await storage.audit.page(SERVER, limit=1)).rows[0]
    assert (entry.deed, entry.moderator, entry.detail) == (Done.PUBLISHED, CLEO, "v1: 4 works")


async def test_a_work_has_its_whole_recipe(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    told = {row["work"]: row for row in rows(tmp_path / "out", "works")}

    text, pictures = told[works[0].id], told[works[2].id]
    assert (text["text"], text["model"], text["licence"], text["seed"]) == ("A fox.", "smollm2-135m", "Apache-2.0", 7)
    assert json.loads(text["request"])["genre"] == "story"
    assert json.loads(text["settings"]) == {"temperature": 0.8, "top_k": 40, "sampler": "nucleus"}
    assert (text["raters"], text["tags"], pictures["tags"]) == (2, [], ["grey", "square"])
    assert [image["path"] for image in pictures["images"]] == [file["path"] for file in pictures["files"]]
    assert [(file["width"], file["unsafe"]) for file in pictures["files"]] == [(8, 0.1), (8, 0.1)]
    assert pictures["images"][0]["bytes"].endswith(b"a grey square")


async def test_nothing_in_it_leads_to_a_member(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "out", inscribe=inscribed)

    parts = ("works", "ratings", "pairs", "text_pairs", "picture_pairs")
    columns = json.dumps([rows(tmp_path / "out", part) for part in parts], default=str)
    # Neither the texts in pictures nor the shards are packed.
    everything = b"".join(contents(tmp_path / "out").values()) + columns.encode()

    for trace in (str(ANNA), str(BEN), str(CLEO), str(SERVER), "anna@example.com", "@anna"):
        assert trace.encode() not in everything
    assert b"a fox for [mention]" in everything
    assert b"as [email] says" in everything
    assert b"a grey square, by [mention]\nSeed: " in everything, "in a picture, as other tools read it"


async def test_ratings_stand_in_long_form_with_their_raters(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    told = rows(tmp_path / "out", "ratings")

    of_first = [row for row in told if row["work"] == works[0].id]
    assert {(row["axis"], row["stars"], row["via"], row["repeat"]) for row in of_first} == {
        ("beauty", 5, "form", 0),
        ("fit", 5, "form", 0),
    }
    assert len({row["rater"] for row in of_first}) == 2
    assert sorted(row["remark"] for row in of_first) == ["", "", "", "as [email] says"]
    by_work = {row["work"]: row["author"] for row in rows(tmp_path / "out", "works")}
    assert by_work[works[2].id] not in {row["rater"] for row in told}, "Ben, who rates and paints, has two names"


async def test_a_reaction_that_was_found_by_looking_has_no_time(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await agree(storage, ANNA, BEN, CLEO)
    work = await created(storage, spool, 1, content="A wolf.")
    await accept(storage, work)
    await storage.ratings.reconcile(MessageId(1), {4: [BEN]}, at=after(60))
    await storage.ratings.react(MessageId(1), CLEO, 5, at=after(70))
    await released(storage, tmp_path / "out")

    assert {(row["stars"], row["rated_on"]) for row in rows(tmp_path / "out", "ratings")} == {
        (4, None),
        (5, after(70).date()),
    }


async def test_nothing_in_it_tells_what_somebody_thinks_who_did_not_agree(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    works = await furnished(storage, spool)
    await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(100), wording=2, locale="en-US")
    await released(storage, tmp_path / "before")

    for work in works:
        await rate(storage, work, CLEO, 1, at=after(200))
    await released(storage, tmp_path / "after", wanted(2))

    figures = ("work", "raters", "score", "low", "high")
    before, later = (
        [[row[name] for name in figures] for row in rows(tmp_path / name, "works")] for name in ("before", "after")
    )
    assert later == before
    assert [row[1] for row in later] == [1, 1, 1, 0]


async def test_ratings_of_who_did_not_agree_are_left_out(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)
    await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(9), wording=2, locale="en-US")

    made = await released(storage, tmp_path / "out")

    assert made.ratings == 6
    assert made.pairs == 1
    assert json.loads((tmp_path / "out/manifest.json").read_text())["ratings_left_out"] == 4


async def test_a_hidden_repeat_is_two_rows(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await agree(storage, ANNA, BEN)
    work = await written(storage, spool, "A fox.")
    for days, stars in ((1, 2), (3, 4)):
        at = after(0) + timedelta(days=days)
        await storage.ratings.say(work.id, BEN, {Axis.OVERALL: stars}, via=Via.SERVED, at=at)

    await released(storage, tmp_path / "out")

    told = rows(tmp_path / "out", "ratings")
    assert [(row["repeat"], row["stars"], row["via"]) for row in told] == [(0, 2, None), (1, 4, "served")]


async def test_what_is_held_back_is_not_in_it(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await agree(storage, ANNA)
    work = await painted(storage, spool, 1, 2, showings=[Showing.HELD, Showing.OPEN])
    report = await storage.reports.next_open(SERVER)
    assert report is not None
    await storage.reports.dismiss(report.id, by=CLEO, at=after(60))

    await released(storage, tmp_path / "out")

    (row,) = rows(tmp_path / "out", "works")
    assert [(file["part"], row["work"]) for file in row["files"]] == [(1, work.id)]


# webdataset leaves the last shard to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_datasets_and_webdataset_open_it(
    storage: Storage, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    webdataset = pytest.importorskip("webdataset")
    await furnished(storage, spool)
    await released(storage, tmp_path / "out")

    def opened(name: str) -> Any:
        datasets.disable_progress_bars()
        parts = datasets.load_dataset(str(tmp_path / "out"), name, cache_dir=str(tmp_path / "cache"))
        return [row for split in parts.values() for row in split]

    works = await asyncio.to_thread(opened, "works")
    pictures = [row["images"] for row in works if row["medium"] == "image"]
    shards = [str(path) for path in sorted((tmp_path / "out/shards").glob("*/*.tar"))]
    samples = list(webdataset.WebDataset(shards, shardshuffle=False, empty_check=False).decode("pil"))

    assert sorted(len(images) for images in pictures) == [1, 2]
    assert {image.size for images in pictures for image in images} == {(8, 8)}
    assert len(await asyncio.to_thread(opened, "ratings")) == 10
    assert {sample["json"]["work"] for sample in samples} == {row["work"] for row in works}
    assert {sample["png"].size for sample in samples if "png" in sample} == {(8, 8)}
    assert {sample["txt"] for sample in samples if "txt" in sample} == {"A fox.", "Another fox."}


async def test_datasets_opens_the_shards_of_each_kind(
    storage: Storage, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    works = await furnished(storage, spool)
    await written(storage, spool, "A hare.", parents=[Parent(creation=works[0].id, relation=Relation.AGAIN)])
    await released(storage, tmp_path / "out")

    def opened(kind: str) -> list[dict[str, Any]]:
        datasets.disable_progress_bars()
        files = {split.value: str(tmp_path / f"out/shards/{kind}/{split}-*.tar") for split in Split}
        there = {name: each for name, each in files.items() if list(Path(each).parent.glob(Path(each).name))}
        parts = datasets.load_dataset("webdataset", data_files=there, cache_dir=str(tmp_path / "cache"))
        return [row for split in parts.values() for row in split]

    pictures, texts = await asyncio.to_thread(opened, "png"), await asyncio.to_thread(opened, "txt")

    assert sorted((row["json"]["work"], row["json"]["part"]) for row in pictures) == [
        (works[2].id, 0),
        (works[2].id, 1),
        (works[3].id, 0),
    ]
    assert {row["png"].size for row in pictures} == {(8, 8)}
    assert {row["txt"] for row in texts} == {"A fox.", "Another fox.", "A hare."}
    assert {row["json"]["genre"] for row in texts} == {"story"}


async def test_one_state_makes_one_release_to_the_byte(spool: Path, tmp_path: Path) -> None:
    async with at_home(tmp_path / "data") as storage:
        await furnished(storage, spool)
    # The host's secret is a part of the state; it is drawn when it is first needed.
    (tmp_path / "data" / PSEUDONYMS).write_bytes(bytes(range(32)))
    shutil.copytree(tmp_path / "data", tmp_path / "copy")

    async with at_home(tmp_path / "data") as storage:
        one = await released(storage, tmp_path / "one")
    async with at_home(tmp_path / "copy") as storage:
        other = await released(storage, tmp_path / "other")

    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert one.manifest_sha256 == other.manifest_sha256


async def test_two_releases_cannot_be_joined_by_names(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "1")
    await released(storage, tmp_path / "2", wanted(2))

    authors = [{row["author"] for row in rows(tmp_path / name, "works")} for name in ("1", "2")]
    raters = [{row["rater"] for row in rows(tmp_path / name, "ratings")} for name in ("1", "2")]

    assert (authors[0] | raters[0]).isdisjoint(authors[1] | raters[1])
    assert [row["work"] for row in rows(tmp_path / "1", "works")] == [
        row["work"] for row in rows(tmp_path / "2", "works")
    ]


async def test_what_went_since_has_a_tombstone(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)
    await released(storage, tmp_path / "1")
    await storage.creations.delete(works[0].id)
    await storage.consents.withdraw(SERVER, BEN, Consent.WORKS, at=after(99), wording=2, locale="en-US")

    await released(storage, tmp_path / "2", wanted(2))

    assert lines(tmp_path / "2/tombstones.jsonl") == [
        {"work": works[0].id, "versions": [1], "reason": "erased"},
        {"work": works[2].id, "versions": [1], "reason": "withdrawn"},
        {"work": works[3].id, "versions": [1], "reason": "withdrawn"},
    ]
    assert [one.work for one in await storage.releases.tombstones(wanted(2))] == [
        work.id for work in (works[0], *works[2:])
    ]


async def test_a_rater_who_went_has_a_tombstone_in_the_name_of_each_version(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    works = await furnished(storage, spool)
    await released(storage, tmp_path / "1")
    await released(storage, tmp_path / "2", wanted(2))
    await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(99), wording=2, locale="en-US")

    await released(storage, tmp_path / "3", wanted(3))

    of_cleo = [
        {
            row["rater"]
            for row in rows(tmp_path / name, "pairs")
            if row["source"] == "duel" and row["chosen_work"] == works[0].id
        }
        for name in ("1", "2")
    ]
    assert not (tmp_path / "2/tombstones.jsonl").exists(), "an empty file is left out"
    assert lines(tmp_path / "3/tombstones.jsonl") == [
        {"rater": rater, "versions": [version], "reason": "withdrawn"}
        for version, (rater,) in enumerate(of_cleo, start=1)
    ]
    assert first_faults(tmp_path / "3") == []


async def test_a_withdrawal_while_it_is_made_is_heeded(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)

    async def withdraw() -> None:
        await storage.consents.withdraw(SERVER, BEN, Consent.WORKS, at=after(99), wording=2, locale="en-US")

    begun = await interrupted(storage, tmp_path / "out", withdraw)

    assert begun == 2
    assert first_faults(tmp_path / "out") == []
    assert [row["work"] for row in rows(tmp_path / "out", "works")] == [works[0].id, works[1].id]


async def test_a_rater_s_withdrawal_while_it_is_made_is_heeded(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)

    async def withdraw() -> None:
        await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(99), wording=2, locale="en-US")

    await interrupted(storage, tmp_path / "out", withdraw)

    assert len(rows(tmp_path / "out", "ratings")) == 6


async def test_an_erasure_while_it_is_made_is_heeded(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)

    async def erase() -> None:
        erasure = await storage.erasures.ask(BEN, None, takes_messages=False, at=after(90))
        while not (await storage.erasures.carry_on(erasure, at=after(90))).is_done:
            pass

    await interrupted(storage, tmp_path / "out", erase)

    assert first_faults(tmp_path / "out") == []
    assert [row["work"] for row in rows(tmp_path / "out", "works")] == [works[0].id, works[1].id]
    assert len(rows(tmp_path / "out", "ratings")) == 4, "Cleo's, of Anna's works"


async def test_what_goes_of_a_work_that_stays_is_heeded(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)

    async def untag() -> None:
        await storage.curation.tag(works[2].id, SERVER, ["square"], by=CLEO, at=after(91))

    async def unsay() -> None:
        async with storage._database.writing() as session:
            await session.execute(delete(RemarkRow).where(RemarkRow.creation == works[0].id))

    begun = await interrupted(storage, tmp_path / "out", untag, unsay)

    assert begun == 3
    assert [row["tags"] for row in rows(tmp_path / "out", "works") if row["work"] == works[2].id] == [["square"]]
    assert {row["remark"] for row in rows(tmp_path / "out", "ratings")} == {""}


async def test_a_rating_that_comes_while_it_is_made_is_no_reason_to_begin_anew(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    works = await furnished(storage, spool)

    async def say() -> None:
        await rate(storage, works[3], CLEO, 2, at=after(92))

    assert await interrupted(storage, tmp_path / "out", say) == 1


async def test_who_is_overtaken_again_and_again_is_told(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)
    more = [await written(storage, spool, f"A fox, {number}.", prompt=f"fox {number}") for number in range(3)]

    async def spoil() -> None:
        await storage.creations.delete(more.pop().id)

    with pytest.raises(ReleaseOvertakenError):
        await interrupted(storage, tmp_path / "out", spoil, spoil, spoil)

    assert left_in(tmp_path) & {"out", f"{HIDDEN}out"} == set()
    assert await storage.releases.listed(SERVER) == []


async def test_a_damaged_file_is_left_out(storage: Storage, spool: Path, tmp_path: Path) -> None:
    works = await furnished(storage, spool)
    works[0].artifacts[0].path.write_text("A wolf.")

    await released(storage, tmp_path / "out")

    assert first_faults(tmp_path / "out") == []
    assert works[0].id not in {row["work"] for row in rows(tmp_path / "out", "works")}
    assert json.loads((tmp_path / "out/manifest.json").read_text())["excluded"] == {Reason.FILE_LOST: 1}


async def test_of_two_makers_the_second_is_told(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await furnished(storage, spool)

    async def another() -> None:
        with pytest.raises(ReleaseUnderWayError):
            await released(storage, tmp_path / "other")

    await interrupted(storage, tmp_path / "out", another)

    assert first_faults(tmp_path / "out") == []
    assert not (tmp_path / "other").exists()


async def test_a_folder_or_a_version_that_is_taken_stays_as_it_is(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    await furnished(storage, spool)
    await released(storage, tmp_path / "out")
    before = contents(tmp_path / "out")

    with pytest.raises(FolderTakenError):
        await released(storage, tmp_path / "out", wanted(2))
    with pytest.raises(VersionTakenError):
        await released(storage, tmp_path / "other")

    assert contents(tmp_path / "out") == before
    assert not (tmp_path / "other").exists()


async def test_a_server_of_which_nothing_may_be_released_has_no_release(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NothingToReleaseError):
        await released(storage, tmp_path / "out")

    assert not (tmp_path / "out").exists()


async def test_a_full_disk_leaves_nothing(storage: Storage, spool: Path, small_disk: Path) -> None:
    await agree(storage, ANNA)
    for number in range(3):
        await written(storage, spool, f"{number} fox " * 100_000, prompt=f"fox {number}")

    with pytest.raises(DiskFullError):
        await released(storage, small_disk / "out")

    assert left_in(small_disk) == set()
    assert await storage.releases.listed(SERVER) == []


async def test_a_maker_that_was_killed_leaves_what_the_next_one_sweeps(spool: Path, tmp_path: Path) -> None:
    async with at_home(tmp_path / "data") as storage:
        await furnished(storage, spool)
    await killed(tmp_path / "data", tmp_path / "out", Phase.CARD)
    after_kill = left_in(tmp_path)

    async with at_home(tmp_path / "data") as storage:
        nothing = await storage.releases.listed(SERVER)
        await released(storage, tmp_path / "out")

    assert nothing == []
    assert f"{HIDDEN}out" in after_kill
    assert "out" not in after_kill
    assert first_faults(tmp_path / "out") == []
    assert f"{HIDDEN}out" not in left_in(tmp_path)


async def test_a_release_that_only_lacked_its_name_gets_it(spool: Path, tmp_path: Path) -> None:
    async with at_home(tmp_path / "data") as storage:
        await furnished(storage, spool)
        await released(storage, tmp_path / "1")
    hidden = tmp_path / f"{HIDDEN}1"  # As when the power went just before it was renamed.
    hidden.mkdir()
    (hidden / MARK).touch()
    (tmp_path / "1").rename(hidden / "release")

    async with at_home(tmp_path / "data") as storage:
        await released(storage, tmp_path / "2", wanted(2))

    assert first_faults(tmp_path / "1") == []
    assert left_in(tmp_path) >= {"1", "2"}
    assert left_in(tmp_path / "data/releases") == {LOCK}


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Storage]:
    """In a data folder that can be copied."""
    address = address_of(folder / "atelier.db")
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    await Storage.upgrade(address)
    async with Storage.open(address, media_folder=folder / "media") as storage:
        yield storage


async def killed(data: Path, out: Path, phase: Phase) -> None:
    """Let a process make a release there, and kill it in this phase."""
    code = f"""
import asyncio, os, signal
from pathlib import Path
from tests.storage.release.server import released
from tests.storage.release.test_making import at_home

def told(phase, done, of):
    if phase == {phase.value!r}:
        os.kill(os.getpid(), signal.SIGKILL)

async def make():
    async with at_home(Path({str(data)!r})) as storage:
        await released(storage, Path({str(out)!r}), progress=told)

asyncio.run(make())
"""
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


async def interrupted(storage: Storage, folder: Path, *deeds: Deed) -> int:
    """Make a release, and do one of these while it is written each time. Returns how often it was begun."""
    loop, left = asyncio.get_running_loop(), list(deeds)
    begun, is_due = 0, False

    def told(phase: Phase, done: int, of: int) -> None:
        nonlocal begun, is_due
        if phase is Phase.PLAN:
            begun, is_due = begun + 1, True

    def inscribe(png: bytes, told: Inscription) -> bytes:
        nonlocal is_due
        if is_due and left:
            is_due = False
            asyncio.run_coroutine_threadsafe(_done(left.pop(0)), loop).result()
        return plainly(png, told)

    await released(storage, folder, inscribe=inscribe, progress=told)
    return begun


async def _done(deed: Deed) -> None:
    await deed()
