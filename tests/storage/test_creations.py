import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from inference.contract.mediums import Medium
from storage import Creation, Page, Storage
from storage.creations import ERASED_PROMPT
from storage.database import Database
from storage.domain import Wanted
from storage.tables import Row
from tests.storage.databases import fresh_addresses
from tests.storage.works import (
    ANNA,
    BEN,
    CLEO,
    MODEL,
    NOON,
    SERVER,
    after,
    again,
    created,
    making,
    spooled,
    started,
    submission,
)

SECRET = "the lighthouse of 灯台"
NOWHERE = CreationId(404)


async def test_a_creation_holds_its_whole_recipe(storage: Storage, spool: Path) -> None:
    parent = await created(storage, spool)
    job = await started(storage.jobs, parents=again(parent.id))
    made = making(spooled(spool, "first"), spooled(spool, "second"))

    ended = await storage.jobs.succeed(job.id, made, at=after(2))
    await storage.jobs.delivered(job.id, [MessageId(20), MessageId(10)], at=after(3))

    assert ended.creation is not None
    creation = await storage.creations.get(ended.creation)
    kept = tuple(
        replace(artifact, path=storage.media.path(artifact.sha256, "text/plain")) for artifact in made.artifacts
    )
    assert creation == Creation(
        id=ended.creation,
        job=job.id,
        server=job.reply.server,
        channel=job.reply.channel,
        member=ANNA,
        request=job.request,
        provenance=made.provenance,
        artifacts=kept,
        parents=again(parent.id),
        picked=None,
        hidden_at=None,
        created_at=after(2),
        messages=(MessageId(20), MessageId(10)),
    )
    assert [await storage.media.read_text(artifact) for artifact in creation.artifacts] == ["first", "second"]
    assert contents(spool) == []


async def test_a_creation_is_found_by_each_of_its_messages(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)

    assert await storage.creations.by_message(MessageId(10)) == creation
    assert await storage.creations.by_message(MessageId(20)) == creation


async def test_a_creation_that_is_not_there_is_not_found(storage: Storage) -> None:
    with pytest.raises(CreationNotFoundError):
        await storage.creations.get(NOWHERE)
    with pytest.raises(CreationNotFoundError):
        await storage.creations.by_message(MessageId(404))
    with pytest.raises(CreationNotFoundError):
        await storage.creations.delete(NOWHERE)


async def test_a_delivery_in_other_messages_replaces_the_first(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)

    await storage.jobs.delivered(creation.job, [MessageId(20), MessageId(30)], at=after(4))

    assert (await storage.creations.get(creation.id)).messages == (MessageId(20), MessageId(30))


async def test_a_creation_whose_messages_are_gone_stays_in_the_history(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)
    await storage.ratings.react(MessageId(10), BEN, 4, at=after(5))

    await storage.creations.unpost([MessageId(10), MessageId(404)])
    assert (await storage.creations.get(creation.id)).messages == (MessageId(20),)

    await storage.creations.unpost([MessageId(20)])
    await storage.creations.unpost([MessageId(20)])
    page = await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5)
    assert page.rows == (replace(creation, messages=()),)
    assert [rating.stars for rating in await storage.ratings.of(creation.id)] == [4]


async def test_a_page_holds_one_members_works_in_one_server(storage: Storage, spool: Path) -> None:
    mine = [await created(storage, spool) for _ in range(2)]
    await created(storage, spool, member=BEN)
    await created(storage, spool, server=ServerId(99))

    assert await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=5) == Page(
        rows=tuple(mine[::-1]), older=None, newer=None
    )
    assert (await storage.creations.page(SERVER, Wanted(member=CLEO), viewer=CLEO, limit=5)).rows == ()


async def test_pages_turn_in_both_directions(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool, content=str(number)) for number in range(5)][::-1]

    first = await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=2)
    second = await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=2, older_than=first.older)
    third = await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=2, older_than=second.older)
    back = await storage.creations.page(SERVER, Wanted(member=ANNA), viewer=ANNA, limit=2, newer_than=third.newer)

    assert [*first.rows, *second.rows, *third.rows] == works
    assert (first.newer, third.older) == (None, None)
    assert back == second


