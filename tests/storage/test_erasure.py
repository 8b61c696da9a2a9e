import asyncio
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from inference.contract.errors import CreationNotFoundError, FailureCode, JobNotFoundError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ServerId
from inference.contract.image import ImageRequest
from inference.contract.jobs import JobState, Parent, Relation
from inference.contract.mediums import Basis
from storage import Storage
from storage.creations import ERASED_PROMPT
from storage.domain import ERASED_MEMBER, Erasure, Posted
from storage.erasure import Erasures
from storage.pseudonyms import Pseudonyms
from storage.tables import Row
from tests.storage.databases import fresh_addresses
from tests.storage.works import (
    ANNA,
    BEN,
    CLEO,
    MODEL,
    SERVER,
    after,
    again,
    created,
    making,
    spooled,
    started,
    submission,
)
from tests.storage.worlds import (
    ELSEWHERE,
    JUDGEMENTS,
    KINDS_OF_WORDS,
    OPINIONS,
    SAYINGS,
    TEXT,
    WORDS,
    WORKS,
    Opinion,
    Word,
    Work,
    dump,
    say,
    settle,
    traces,
)

Rows = dict[str, list[dict[str, Any]]]


async def carry_out(storage: Storage, erasure: Erasure) -> list[int]:
    """Every step to the end. Returns the jobs that were stopped."""
    stopped: list[int] = []
    while True:
        erased = await storage.erasures.carry_on(erasure, at=after(100))
        stopped += erased.jobs
        if erased.is_done:
            return stopped


async def erase(storage: Storage, server: ServerId | None = None, *, takes_messages: bool = True) -> list[int]:
    erasure = await storage.erasures.ask(ANNA, server, takes_messages=takes_messages, at=after(99))
    return await carry_out(storage, erasure)


async def exported(storage: Storage, member: MemberId) -> str:
    """Everything that an export of this member says, the files' names included."""
    said = []
    async with aclosing(storage.exports.archives(member, readme="")) as archives:
        async for archive in archives:
            with zipfile.ZipFile(archive.file) as opened:
                said += [name + opened.read(name).decode() for name in opened.namelist()]
    return "\n".join(said)


def anything_of_anna(said: str) -> list[str]:
    return [trace for trace in (str(ANNA), WORDS, TEXT) if trace in said]


def others_after(before: Rows, tables: Sequence[str]) -> Rows:
    """What an erasure of Anna has to leave of these tables, told by the rows before it alone."""
    jobs = {row["id"] for row in before["jobs"] if row["member"] == ANNA}
    works = {row["id"] for row in before["creations"] if row["member"] == ANNA}
    scrubbed = {row["id"] for row in before["jobs"] if WORDS in row["request"].prompt} - jobs
    without_terms = {row["id"] for row in before["creations"] if row["job_id"] in scrubbed}

    def is_theirs(table: str, row: dict[str, Any]) -> bool:
        named = {row.get(column) for column in ("creation", "left_work", "right_work")}
        is_of_work = not named.isdisjoint(works) if table != "audit" else False
        is_of_job = row.get("job") in jobs or row.get("job_id") in jobs
        members = {row.get(column) for column in ("member", "reporter", "rater", "author")}
        is_gone = ANNA in members if table not in ("audit", "blocks") else False
        return not (is_of_work or is_of_job or is_gone or (table == "terms" and row["creation"] in without_terms))

    kept = {table: [row for row in before[table] if is_theirs(table, row)] for table in tables}
    for row in kept.get("jobs", ()):
        if row["id"] in scrubbed:
            row["request"] = replace(row["request"], prompt=ERASED_PROMPT)
            if not row["state"].is_final:
                row["state"], row["finished_at"], row["failure"] = JobState.FAILED, after(100), _ANY
    return kept


def assert_works_stand_as_their_ratings_have_it(before: Rows, now: Rows) -> None:
    """What curators decided stays, without Anna's name."""
    decided = {row["creation"]: (row["selection"], row["selected_by"]) for row in before["standings"]}
    assert {row["creation"] for row in now["standings"]} == {row["id"] for row in now["creations"]}
    for row in now["standings"]:
        raters = {rating["member"] for rating in now["ratings"] if rating["creation"] == row["creation"]}
        assert row["raters"] == len(raters)
        selection, by = decided[row["creation"]]
        assert (row["selection"], row["selected_by"]) == (selection, None if by == ANNA else by)


