import json
import os
import zipfile
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from inference.contract.identifiers import MemberId, MessageId
from storage import Storage, exports
from storage.domain import Axis, Consent, Via
from tests.storage.works import ANNA, BEN, SERVER, after, again, created, submission
from tests.storage.worlds import ELSEWHERE, Word, say


async def taken(storage: Storage, member: MemberId, **limits: Any) -> list[dict[str, bytes]]:
    """The files of each archive."""
    found = []
    async with aclosing(storage.exports.archives(member, readme="read me", **limits)) as archives:
        async for archive in archives:
            if limit := limits.get("limit_bytes"):
                assert archive.file.seek(0, 2) <= limit
            with zipfile.ZipFile(archive.file) as opened:
                assert opened.testzip() is None
                found.append({name: opened.read(name) for name in opened.namelist()})
    return found


def told(files: dict[str, bytes], section: str) -> Any:
    return json.loads(files[f"{section}.json"])


async def test_an_export_tells_everything_of_the_member_and_nothing_of_others(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, content="by the sea", prompt="灯台")
    of_ben = await created(storage, spool, 11, member=BEN, content="ben's secret", server=ELSEWHERE)
    await storage.ratings.react(MessageId(10), BEN, 2, at=after(5))
    await storage.ratings.react(MessageId(11), ANNA, 5, at=after(6))
    await storage.favourites.keep(MessageId(11), ANNA, at=after(7))
    await storage.consents.give(SERVER, ANNA, Consent.RATINGS, at=after(8), wording=1, locale="en-US")
    await storage.blocks.block(ELSEWHERE, ANNA, by=BEN, at=after(9), detail="rude")
    await storage.ratings.say(of_ben.id, ANNA, {Axis.FIT: 2}, via=Via.FORM, at=after(9), remark="too blue")
    await say(storage, [Word(0, 1, 0, kind) for kind in ("rater", "praise")])
    (files,) = await taken(storage, ANNA)
    assert files["README.txt"] == b"read me"
    (one,) = told(files, "works")
    assert one["asked_for"]["prompt"] == "灯台"
    assert one["ratings"] == [{"stars": 2, "axis": "overall", "rated_at": "2030-01-01T12:00:05Z"}]
    assert one["messages"] == [10]
    assert files[one["files"][0]["file"]] == b"by the sea"
    assert told(files, "requests")[0]["request"] == work.job
    assert [(rating["work"], rating["axis"]) for rating in told(files, "ratings")] == [
        (of_ben.id, "fit"),
        (of_ben.id, "overall"),
    ]
    assert told(files, "remarks")[0]["words"] == "too blue"
    assert told(files, "rater")[0]["flags"] == ["burst"]
    assert told(files, "praises")[0]["your_part"] == "rater"
    assert one["standing"]["raters"] == 1
    assert [kept["work"] for kept in told(files, "favourites")] == [of_ben.id]
    assert told(files, "consents")[0]["about"] == "ratings"
    assert told(files, "blocks")[0]["server"] == ELSEWHERE
    assert told(files, "audit")[0] | {"at": None} == {
        "server": ELSEWHERE, "your_part": "subject", "deed": "blocked", "at": None, "work": None, "detail": "rude",
    }  # fmt: skip
    everything = b"".join(files.values()).decode()
    assert str(BEN) not in everything
    assert "ben's secret" not in everything
    assert submission().reply.token not in everything


async def test_an_export_of_nobody_says_that_there_is_nothing(storage: Storage) -> None:
    (files,) = await taken(storage, ANNA)
    assert [json.loads(content) for name, content in files.items() if name.endswith(".json")] == [[]] * 14


async def test_half_an_emoji_in_a_prompt_is_still_json(storage: Storage) -> None:
    await storage.jobs.add(submission(prompt="half \ud83d of one"))
    (files,) = await taken(storage, ANNA)
    assert told(files, "requests")[0]["asked_for"]["prompt"] == "half \ud83d of one"


async def test_long_lists_go_on_in_further_files_and_miss_nothing(
    storage: Storage, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PAGE", 2)  # As if there were hundreds.
    works = [(await created(storage, spool, number, content=str(number))).id for number in range(1, 6)]
    (files,) = await taken(storage, ANNA)
    pages = [json.loads(files[name]) for name in ("works.json", "works-2.json", "works-3.json")]
    assert [work["work"] for page in pages for work in page] == works
    assert {f"media/{work}/0.txt" for work in works} <= files.keys()
    assert not [name for name in files if name.startswith("works-4")]


async def test_archives_keep_to_the_limit_and_together_hold_all(storage: Storage, spool: Path) -> None:
    chance = Random(7)
    texts = [chance.randbytes(3_000).hex() for _ in range(8)]  # Packs to half its size, no more.
    for number, text in enumerate(texts, start=1):
        await created(storage, spool, number, content=text)
    archives = await taken(storage, ANNA, limit_bytes=15_000)
    assert len(archives) > 2
    media = [content.decode() for files in archives for name, content in files.items() if name.startswith("media/")]
    assert media == texts
    assert not [name for name in (await taken(storage, ANNA, has_media=False))[0] if name.startswith("media/")]


async def test_a_file_larger_than_any_archive_is_left_out_and_named(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1, content=Random(7).randbytes(30_000).hex())
    left_out: tuple[str, ...] = ()
    async with aclosing(storage.exports.archives(ANNA, readme="", limit_bytes=20_000)) as archives:
        async for archive in archives:
            left_out = archive.left_out
    assert left_out == (f"media/{work.id}/0.txt",)


async def test_an_export_that_nobody_waits_for_leaves_no_file(storage: Storage, spool: Path) -> None:
    for number in range(1, 5):
        await created(storage, spool, number, content=Random(number).randbytes(5_000).hex())
    async with aclosing(storage.exports.archives(ANNA, readme="", limit_bytes=15_000)) as archives:
        first = await anext(archives)
        assert list(storage.media.scratch.iterdir()) == []  # Not even while it is being written.
    assert first.file.closed


async def test_the_panel_counts_what_is_stored_in_this_server_alone(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 10, content="12345")
    await created(storage, spool, 11, content="elsewhere", server=ELSEWHERE)
    of_ben = await created(storage, spool, 12, member=BEN)
    await storage.jobs.add(submission())
    await storage.ratings.react(MessageId(12), ANNA, 5, at=after(6))
    await storage.favourites.keep(MessageId(12), ANNA, at=after(7))
    await created(storage, spool, 13, member=BEN, parents=again(of_ben.id))
    await storage.duels.ask(SERVER, ANNA, chance=Random(1), at=after(8), sight=None)
    await storage.ratings.say(of_ben.id, ANNA, {}, via=Via.FORM, at=after(9), remark="fine")
    found = await storage.exports.holdings(SERVER, ANNA)
    assert (found.requests, found.works, found.files_bytes) == (2, 1, 5)
    assert (found.remarks, found.duels) == (1, 1)
    assert (found.ratings, found.favourites, found.reports, found.statements, found.audit_entries) == (1, 1, 0, 0, 0)


async def test_a_file_older_than_zip_archives_can_say_is_packed_all_the_same(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, content="from a backup")
    os.utime(work.artifacts[0].path, (0, 0))
    (files,) = await taken(storage, ANNA)
    assert files[f"media/{work.id}/0.txt"] == b"from a backup"