async def test_a_page_may_be_of_the_whole_server(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool, member=member) for member in (ANNA, BEN, CLEO)]
    await created(storage, spool, server=ServerId(99))

    page = await storage.creations.page(SERVER, Wanted(medium=Medium.TEXT), viewer=BEN, limit=5)

    assert page.rows == tuple(works[::-1])


async def test_a_page_may_be_of_some_days(storage: Storage, spool: Path) -> None:
    async def made_at(seconds: float) -> CreationId:
        job = await started(storage.jobs)
        ended = await storage.jobs.succeed(job.id, making(spooled(spool)), at=after(seconds))
        assert ended.creation is not None
        return ended.creation

    # The second is kept before the first, as two that end together may be.
    late, early, last = await made_at(7_201), await made_at(7_200), await made_at(90_000)

    async def ids(**wanted: Any) -> list[CreationId]:
        page = await storage.creations.page(SERVER, Wanted(**wanted), viewer=ANNA, limit=5)
        return [creation.id for creation in page.rows]

    assert await ids(since=after(7_201)) == [last, late]
    assert await ids(until=after(7_201)) == [early]
    assert await ids(since=after(7_200), until=after(90_000)) == [early, late]
    assert await ids(since=after(90_001)) == []


async def test_a_hidden_work_is_shown_to_its_author_alone(storage: Storage, address: str, spool: Path) -> None:
    creation = await created(storage, spool)
    async with Database.open(address) as database, database.writing() as session:
        await session.execute(text("UPDATE creations SET hidden_at = created_at"))

    async def is_shown(viewer: MemberId, **wanted: Any) -> bool:
        return bool((await storage.creations.page(SERVER, Wanted(**wanted), viewer=viewer, limit=5)).rows)

    assert await is_shown(ANNA)
    assert await is_shown(ANNA, words="lighthouse")
    assert not await is_shown(BEN)
    assert not await is_shown(BEN, member=ANNA)
    assert not await is_shown(BEN, words="lighthouse")
    assert (await storage.creations.get(creation.id)).hidden_at is not None


async def test_deleting_returns_the_messages_and_forgets_the_work(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, 20)
    child = await created(storage, spool, parents=again(creation.id), content="another")
    waiting = await storage.jobs.add(submission(parents=again(creation.id)))

    assert await storage.creations.delete(creation.id) == (MessageId(10), MessageId(20))

    with pytest.raises(CreationNotFoundError):
        await storage.creations.get(creation.id)
    with pytest.raises(CreationNotFoundError):
        await storage.creations.by_message(MessageId(10))
    assert not creation.artifacts[0].path.exists()
    assert (await storage.creations.get(child.id)).parents == ()
    assert (await storage.jobs.get(waiting.id)).parents == ()


async def test_the_ledger_keeps_the_cost_and_tags_of_what_was_deleted(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10, prompt=SECRET)
    before = await storage.jobs.get(creation.job)

    await storage.creations.delete(creation.id)

    request = replace(before.request, prompt=ERASED_PROMPT)
    assert await storage.jobs.get(creation.job) == replace(before, creation=None, request=request)
    assert await storage.jobs.recent_costs(MODEL, limit=5) == [(150, 1.5)]


async def test_two_deletions_at_once_are_one(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool, 10)

    outcomes = await asyncio.gather(*(storage.creations.delete(creation.id) for _ in range(2)), return_exceptions=True)

    assert sorted(map(repr, outcomes)) == ["(10,)", f"CreationNotFoundError('no creation {creation.id}')"]


async def test_a_file_stays_while_another_work_has_the_same(storage: Storage, spool: Path) -> None:
    first, second = [await created(storage, spool, member=member) for member in (ANNA, BEN)]
    path = first.artifacts[0].path
    assert path == second.artifacts[0].path

    await storage.creations.delete(first.id)
    assert path.exists()

    await storage.creations.delete(second.id)
    assert not path.exists()


async def test_a_work_added_while_its_equal_is_deleted_keeps_its_file(storage: Storage, spool: Path) -> None:
    for _ in range(5):
        old = await created(storage, spool)
        job = await started(storage.jobs)

        _, ended = await asyncio.gather(
            storage.creations.delete(old.id),
            storage.jobs.succeed(job.id, making(spooled(spool)), at=after(2)),
        )

        assert ended.creation is not None
        assert (await storage.creations.get(ended.creation)).artifacts[0].path.exists()
        await storage.creations.delete(ended.creation)


