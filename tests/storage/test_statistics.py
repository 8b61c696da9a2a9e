"""What `/stats` counts, on both databases."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import MemberId, MessageId, ServerId
from inference.contract.jobs import JobState
from storage import Storage
from storage.statistics import Activity, Waits
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, created, making, spooled, submission

ELSEWHERE = ServerId(2_000_000_000_000_000_002)
TODAY = date(2030, 1, 1)
YESTERDAY = TODAY - timedelta(days=1)
DAY = timedelta(days=1)


async def made(storage: Storage, spool: Path, *, message: int = 0, days_ago: float = 0, **changes: Any) -> None:
    """A work whose request waited for `wait` seconds."""
    asked_at = NOON - days_ago * DAY
    started_at = asked_at + timedelta(seconds=changes.pop("wait", 1))
    job = await storage.jobs.add(submission(submitted_at=asked_at, **changes))
    await storage.jobs.move(job.id, JobState.RUNNING, at=started_at)
    await storage.jobs.succeed(job.id, making(spooled(spool)), at=started_at)
    await storage.jobs.delivered(job.id, [MessageId(message)] if message else [], at=started_at)


async def ended(storage: Storage, state: JobState, failure: Failure | None = None, *, days_ago: float = 0) -> None:
    job = await storage.jobs.add(submission(submitted_at=NOON - days_ago * DAY))
    await storage.jobs.move(job.id, state, at=NOON, failure=failure)


async def activities(storage: Storage, first: date = YESTERDAY, last: date = TODAY) -> list[Activity]:
    """Of each day, and last of all of them."""
    period = await storage.statistics.period(SERVER, first=first, last=last)
    return [*(day.activity for day in period.days), period.whole]


async def test_a_server_without_works_has_empty_days(storage: Storage) -> None:
    period = await storage.statistics.period(SERVER, first=YESTERDAY, last=TODAY)
    assert [day.day for day in period.days] == [YESTERDAY, TODAY]
    assert period.whole.is_empty
    assert all(day.activity.is_empty for day in period.days)


async def test_a_maker_counts_once_a_day_and_once_in_all(storage: Storage, spool: Path) -> None:
    await made(storage, spool, member=ANNA, days_ago=1)
    for member in (ANNA, ANNA, BEN):
        await made(storage, spool, member=member)
    counts = [(each.makers, each.works) for each in await activities(storage)]
    assert counts == [(1, 1), (2, 3), (2, 4)]


async def test_days_end_at_midnight_in_utc_and_other_days_and_servers_are_left_out(
    storage: Storage, spool: Path
) -> None:
    for days_ago in (-0.5, -0.499, 0.49, 0.51, 1.49, 1.51):  # Noon is in the middle of a day.
        await made(storage, spool, days_ago=days_ago, wait=0)
    await made(storage, spool, server=ELSEWHERE)
    assert [each.works for each in await activities(storage)] == [2, 2, 4]


async def test_ratings_count_on_the_day_of_the_rating(storage: Storage, spool: Path) -> None:
    await made(storage, spool, message=10, days_ago=40)
    await made(storage, spool, message=11, server=ELSEWHERE)
    await storage.ratings.react(MessageId(10), BEN, 4, at=NOON - DAY)
    await storage.ratings.react(MessageId(10), CLEO, 4, at=NOON)
    await storage.ratings.react(MessageId(10), MemberId(7), 2, at=NOON)
    await storage.ratings.unreact(MessageId(10), MemberId(7), 2, at=NOON + DAY)
    await storage.ratings.react(MessageId(11), BEN, 5, at=NOON)
    assert [each.ratings for each in await activities(storage)] == [1, 1, 2]


async def test_waits_are_ranked_by_day_and_over_all_days(storage: Storage, spool: Path) -> None:
    for wait in (40, 30, 20.5, 10):
        await made(storage, spool, days_ago=1, wait=wait)
    for wait in range(1, 11):
        await made(storage, spool, wait=wait)
    await storage.jobs.add(submission(submitted_at=NOON))  # It waits still.
    assert [each.waits for each in await activities(storage)] == [
        Waits(median_seconds=20.5, p90_seconds=40),
        Waits(median_seconds=5, p90_seconds=9),
        Waits(median_seconds=7, p90_seconds=30),
    ]


async def test_failures_are_told_apart_whatever_their_detail_holds(storage: Storage) -> None:
    full = Failure(code=FailureCode.DISK_FULL)
    await ended(storage, JobState.FAILED, Failure(code=FailureCode.ENGINE_BROKE, detail="\x00 \ud800"), days_ago=1)
    await ended(storage, JobState.FAILED, full)
    await ended(storage, JobState.FAILED, full)
    await ended(storage, JobState.CANCELLED)
    yesterday, today, whole = await activities(storage)
    assert yesterday.failures == {FailureCode.ENGINE_BROKE: 1}
    assert (today.failures, today.failed, today.cancelled) == ({FailureCode.DISK_FULL: 2}, 2, 1)
    assert whole.failures == {FailureCode.ENGINE_BROKE: 1, FailureCode.DISK_FULL: 2}
    assert whole.cancelled == 1


async def test_a_deleted_work_counts_no_more_and_its_request_still_does(storage: Storage, spool: Path) -> None:
    creation = await created(storage, spool)
    await storage.creations.delete(creation.id)
    _, _, whole = await activities(storage)
    assert (whole.works, whole.waits) == (0, Waits(median_seconds=1, p90_seconds=1))


async def test_no_whole_table_is_read(sqlite_address: str, tmp_path: Path) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            await activities(storage)
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:///"))) as connection:
        plans = [
            (row[3], statement)
            for statement, parameters in asked
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    tables = ("jobs", "creations", "ratings")
    assert {table for step, _ in plans for table in tables if f"SEARCH {table} USING" in step} == set(tables)
    assert [step for step, _ in plans if step.startswith("SCAN") and step.split()[1] in tables] == []