class _Any:
    def __eq__(self, _: object) -> bool:
        return True

    __hash__ = object.__hash__


_ANY = _Any()
OF_MEMBERS = ["creations", "artifacts", "posts", "reactions", "clearings", "ratings", "terms", "favourites"]
OF_MEMBERS += ["consents", "parents", "reports", "remarks", "repeats", "duels", "raters", "praises", "releases"]


async def assert_gone_and_others_as_before(storage: Storage, before: Rows) -> None:
    now = await dump(storage)
    assert anything_of_anna(str(now)) == []
    assert now["erasures"] == []
    expected = others_after(before, ["jobs", *OF_MEMBERS])
    for table, column in (("reports", "decided_by"), ("releases", "made_by")):
        for row in expected[table]:
            row[column] = None if row[column] == ANNA else row[column]
    assert [row for row in now["jobs"] if row["member"] != ERASED_MEMBER] == expected["jobs"]
    for table in OF_MEMBERS:
        assert now[table] == expected[table], table
    assert_works_stand_as_their_ratings_have_it(before, now)
    assert len(now["audit"]) == len(before["audit"])
    assert len(now["blocks"]) == len(before["blocks"])
    for entry, was in zip(*(sorted(rows["audit"], key=lambda row: row["id"]) for rows in (now, before)), strict=True):
        if ANNA not in (was["moderator"], was["member"]):
            assert entry == was
    for member in (BEN, CLEO):
        assert anything_of_anna(await exported(storage, member)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(works=WORKS, opinions=OPINIONS, sayings=SAYINGS, takes_messages=st.booleans())
def test_after_an_erasure_nothing_holds_the_member_and_all_else_is_as_before(
    tmp_path_factory: pytest.TempPathFactory,
    works: list[Work],
    opinions: list[Opinion],
    sayings: list[Word],
    takes_messages: bool,
) -> None:
    folder = tmp_path_factory.mktemp("world")
    (address,) = fresh_addresses("sqlite", folder)

    async def live() -> None:
        async with Storage.open(address, media_folder=folder / "media") as storage:
            await settle(storage, folder / "spool", works, opinions)
            await say(storage, sayings)
            before = await dump(storage)
            await erase(storage, takes_messages=takes_messages)
            await assert_gone_and_others_as_before(storage, before)
            assert list(traces(folder)) == []
            kept = {row["sha256"] for row in (await dump(storage))["artifacts"]}
            assert {path.stem for path in folder.glob("media/??/*/*")} == kept
        assert list(traces(folder)) == []

    asyncio.run(live())
    shutil.rmtree(folder)


WORLD = (
    [
        Work(0, 0, None, Relation.AGAIN, JobState.SUCCEEDED, False),
        Work(1, 0, 0, Relation.AGAIN, JobState.SUCCEEDED, False),
        Work(2, 0, 0, Relation.AGAIN, JobState.QUEUED, False),
        Work(0, 1, None, Relation.REMIX, JobState.RUNNING, True),
        Work(1, 1, None, Relation.REMIX, JobState.SUCCEEDED, True),
        Work(0, 1, None, Relation.REMIX, JobState.SUCCEEDED, True),
        Work(0, 0, None, Relation.AGAIN, JobState.FAILED, False),
    ],
    [Opinion(member, work, kind) for member in (0, 1) for work in (0, 1) for kind in JUDGEMENTS],
    [Word(member, other, 0, kind) for member, other in ((0, 1), (1, 0)) for kind in KINDS_OF_WORDS],
)


async def test_an_erasure_leaves_nothing_on_either_database(storage: Storage, spool: Path) -> None:
    works, opinions, sayings = WORLD
    await settle(storage, spool, works, opinions)
    await say(storage, sayings)
    before = await dump(storage)
    await erase(storage)
    await assert_gone_and_others_as_before(storage, before)


async def test_an_erasure_that_a_crash_interrupts_goes_on_after_the_restart(address: str, tmp_path: Path) -> None:
    works, opinions, sayings = WORLD
    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        await settle(storage, tmp_path / "spool", works, opinions)
        await say(storage, sayings)
        before = await dump(storage)
        erasure = await storage.erasures.ask(ANNA, None, takes_messages=True, at=after(99))
        await storage.erasures.carry_on(erasure, at=after(100))
    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        (pending,) = await storage.erasures.pending()
        assert pending == erasure
        await carry_out(storage, pending)
        assert await storage.erasures.pending() == []
        await assert_gone_and_others_as_before(storage, before)


async def test_many_works_go_in_small_steps(address: str, tmp_path: Path) -> None:
    async with Storage.open(address, media_folder=tmp_path / "media") as storage:
        for number in range(5):
            await created(storage, tmp_path / "spool", number + 1, content=f"text {number}")
        small = Erasures(storage._database, storage.media, Pseudonyms(tmp_path / "key"), None, step=2)
        erasure = await small.ask(ANNA, None, takes_messages=True, at=after(9))
        steps = [await small.carry_on(erasure, at=after(10)) for _ in range(4)]
        assert [step.works for step in steps] == [2, 2, 1, 0]
        assert [step.is_done for step in steps] == [False, False, False, True]
        assert list((tmp_path / "media").glob("??/*/*")) == []


async def test_an_erasure_in_one_server_leaves_the_others_alone(storage: Storage, spool: Path) -> None:
    here = await created(storage, spool, 10, content="here")
    there = await created(storage, spool, 11, content="there", server=ELSEWHERE)
    of_ben = await created(storage, spool, 12, member=BEN, content="by ben", server=ELSEWHERE)
    await storage.ratings.react(MessageId(12), ANNA, 4, at=after(5))
    await erase(storage, SERVER)
    with pytest.raises(CreationNotFoundError):
        await storage.creations.get(here.id)
    assert (await storage.creations.get(there.id)).member == ANNA
    assert await storage.ratings.get(of_ben.id, ANNA) is not None


async def test_only_messages_that_were_to_go_are_left_to_be_deleted(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 10, 11)
    await erase(storage, takes_messages=False)
    assert await storage.erasures.to_delete(limit=5) == []
    await created(storage, spool, 12, 13)
    await erase(storage, takes_messages=True)
    note = submission().reply.message
    assert {one.message for one in await storage.erasures.to_delete(limit=5)} == {12, 13, note}
    await storage.erasures.deleted(MessageId(12))
    await storage.erasures.deleted(note)
    assert [one.message for one in await storage.erasures.to_delete(limit=5)] == [13]


async def test_what_a_running_job_comes_to_after_the_erasure_is_not_kept(storage: Storage, spool: Path) -> None:
    job = await started(storage.jobs)
    late = spooled(spool, TEXT)
    assert await erase(storage) == [job.id]
    with pytest.raises(JobNotFoundError):
        await storage.jobs.succeed(job.id, making(late), at=after(101))
    assert not late.path.exists()
    assert list(spool.parent.glob("media/??/*/*")) == []


async def test_what_a_member_gave_goes_and_nobody_draws_over_it_any_more(storage: Storage, spool: Path) -> None:
    photo = replace(spooled(spool, "a photo of Anna"), media_type="image/png")
    request = ImageRequest(prompt="a lighthouse", model=MODEL, basis=Basis.REFERENCE)
    work = await created(storage, spool, 10, request=request, uploads=(photo,))
    again_by_ben = await storage.jobs.add(submission(request=request, member=BEN, parents=again(work.id)))
    (kept,) = work.uploads
    assert [source.path for source in await storage.jobs.sources(again_by_ben.id)] == [kept.path]

    await erase(storage)

    assert not kept.path.exists()
    assert await storage.jobs.sources(again_by_ben.id) == []


async def test_what_a_picture_says_of_its_making_holds_no_words_of_an_erased_member(
    storage: Storage, spool: Path
) -> None:
    async def drawn(member: MemberId, request: ImageRequest, parents: tuple[Parent, ...] = ()) -> CreationId:
        job = await started(storage.jobs, member=member, request=request, parents=parents)
        made = making(spooled(spool, f"picture {job.id}"))
        words: dict[str, float | int | str] = {
            "steps": 4,
            "avoid": str(request.avoid),
            "translation": f"{request.prompt} in English",
        }
        made = replace(made, provenance=replace(made.provenance, settings=words))
        creation = (await storage.jobs.succeed(job.id, made, at=after(2))).creation
        assert creation is not None
        return creation

    request = ImageRequest(prompt=WORDS, model=MODEL, avoid=f"no {WORDS}")
    work = await drawn(ANNA, request)
    heir = await drawn(BEN, request, again(work))
    own = await drawn(BEN, ImageRequest(prompt="a boat", model=MODEL, avoid="fog"), again(work))

    await erase(storage)

    assert (await storage.creations.get(heir)).provenance.settings == {"steps": 4}
    assert (await storage.creations.get(own)).provenance.settings["translation"] == "a boat in English"


async def test_works_that_lose_words_are_outdated_until_they_are_shown_anew(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, prompt=WORDS)
    child = await created(storage, spool, 11, member=BEN, prompt=WORDS, parents=again(work.id))
    grandchild = await created(storage, spool, 12, member=CLEO, prompt=WORDS, parents=again(child.id))
    await created(storage, spool, 13, member=BEN, prompt="a boat", parents=again(work.id))
    await erase(storage)
    assert await storage.outdated.some(limit=9) == [child.job, grandchild.job]
    await storage.outdated.shown(child.job)
    assert await storage.outdated.some(limit=9) == [grandchild.job]
    assert await storage.outdated.some(limit=9, after=grandchild.job) == []


async def test_what_moderators_were_told_of_a_work_that_loses_words_goes_and_the_report_waits(
    storage: Storage, spool: Path
) -> None:
    work = await created(storage, spool, 10, prompt=WORDS)
    child = await created(storage, spool, 11, member=BEN, prompt=WORDS, parents=again(work.id))
    report, _ = await storage.reports.file(child.id, CLEO, reason="hm", at=after(20))
    card = Posted(channel=ChannelId(7), message=MessageId(77))
    await storage.reports.carded(report.id, card)
    await erase(storage)
    assert card in await storage.erasures.to_delete(limit=99)
    assert await storage.reports.next_open(SERVER) == report


async def test_a_deleted_work_takes_along_what_it_was_given(storage: Storage, spool: Path) -> None:
    photo = replace(spooled(spool, "a photo of Anna"), media_type="image/png")
    request = ImageRequest(prompt="a lighthouse", model=MODEL, basis=Basis.REFERENCE)
    work = await created(storage, spool, 10, request=request, uploads=(photo,))
    other = await created(storage, spool, 11, request=request, uploads=work.uploads)
    (kept,) = work.uploads

    await storage.creations.delete(work.id)
    assert kept.path.exists()  # Another job was given the same.

    await storage.creations.delete(other.id)
    assert not kept.path.exists()


async def test_a_job_that_waits_with_an_erased_prompt_fails_and_says_why(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, prompt=WORDS)
    heir = await storage.jobs.add(submission(member=BEN, prompt=WORDS, parents=again(work.id)))
    own = await storage.jobs.add(submission(member=BEN, prompt="ben's own", parents=again(work.id)))
    assert await erase(storage) == [heir.id]
    failed = await storage.jobs.get(heir.id)
    assert (failed.state, failed.request.prompt) == (JobState.FAILED, ERASED_PROMPT)
    assert failed.failure is not None
    assert failed.failure.code is FailureCode.SOURCE_GONE
    assert (await storage.jobs.get(own.id)).state is JobState.QUEUED


async def test_an_erased_prompt_goes_through_all_generations_and_leaves_the_works(
    storage: Storage, spool: Path
) -> None:
    work = await created(storage, spool, 10, prompt=WORDS)
    child = await created(storage, spool, 11, member=BEN, prompt=WORDS, parents=again(work.id), content="child")
    remix = await created(storage, spool, 12, member=BEN, prompt="another", parents=again(child.id), content="remix")
    back = await created(storage, spool, 13, member=CLEO, prompt=WORDS, parents=again(remix.id), content="back")
    await erase(storage)
    prompts = [(await storage.creations.get(one.id)).request.prompt for one in (child, remix, back)]
    assert prompts == [ERASED_PROMPT, "another", ERASED_PROMPT]
    assert [one.creation for one in (await storage.creations.get(back.id)).parents] == [remix.id]


async def test_what_a_member_took_over_from_another_stays_anothers(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, member=BEN, prompt="ben's own")
    taken_over = await created(storage, spool, 11, prompt="ben's own", parents=again(work.id), content="anna's")
    once_more = await created(storage, spool, 12, prompt="ben's own", parents=again(taken_over.id), content="anna's 2")
    back = await created(storage, spool, 13, member=CLEO, prompt="ben's own", parents=again(once_more.id), content="c")
    await erase(storage)
    assert (await storage.creations.get(work.id)).request.prompt == "ben's own"
    assert (await storage.creations.get(back.id)).request.prompt == "ben's own"


async def test_what_a_member_took_back_from_another_is_still_the_members(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 10, prompt=WORDS)
    through = await created(storage, spool, 11, member=BEN, prompt=WORDS, parents=again(work.id), content="ben's")
    own = await created(storage, spool, 12, prompt=WORDS, parents=again(through.id), content="anna's")
    last = await created(storage, spool, 13, member=CLEO, prompt=WORDS, parents=again(own.id), content="cleo's")
    await erase(storage)
    assert (await storage.creations.get(through.id)).request.prompt == ERASED_PROMPT
    assert (await storage.creations.get(last.id)).request.prompt == ERASED_PROMPT


async def test_a_long_chain_of_ones_own_is_not_walked_through_with_each_step(
    sqlite_address: str, tmp_path: Path
) -> None:
    asked: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        asked.append(statement)

    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        last = await created(storage, tmp_path / "spool", 1, prompt=WORDS)
        for number in range(2, 25):
            last = await created(
                storage, tmp_path / "spool", number, prompt=WORDS, parents=again(last.id), submitted_at=after(number)
            )
        small = Erasures(storage._database, storage.media, Pseudonyms(tmp_path / "key"), None, step=4)
        erasure = await small.ask(ANNA, None, takes_messages=False, at=after(99))
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            await small.carry_on(erasure, at=after(100))
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
    assert sum("JOIN" not in statement and "parents.creation IN" in statement for statement in asked) <= 3


async def test_a_block_outlives_its_member_and_can_still_be_lifted(storage: Storage) -> None:
    await storage.blocks.block(SERVER, ANNA, by=BEN, at=after(1))
    await erase(storage)
    assert str(ANNA) not in str(await dump(storage))
    assert await storage.blocks.is_blocked(SERVER, ANNA)
    assert not await storage.blocks.is_blocked(SERVER, CLEO)
    assert not await storage.blocks.block(SERVER, ANNA, by=BEN, at=after(2))
    assert await storage.blocks.unblock(SERVER, ANNA, by=BEN, at=after(3))
    assert not await storage.blocks.is_blocked(SERVER, ANNA)


async def test_what_an_erased_job_cost_is_still_known(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 10, start_tag=7.0, finish_tag=9.5)
    await erase(storage)
    assert await storage.jobs.recent_costs(MODEL, limit=5) == [(150, 1.5)]
    assert await storage.jobs.virtual_time() == 7.0
    assert await storage.jobs.last_finish_tag(ANNA) == 0.0
    assert await storage.jobs.undelivered() == []


async def test_the_note_of_a_job_that_waits_goes_in_any_case(storage: Storage) -> None:
    job = await storage.jobs.add(submission())
    await erase(storage, takes_messages=False)
    assert [one.message for one in await storage.erasures.to_delete(limit=5)] == [job.reply.message]


def test_every_column_that_names_a_member_is_one_that_the_erasure_was_written_for() -> None:
    naming = {
        f"{table.__tablename__}.{column}"
        for table in Row.__subclasses__()
        for column, annotation in get_type_hints(table).items()
        if "MemberId" in str(annotation)
    }
    assert naming == {
        "jobs.member",
        "creations.member",
        "reactions.member",
        "ratings.member",
        "favourites.member",
        "forgotten.pseudonym",
        "consents.member",
        "blocks.member",
        "blocks.blocked_by",
        "reports.reporter",
        "reports.decided_by",
        "erasures.member",
        "audit.moderator",
        "audit.member",
        "remarks.member",
        "repeats.member",
        "duels.member",
        "raters.member",
        "praises.rater",
        "praises.author",
        "standings.member",
        "standings.selected_by",
        "releases.made_by",
    }
