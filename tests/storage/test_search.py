import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Connection, DateTime, bindparam, text

from benchmarks.bulk import FIRST_DAY, SERVER, BulkWork, fill, simulated
from inference.contract.identifiers import CreationId, ServerId
from storage import Creation, Storage
from storage import search as searching
from storage.database import Database
from storage.domain import Wanted
from storage.schema import migrating
from storage.words import MAX_TERM_CHARACTERS, Search, terms_of
from tests.storage.databases import fresh_addresses
from tests.storage.works import ANNA, BEN, NOON, after, created, making, spooled, started

WORDS = [
    "sea",
    "Sea",
    "seaside",
    "s",
    "éclair",
    "\uff23\uff21\uff34",
    "x" * 40,
    "x" * 40 + "y",
    "हिन्दी",
    "a\x00b",
    "\ud800",
    "🌊",
]
RUNS = ["灯塔", "塔灯", "灯", "冬天的灯塔", "灯灯塔", "ไทย", "등대가"]
TEXTS = st.lists(st.sampled_from([*WORDS, *RUNS]), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from([" ", "", "，", "_"]).map(lambda seam: seam.join(parts))
)


async def found(storage: Storage, words: str, **more: object) -> list[str]:
    page = await storage.creations.page(SERVER, Wanted(words=words, **more), viewer=ANNA, limit=50)  # type: ignore[arg-type]
    return [creation.request.prompt for creation in page.rows]


@pytest.mark.parametrize(
    ("words", "prompts"),
    [
        ("lighthouse", {"The LIGHTHOUSE", "two lighthouses, 灯塔"}),
        ("the lighthouse", {"The LIGHTHOUSE"}),
        ("lighthouse the", {"The LIGHTHOUSE"}),
        ("light", {"The LIGHTHOUSE", "two lighthouses, 灯塔", "light"}),
        ("light the", set()),  # Only the last word may be unfinished.
        ("灯塔", {"冬天的灯塔", "two lighthouses, 灯塔", "塔灯，灯塔"}),
        ("灯", {"冬天的灯塔", "two lighthouses, 灯塔", "塔灯，灯塔", "塔灯塔"}),
        ("塔", {"冬天的灯塔", "two lighthouses, 灯塔", "塔灯，灯塔", "塔灯塔"}),
        ("塔灯塔", {"塔灯塔"}),  # The pairs of another prompt stand apart.
        ("two 灯塔", {"two lighthouses, 灯塔"}),
        ("冬天 灯塔", {"冬天的灯塔"}),
    ],
)
async def test_a_search_finds_words_and_characters(
    storage: Storage, spool: Path, words: str, prompts: set[str]
) -> None:
    for prompt in ("The LIGHTHOUSE", "two lighthouses, 灯塔", "light", "冬天的灯塔", "塔灯，灯塔", "塔灯塔"):
        await created(storage, spool, prompt=prompt)
    # 塔灯塔 holds the pair 灯塔 as well.
    expected = prompts | ({"塔灯塔"} if words == "灯塔" else set())
    assert set(await found(storage, words)) == expected


@pytest.mark.parametrize("prompt", ["a\x00b 灯塔", "\ud800 灯塔", "x" * 2_000, "灯" * 2_000, "\U0010ffff", "é" * 500])
async def test_whatever_a_member_types_is_kept_and_looked_for(storage: Storage, spool: Path, prompt: str) -> None:
    await created(storage, spool, prompt=prompt)
    searched = Search.of(prompt[:50])
    assert await found(storage, prompt[:50]) == ([prompt] if searched.is_empty or searched.matches(prompt) else [])


async def test_a_deleted_work_leaves_no_term(storage: Storage, address: str, spool: Path) -> None:
    creation = await created(storage, spool, prompt="灯塔 lighthouse")
    await storage.creations.delete(creation.id)
    async with Database.open(address) as database, database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM terms")) == 0


