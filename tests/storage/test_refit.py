"""That a refit brings raters and standings in line with all ratings, whatever comes meanwhile."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage import Creation, Storage
from storage.domain import Axis, Ranked, Standing, Via
from storage.refit import Refits
from storage.standings import rescore
from storage.tables import PraiseRow, RaterRow, Row, ScaleRow, StandingRow
from tests.storage.databases import fresh_addresses
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after, created, making, spooled, started
from tests.storage.worlds import ELSEWHERE

RATERS: Final = tuple(MemberId(BEN + number) for number in range(6))


async def rows_of(storage: Storage, table: type[Row]) -> Sequence[Any]:
    async with storage._database.reading() as session:
        return (await session.scalars(select(table))).all()


async def several(storage: Storage, spool: Path, count: int) -> Sequence[Creation]:
    """Works whose message has the number of their place, from 1 on; no two have a word in common."""
    texts = [" ".join(f"word{number}of{each}" for each in range(40)) for number in range(1, count + 1)]
    return [await created(storage, spool, number, content=text) for number, text in enumerate(texts, start=1)]


async def standings_of(storage: Storage, works: Sequence[Creation]) -> Mapping[CreationId, Standing]:
    return await storage.standings.of([work.id for work in works])


@dataclass(frozen=True, slots=True)
class Said:
    work: int
    rater: int
    stars: Mapping[Axis, int]


opinions: Final = st.lists(
    st.builds(
        Said,
        work=st.integers(0, 4),
        rater=st.integers(0, 5),
        stars=st.dictionaries(st.sampled_from(Axis), st.integers(1, 5), min_size=1),
    ),
    max_size=30,
)


async def assert_that_touching_changes_nothing(storage: Storage, spool: Path, said: Sequence[Said]) -> None:
    works = await several(storage, spool, 5)
    for one in said:
        await storage.ratings.say(works[one.work].id, RATERS[one.rater], one.stars, via=Via.FORM, at=NOON)
    await storage.refits.refit(SERVER, at=after(10))
    fitted = await standings_of(storage, works)

    async with storage._database.writing() as session:
        await rescore(session, [work.id for work in works])

    assert await standings_of(storage, works) == fitted


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=opinions)
def test_touching_a_work_after_a_refit_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, said: list[Said]
) -> None:
    folder = tmp_path_factory.mktemp("refit")
    (address,) = fresh_addresses("sqlite", folder)

    async def live() -> None:
        async with Storage.open(address, media_folder=folder / "media") as storage:
            await assert_that_touching_changes_nothing(storage, folder / "spool", said)

    asyncio.run(live())


async def test_a_second_refit_moves_nothing_on_either_database(storage: Storage, spool: Path) -> None:
    axes = [Axis.BEAUTY, Axis.FIT, Axis.FLAWLESSNESS]
    said = [
        Said(work, rater, {axis: 1 + (3 * work + rater + place) % 5 for place, axis in enumerate(axes[: 1 + work % 3])})
        for work in range(5)
        for rater in range(6)
    ]
    await assert_that_touching_changes_nothing(storage, spool, said)

    assert (await storage.refits.refit(SERVER, at=after(20))).moved == 0


async def rate_alike(storage: Storage, works: int) -> None:
    """Ben is mild and Cleo severe; both know what is good."""
    for number in range(1, works + 1):
        quality = 2 + number % 3
        await storage.ratings.react(MessageId(number), BEN, min(5, quality + 1), at=after(100 * number))
        await storage.ratings.react(MessageId(number), CLEO, max(1, quality - 1), at=after(100 * number))


async def test_a_severe_raters_three_is_worth_more_than_a_mild_ones(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 14)
    await rate_alike(storage, 12)
    await storage.ratings.react(MessageId(13), BEN, 3, at=NOON)
    await storage.ratings.react(MessageId(14), CLEO, 3, at=NOON)
    before = await standings_of(storage, works)
    assert before[works[12].id].score == before[works[13].id].score

    await storage.refits.refit(SERVER, at=after(10))

    now = await standings_of(storage, works)
    assert now[works[13].id].score > now[works[12].id].score + 0.5
    raters = {row.member: row for row in await rows_of(storage, RaterRow)}
    assert raters[CLEO].severity > 0 > raters[BEN].severity
    assert (raters[BEN].ratings, raters[BEN].weight, raters[BEN].flags) == (13, 1.0, "")


async def test_a_rating_after_a_refit_counts_by_what_it_found(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 14)
    await rate_alike(storage, 12)
    await storage.refits.refit(SERVER, at=after(10))

    await storage.ratings.react(MessageId(13), BEN, 3, at=after(11))
    await storage.ratings.react(MessageId(14), CLEO, 3, at=after(11))

    now = await standings_of(storage, works)
    assert now[works[13].id].score > now[works[12].id].score + 0.5


async def test_who_rates_in_a_burst_counts_for_less_and_is_named(storage: Storage, spool: Path) -> None:
    await several(storage, spool, 32)
    for number in range(1, 33):
        await storage.ratings.react(MessageId(number), BEN, 1 + number % 5, at=after(10 + number))

    found = await storage.refits.refit(SERVER, at=after(100))

    (row,) = await rows_of(storage, RaterRow)
    assert (row.flags, found.flagged) == ("burst", 1)
    assert 0 < row.weight < 1


async def test_what_was_found_by_looking_is_no_burst(storage: Storage, spool: Path) -> None:
    for number in range(1, 33):
        job = await started(storage.jobs)
        await storage.jobs.succeed(job.id, making(spooled(spool, f"{number}")), at=after(number))
        await storage.jobs.delivered(job.id, [MessageId(number)], at=after(number))
        await storage.ratings.reconcile(MessageId(number), {1 + number % 5: [BEN]}, at=after(1000))

    await storage.refits.refit(SERVER, at=after(2000))

    (row,) = await rows_of(storage, RaterRow)
    assert (row.flags, row.ratings) == ("", 32)


async def test_members_who_praise_each_other_are_written_down_both_ways(storage: Storage, spool: Path) -> None:
    authors = (ANNA, BEN, CLEO)
    works = [
        await created(storage, spool, number, content=f"{number}", member=authors[number % 3])
        for number in range(1, 25)
    ]
    for number in range(1, 25):
        for rater in (ANNA, BEN, *(MemberId(CLEO + other) for other in range(1, 4))):
            is_praise = {rater, authors[number % 3]} == {ANNA, BEN}
            stars = 5 if is_praise else 2 + (number + rater) % 2
            await storage.ratings.react(MessageId(number), rater, stars, at=after(100 * number))

    await storage.refits.refit(SERVER, at=after(10))

    praises = {(row.rater, row.author): row.weight for row in await rows_of(storage, PraiseRow)}
    assert set(praises) == {(ANNA, BEN), (BEN, ANNA)}
    assert all(0 < weight < 1 for weight in praises.values())
    fitted = await standings_of(storage, works)
    async with storage._database.writing() as session:
        await session.execute(delete(PraiseRow))
        await rescore(session, [work.id for work in works])
    taken_at_their_word = await standings_of(storage, works)
    praised = [work.id for work in works if work.member != CLEO]
    assert all(fitted[work].score < taken_at_their_word[work].score - 0.2 for work in praised)


async def test_near_duplicates_are_folded_into_the_best_of_them(storage: Storage, spool: Path) -> None:
    text = "The keeper climbed the stairs of the lighthouse, as he had every evening for thirty years. "
    first = await created(storage, spool, 1, content=text)
    other = await created(storage, spool, 2, content="Nothing of the kind happens here, and nobody lights any lamp.")
    same = await created(storage, spool, 3, content=text.upper().replace(",", " –"))
    await storage.ratings.react(MessageId(3), BEN, 5, at=NOON)

    await storage.refits.refit(SERVER, at=after(10))

    standings = await standings_of(storage, [first, other, same])
    assert [standings[work.id].alike for work in (first, other, same)] == [first.id, other.id, first.id]
    page = await storage.standings.best(SERVER, Ranked(), limit=5)
    assert [(one.creation, one.folded) for one in page.rows] == [(same.id, 1), (other.id, 0)]


async def test_works_that_are_alike_no_longer_stand_for_themselves(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 2)
    async with storage._database.writing() as session:
        both = update(StandingRow).where(StandingRow.creation == works[1].id)
        await session.execute(both.values(alike=works[0].id, is_lead=False))

    await storage.refits.refit(SERVER, at=after(10))

    page = await storage.standings.best(SERVER, Ranked(), limit=5)
    assert [(one.alike, one.folded) for one in page.rows] == [(work.id, 0) for work in reversed(works)]


async def test_standings_that_an_upgrade_left_bare_are_filled(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 2)
    await storage.ratings.react(MessageId(1), BEN, 5, at=NOON)
    async with storage._database.writing() as session:
        await session.execute(update(StandingRow).values(raters=0, information=0, score=3, low=1, high=5))

    found = await storage.refits.refit(SERVER, at=after(10))

    standings = await standings_of(storage, works)
    assert found.moved == 2
    assert [standings[work.id].raters for work in works] == [1, 0]
    assert standings[works[0].id].score > standings[works[1].id].score


async def test_a_refit_leaves_other_servers_alone(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1, content="here")
    there = await created(storage, spool, 2, content="there", server=ELSEWHERE)
    await storage.ratings.react(MessageId(1), BEN, 1, at=NOON)
    await storage.ratings.react(MessageId(2), BEN, 5, at=NOON)
    before = await standings_of(storage, [there])

    found = await storage.refits.refit(SERVER, at=after(10))

    assert (found.works, found.opinions) == (1, 1)
    assert await standings_of(storage, [there]) == before
    assert [row.server for row in await rows_of(storage, ScaleRow)] == [SERVER]


async def test_a_server_without_ratings_or_works_is_fitted_too(storage: Storage, spool: Path) -> None:
    assert (await storage.refits.refit(SERVER, at=NOON)).works == 0
    await several(storage, spool, 1)
    assert (await storage.refits.refit(SERVER, at=NOON)).opinions == 0


async def test_a_new_work_stands_by_the_scale_of_its_server(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 6)
    for number in range(1, 7):
        await storage.ratings.react(MessageId(number), MemberId(CLEO + number), 1, at=after(100 * number))
    await storage.refits.refit(SERVER, at=after(1000))

    work = await created(storage, spool, 7, content="another")

    now = await standings_of(storage, [*works, work])
    async with storage._database.writing() as session:
        await rescore(session, [work.id])
    assert (await standings_of(storage, [work]))[work.id] == now[work.id]
    assert now[work.id].score < 3


async def test_ratings_that_come_while_it_fits_are_not_lost(storage: Storage, spool: Path) -> None:
    works = await several(storage, spool, 12)
    await rate_alike(storage, 10)

    refit = asyncio.create_task(storage.refits.refit(SERVER, at=after(10)))
    for number in range(1, 13):
        await storage.ratings.react(MessageId(number), MemberId(CLEO + 1), 5, at=after(number))
        await storage.ratings.unreact(MessageId(number), BEN, 3, at=after(2000))
    await refit

    fitted = await standings_of(storage, works)
    for work in works:
        assert fitted[work.id].raters == len(await storage.ratings.of(work.id))
    async with storage._database.writing() as session:
        await rescore(session, [work.id for work in works])
    assert await standings_of(storage, works) == fitted


async def test_who_is_erased_while_it_fits_leaves_no_trace_as_a_rater(
    storage: Storage, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await several(storage, spool, 3)
    for number in range(1, 4):
        await storage.ratings.react(MessageId(number), BEN, 5, at=NOON)
        await storage.ratings.react(MessageId(number), CLEO, 2, at=NOON)
    keep = Refits._keep_raters

    async def erase_first(refits: Refits, *about: Any) -> None:
        erasure = await storage.erasures.ask(BEN, None, takes_messages=False, at=NOON)
        while not (await storage.erasures.carry_on(erasure, at=NOON)).is_done:
            pass
        await keep(refits, *about)

    monkeypatch.setattr(Refits, "_keep_raters", erase_first)
    await storage.refits.refit(SERVER, at=after(10))

    assert [row.member for row in await rows_of(storage, RaterRow)] == [CLEO]


async def test_a_rater_who_took_everything_back_is_forgotten(storage: Storage, spool: Path) -> None:
    await several(storage, spool, 1)
    await storage.ratings.react(MessageId(1), BEN, 5, at=NOON)
    await storage.refits.refit(SERVER, at=after(1))
    await storage.ratings.unreact(MessageId(1), BEN, 5, at=after(2))

    await storage.refits.refit(SERVER, at=after(3))

    assert await rows_of(storage, RaterRow) == []


async def test_a_refit_is_needed_where_there_is_something_that_none_has_seen(storage: Storage, spool: Path) -> None:
    assert not await storage.refits.is_needed(SERVER, at=after(1))
    await several(storage, spool, 1)
    assert await storage.refits.is_needed(SERVER, at=after(1))
    await storage.refits.refit(SERVER, at=after(50))
    assert not await storage.refits.is_needed(SERVER, at=after(100))

    await storage.ratings.react(MessageId(1), BEN, 5, at=after(101))

    assert await storage.refits.is_needed(SERVER, at=after(102))
    assert list(await storage.refits.servers()) == [SERVER]


async def test_a_large_server_waits_until_enough_is_new_but_no_longer_than_a_day(storage: Storage, spool: Path) -> None:
    await several(storage, spool, 1)
    await storage.refits.refit(SERVER, at=after(50))
    async with storage._database.writing() as session:
        await session.execute(update(ScaleRow).values(ratings=1_000))
    await storage.ratings.react(MessageId(1), BEN, 5, at=after(51))

    assert not await storage.refits.is_needed(SERVER, at=after(100))
    assert await storage.refits.is_needed(SERVER, at=after(50 + 86_400))
