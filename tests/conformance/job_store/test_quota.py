"""How every `JobStore` keeps to the limits of a server's members."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.contract.errors import Failure, FailureCode, Quota, QuotaReachedError
from inference.contract.identifiers import JobId, MemberId, ServerId
from inference.contract.jobs import Job, JobState, Limits
from inference.contract.ports import JobStore
from tests.storage.works import ANNA, BEN, after, making, spooled, submission

BROKEN = Failure(code=FailureCode.ENGINE_BROKE)
DAY = timedelta(hours=24)
ELSEWHERE = ServerId(2_000_000_000_000_000_002)


async def asked(jobs: JobStore, limits: Limits, **changes: Any) -> Job:
    return await jobs.add(submission(**changes), limits=limits)


async def refused(jobs: JobStore, limits: Limits, *, at: datetime) -> QuotaReachedError:
    with pytest.raises(QuotaReachedError) as caught:
        await jobs.add(submission(submitted_at=at), limits=limits)
    return caught.value


async def test_the_day_is_full_until_the_first_of_it_is_a_day_old(jobs: JobStore) -> None:
    limits = Limits(a_day=2)
    for seconds in (0, 60):
        await asked(jobs, limits, submitted_at=after(seconds))
    error = await refused(jobs, limits, at=after(120))
    assert (error.quota, error.limit, error.used, error.resets_at) == (Quota.A_DAY, 2, 2, after(0) + DAY)
    await refused(jobs, limits, at=after(0) + DAY - timedelta(microseconds=1))
    await asked(jobs, limits, submitted_at=after(0) + DAY)
    assert (await refused(jobs, limits, at=after(130) + DAY - timedelta(seconds=71))).resets_at == after(60) + DAY


async def test_a_limit_that_was_lowered_frees_when_enough_of_the_day_is_over(jobs: JobStore) -> None:
    for seconds in range(5):
        await jobs.add(submission(submitted_at=after(seconds)))
    error = await refused(jobs, Limits(a_day=2), at=after(10))
    assert (error.used, error.resets_at) == (5, after(3) + DAY)


async def test_of_several_at_once_no_more_are_taken_than_the_limit(jobs: JobStore) -> None:
    for limits in (Limits(a_day=2), Limits(waiting=2)):
        member = ANNA if limits.waiting is None else BEN
        ends = await asyncio.gather(
            *(asked(jobs, limits, member=member, submitted_at=after(number)) for number in range(6)),
            return_exceptions=True,
        )
        assert sum(isinstance(end, Job) for end in ends) == 2
        assert sum(isinstance(end, QuotaReachedError) for end in ends) == 4


async def test_what_failed_or_never_started_counts_for_nothing(jobs: JobStore) -> None:
    limits = Limits(a_day=1)
    failed = await asked(jobs, limits)
    await jobs.move(failed.id, JobState.RUNNING, at=after(1))
    await jobs.move(failed.id, JobState.FAILED, at=after(2), failure=BROKEN)
    cancelled = await asked(jobs, limits)
    await jobs.move(cancelled.id, JobState.CANCELLED, at=after(3))
    stopped = await asked(jobs, limits)
    await jobs.move(stopped.id, JobState.RUNNING, at=after(4))
    await jobs.move(stopped.id, JobState.CANCELLED, at=after(5))
    assert (await refused(jobs, limits, at=after(6))).used == 1


async def test_a_place_in_the_line_is_free_when_a_job_ends(jobs: JobStore, spool: Path) -> None:
    limits = Limits(waiting=2)
    first = await asked(jobs, limits)
    await asked(jobs, limits)
    await jobs.move(first.id, JobState.RUNNING, at=after(1))
    error = await refused(jobs, limits, at=after(2))
    assert (error.quota, error.limit, error.used, error.resets_at) == (Quota.WAITING, 2, 2, None)
    await jobs.succeed(first.id, making(spooled(spool)), at=after(3))
    await asked(jobs, limits)


async def test_each_member_and_each_server_counts_by_itself(jobs: JobStore) -> None:
    limits = Limits(a_day=1, waiting=1)
    for changes in ({}, {"member": BEN}, {"server": ELSEWHERE}):
        await asked(jobs, limits, **changes)
    await refused(jobs, limits, at=after(1))


async def test_a_limit_of_none_at_all_is_never_free(jobs: JobStore) -> None:
    assert (await refused(jobs, Limits(a_day=0), at=after(0))).resets_at is None
    assert (await refused(jobs, Limits(waiting=0), at=after(0))).resets_at is None


async def test_who_is_refused_leaves_no_job(jobs: JobStore) -> None:
    first = await asked(jobs, Limits(waiting=1))
    await refused(jobs, Limits(waiting=1), at=after(1))
    assert [job.id for job in await jobs.waiting(limit=5)] == [first.id]
    assert (await asked(jobs, Limits())).id == JobId(first.id + 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(0, 72), min_size=1, max_size=20), limit=st.integers(1, 4))
async def test_no_window_of_a_day_ever_holds_more_than_the_limit(jobs: JobStore, hours: list[int], limit: int) -> None:
    member = next(_members)
    taken: list[datetime] = []
    for at in (after(3_600 * hour) for hour in sorted(hours)):
        free_at = await free_from(jobs, limit, member=member, at=at)
        if free_at is None:
            taken.append(at)
        else:
            assert at < free_at <= at + DAY
            assert sum(free_at - DAY < one for one in taken) < limit <= sum(free_at - DAY <= one for one in taken)
        assert sum(at - DAY < one <= at for one in taken) <= limit


async def free_from(jobs: JobStore, limit: int, *, member: MemberId, at: datetime) -> datetime | None:
    """When the member may ask again; None: the request was taken."""
    try:
        await asked(jobs, Limits(a_day=limit), member=member, submitted_at=at)
    except QuotaReachedError as error:
        return error.resets_at
    return None


_members = map(MemberId, count(10_000))