async def test_a_search_keeps_to_the_server_the_member_and_the_time(storage: Storage, spool: Path) -> None:
    async def made_at(seconds: float, **changes: object) -> Creation:
        job = await started(storage.jobs, prompt="灯塔", **changes)
        job = await storage.jobs.succeed(job.id, making(spooled(spool)), at=after(seconds))
        assert job.creation is not None
        return await storage.creations.get(job.creation)

    await made_at(0, server=ServerId(99))
    early, bens, late = await made_at(0), await made_at(5, member=BEN), await made_at(10)

    async def ids(**wanted: object) -> list[CreationId]:
        wish = Wanted(words="灯塔", **wanted)  # type: ignore[arg-type]
        return [one.id for one in (await storage.creations.page(SERVER, wish, viewer=ANNA, limit=9)).rows]

    assert await ids() == [late.id, bens.id, early.id]
    assert await ids(member=BEN) == [bens.id]
    assert await ids(since=after(5)) == [late.id, bens.id]
    assert await ids(until=after(10)) == [bens.id, early.id]
    assert await ids(since=after(5), until=after(10)) == [bens.id]
    assert await ids(since=after(11)) == []


@given(query=TEXTS, prompt=TEXTS)
def test_no_term_that_is_asked_for_is_missing_from_a_prompt_that_matches(query: str, prompt: str) -> None:
    search, terms = Search.of(query), terms_of(prompt)
    holds = all(
        any(term.startswith(condition.term) for term in terms) if condition.is_prefix else condition.term in terms
        for condition in search.conditions
    )
    if search.matches(prompt):
        assert holds
    if search.is_exact and holds:
        assert search.matches(prompt)
    assert all(0 < len(term) <= MAX_TERM_CHARACTERS for term in terms)
    assert not any("\x00" in term or term != term.encode("utf-8", "ignore").decode() for term in terms)


@given(st.text(max_size=60))
def test_every_text_is_found_by_itself(prompt: str) -> None:
    search = Search.of(prompt)
    assert search.matches(prompt)
    assert Search.of(prompt.upper()).is_empty == search.is_empty


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def one_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from fresh_addresses(request.param, tmp_path_factory.mktemp("search"))


SERVERS = itertools.count(10**18)  # A new one for each example, so that all can share a database.


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompts=st.lists(TEXTS, min_size=1, max_size=6), queries=st.lists(TEXTS, min_size=1, max_size=6))
def test_a_search_finds_what_a_look_at_every_prompt_finds(
    one_address: str, tmp_path: Path, prompts: list[str], queries: list[str]
) -> None:
    async def compare() -> None:
        server = ServerId(next(SERVERS))
        async with Storage.open(one_address, media_folder=tmp_path / "media") as storage:
            for prompt in prompts:
                job = await started(storage.jobs, prompt=prompt if prompt.strip() else "x", server=server)
                await storage.jobs.succeed(job.id, making(spooled(tmp_path / "spool")), at=NOON)
            everything = (await storage.creations.page(server, Wanted(), viewer=ANNA, limit=50)).rows
            for query in queries:
                page = await storage.creations.page(server, Wanted(words=query), viewer=ANNA, limit=50)
                expected = [one.id for one in everything if Search.of(query).matches(one.request.prompt)]
                assert [one.id for one in page.rows] == expected

    asyncio.run(compare())


MANY = 100_000
RARE = {
    123: "The Kraken's diary",
    45_678: "a kraken and its lighthouse",
    99_999: "灯塔与海怪 kraken",
    50_000: "月光下的海怪",
    70_000: "塔灯与怪海",
}


def newest_matching(works: Sequence[BulkWork], query: str, *, limit: int = 40) -> list[int]:
    """Their numbers, newest first, by a look at one prompt after the other."""
    search = Search.of(query)
    matching = (number for number in range(len(works), 0, -1) if search.matches(works[number - 1].prompt))
    return list(itertools.islice(matching, limit))


def rare_matching(query: str) -> list[int]:
    """As above, among the prompts whose words no other has."""
    return sorted((index + 1 for index, prompt in RARE.items() if Search.of(query).matches(prompt)), reverse=True)