async def test_the_id_of_a_deleted_work_is_never_given_again(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool)
    await storage.creations.delete(creation.id)

    assert (await created(storage, spool)).id > creation.id


async def test_erasing_leaves_no_trace_of_the_prompt_in_any_table(
    storage: Storage, address: str, spool: Path, tmp_path: Path
) -> None:
    creation = await created(storage, spool, 10, prompt=SECRET, content=f"{SECRET} shone")
    await storage.ratings.react(MessageId(10), BEN, 5, at=after(5))
    async with Database.open(address) as database:
        assert SECRET in await everything_in(database)

        await storage.creations.delete(creation.id)

        left = await everything_in(database)
    assert SECRET not in left
    assert contents(tmp_path / "media", "*/**/*") == []
    for table in ("creations", "artifacts", "posts", "reactions", "ratings", "terms"):
        assert json.loads(left)[table] == []


async def test_erasing_overwrites_the_prompt_in_the_file_of_sqlite(
    sqlite_address: str, spool: Path, tmp_path: Path
) -> None:
    secret = b"a very private lighthouse"
    prompt = secret.decode() + "\N{ELECTRIC LIGHT BULB}" * 1_900  # Too long for one page of the file.
    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        creation = await created(storage, spool, prompt=prompt)
        await storage.creations.delete(creation.id)

        files = contents(tmp_path, "atelier.db*")
        assert any(b"[erased]" in file for file in files)
        assert not any(secret in file for file in files)


def contents(folder: Path, pattern: str = "*") -> list[bytes]:
    return [path.read_bytes() for path in folder.glob(pattern) if path.is_file()]


async def everything_in(database: Database) -> str:
    """All rows of all tables, as the database holds them."""
    async with database.reading() as session:
        rows = {
            table: [list(map(readable, row)) for row in await session.execute(text(f"SELECT * FROM {table}"))]
            for table in Row.metadata.tables
        }
    return json.dumps(rows, ensure_ascii=False)


def readable(cell: Any) -> str:
    return cell.encode().decode("unicode_escape") if isinstance(cell, str) and "\\u" in cell else str(cell)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def one_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from fresh_addresses(request.param, tmp_path_factory.mktemp("pages"))


MEMBERS = itertools.count(10**18)  # A new one for each example, so that all can share a database.
CHANGES = st.lists(st.one_of(st.just("add"), st.integers(min_value=0, max_value=11)), max_size=3)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    length=st.integers(min_value=0, max_value=8),
    limit=st.integers(min_value=1, max_value=4),
    is_backwards=st.booleans(),
    changes=st.lists(CHANGES, min_size=8, max_size=8),
)
def test_pages_show_no_work_twice_and_miss_none_while_works_come_and_go(
    one_address: str, tmp_path: Path, length: int, limit: int, is_backwards: bool, changes: list[list[str | int]]
) -> None:
    async def read_all() -> None:
        member = MemberId(next(MEMBERS))
        async with Storage.open(one_address, media_folder=tmp_path / "media") as storage:

            async def add() -> CreationId:
                job = await started(storage.jobs, member=member)
                job = await storage.jobs.succeed(job.id, making(spooled(tmp_path / "spool")), at=NOON)
                assert job.creation is not None
                return job.creation

            standing = [await add() for _ in range(length)]
            lasting = set(standing)
            seen: list[CreationId] = []
            # Backwards: from before the first work to the newest, as a reader who turns back from the oldest page.
            cursor: dict[str, Any] = {"newer_than": CreationId(0)} if is_backwards else {}
            for step in itertools.count():
                page = await storage.creations.page(SERVER, Wanted(member=member), viewer=member, limit=limit, **cursor)
                ids = [creation.id for creation in page.rows]
                assert ids == sorted(ids, reverse=True)
                seen += ids
                onward = page.newer if is_backwards else page.older
                if onward is None:
                    break
                cursor = {"newer_than" if is_backwards else "older_than": onward}
                for change in changes[step] if step < len(changes) else ():
                    if change == "add":
                        standing.append(await add())
                    elif standing:
                        gone = standing.pop(int(change) % len(standing))
                        lasting.discard(gone)
                        await storage.creations.delete(gone)
            assert len(seen) == len(set(seen))
            assert lasting <= set(seen)

    asyncio.run(read_all())