async def test_a_search_over_a_hundred_thousand_works_finds_exactly_the_right_ones(
    sqlite_address: str, tmp_path: Path
) -> None:
    works = list(simulated(MANY, members=300, days=700, rng=random.Random(7)))
    for index, prompt in RARE.items():
        works[index] = BulkWork(member=works[index].member, prompt=prompt, created_at=works[index].created_at)
    fill(Path(sqlite_address.removeprefix("sqlite:///")), works, tables=("jobs", "creations"))
    midway = FIRST_DAY + timedelta(days=350)
    busiest, nothing = works[0].member, replace(works[0], prompt="")

    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:

        async def all_pages(wanted: Wanted, *, at_most: int = 40) -> list[int]:
            numbers: list[int] = []
            cursor: dict[str, CreationId] = {}
            while len(numbers) < at_most:
                page = await storage.creations.page(SERVER, wanted, viewer=ANNA, limit=8, **cursor)
                numbers += [one.id for one in page.rows]
                if page.older is None:
                    break
                cursor = {"older_than": page.older}
            return numbers[:at_most]

        for query in ("kraken", "krak", "海怪", "怪", "kraken 海怪", "海怪 kraken", "怪海", "lighthouse kraken"):
            assert await all_pages(Wanted(words=query)) == rare_matching(query)
        for query in ("lighthouse", "the quiet lighthouse in the rain", "灯塔", "灯", "冬天的灯塔和月光下的海", "t"):
            assert await all_pages(Wanted(words=query)) == newest_matching(works, query)
        of_one = Wanted(words="灯塔", member=busiest, until=midway)
        theirs = [work if work.member == busiest and work.created_at < midway else nothing for work in works]
        assert await all_pages(of_one) == newest_matching(theirs, "灯塔")


async def test_what_is_common_is_found_as_what_is_rare(
    storage: Storage, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await created(storage, spool, prompt=f"灯塔 sea{number} shell", member=(ANNA, BEN)[number % 2])
    queries = ["s", "sea", "shell", "灯", "灯塔", "sea1 shell", "灯塔 s"]
    rare = [await found(storage, query, member=member) for query in queries for member in (None, BEN)]
    monkeypatch.setattr(searching, "COMMON", 2)
    assert [await found(storage, query, member=member) for query in queries for member in (None, BEN)] == rare
    assert all(rare)


def as_before(connection: Connection) -> None:
    """The tables of the first version, with one work in them."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(searching.__file__).parent / "migrations"))
    command.upgrade(config, "0001")
    request = {"prompt": "The lighthouse 冬天的灯塔 \x00", "model": "smollm2-135m", "medium": "text"}
    provenance = {"model": "smollm2-135m", "model_sha256": "0", "engine": "text", "seed": 7}
    at = bindparam("at", NOON, DateTime(timezone=True))
    connection.execute(
        text(
            "INSERT INTO jobs (id, member, request, reply_application, reply_server, reply_channel, reply_token, "
            "reply_token_expires_at, reply_message, locale, submitted_at, predicted_seconds, start_tag, finish_tag, "
            f"state, attempts) VALUES (1, {ANNA}, :request, 1, {SERVER}, 2, '', :at, 3, 'en-US', :at, 1, 0, 1, "
            "'succeeded', 0)"
        ).bindparams(bindparam("request", request, JSON), at)
    )
    connection.execute(
        text(
            "INSERT INTO creations (id, job_id, server, member, provenance, created_at) "
            f"VALUES (1, 1, {SERVER}, {ANNA}, :provenance, :at)"
        ).bindparams(bindparam("provenance", provenance, JSON), at)
    )


async def test_works_of_before_the_search_are_found_after_the_upgrade(empty_address: str, tmp_path: Path) -> None:
    async with migrating(empty_address) as connection:
        await connection.run_sync(as_before)

    await Storage.upgrade(empty_address)

    async with Storage.open(empty_address, media_folder=tmp_path / "media") as storage:
        for words in ("lighthouse", "灯塔", "the 冬天"):
            assert len(await found(storage, words)) == 1
        assert await found(storage, "灯冬") == []
