"""The queue over a real ledger, with an actor that does what the test tells it."""

import asyncio
from pathlib import Path

import pytest

from inference.contract.errors import Failure, FailureCode, IllegalMoveError, NotAllowedError
from inference.contract.events import (
    Cancelled,
    Failed,
    Lost,
    Progressed,
    Queued,
    Started,
    Succeeded,
)
from inference.contract.jobs import MAX_ATTEMPTS, JobState
from tests.inference.bench import ADA, LIN, MIRA, Bench, a_bench


async def test_a_job_that_the_actor_finishes_is_a_creation(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id), Succeeded(job_id=job.id, making=bench.making()))
    await bench.heard(Succeeded, job.id)
    ended = await bench.storage.jobs.get(job.id)
    assert ended.state is JobState.SUCCEEDED
    assert ended.creation is not None
    assert (await bench.storage.creations.get(ended.creation)).member == ADA


async def test_its_place_is_told_before_it_starts(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id))
    await bench.heard(Started, job.id)
    assert [type(event) for event in bench.told if event.job_id == job.id] == [Queued, Started]


async def test_progress_passes_through_without_touching_the_ledger(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id), Progressed(job_id=job.id, fraction=0.5, preview="It was"))
    event = await bench.heard(Progressed, job.id)
    assert event == Progressed(job_id=job.id, fraction=0.5, preview="It was")
    assert await bench.state(job.id) is JobState.RUNNING


async def test_the_actor_gets_no_more_than_it_can_hold(bench: Bench) -> None:
    jobs = [await bench.submit() for _ in range(4)]
    assert await bench.actor.has_begun(2) == [job.id for job in jobs[:2]]
    bench.actor.says(
        bench.started(jobs[0].id), Failed(job_id=jobs[0].id, failure=Failure(code=FailureCode.ENGINE_BROKE))
    )
    assert await bench.actor.has_begun(3) == [job.id for job in jobs[:3]]


async def test_who_asks_for_one_text_goes_before_who_asked_for_many(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as bench:
        greedy = [await bench.submit(ADA, words=1_000) for _ in range(3)]
        modest = await bench.submit(LIN, words=50)
        async with bench.queue.at_work():
            for turn, job_id in enumerate([greedy[0].id, modest.id], start=1):
                await bench.actor.has_begun(turn)
                bench.actor.says(bench.started(job_id), Cancelled(job_id=job_id))
            begun = await bench.actor.has_begun(3)
        assert begun[:3] == [greedy[0].id, modest.id, greedy[1].id]


async def test_a_cancelled_job_never_reaches_the_actor(bench: Bench) -> None:
    jobs = [await bench.submit() for _ in range(3)]
    await bench.actor.has_begun(2)
    await bench.queue.cancel(jobs[2].id, by=ADA, is_moderator=False)
    bench.actor.says(*(Failed(job_id=job.id, failure=Failure(code=FailureCode.ENGINE_BROKE)) for job in jobs[:2]))
    await bench.heard(Failed, jobs[1].id)
    assert await bench.state(jobs[2].id) is JobState.CANCELLED
    assert jobs[2].id not in bench.actor.begun


async def test_a_running_job_is_cancelled_through_the_actor(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id))
    await bench.heard(Started, job.id)
    await bench.queue.cancel(job.id, by=ADA, is_moderator=False)
    assert bench.actor.cancelled == [job.id]
    bench.actor.says(Cancelled(job_id=job.id))
    await bench.heard(Cancelled, job.id)
    assert await bench.state(job.id) is JobState.CANCELLED


async def test_what_was_finished_before_the_cancel_arrived_is_kept(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id))
    await bench.heard(Started, job.id)
    await bench.queue.cancel(job.id, by=ADA, is_moderator=False)
    bench.actor.says(Succeeded(job_id=job.id, making=bench.making()))
    await bench.heard(Succeeded, job.id)
    assert await bench.state(job.id) is JobState.SUCCEEDED


async def test_nobody_cancels_the_job_of_another_save_a_moderator(bench: Bench) -> None:
    jobs = [await bench.submit() for _ in range(3)]
    with pytest.raises(NotAllowedError):
        await bench.queue.cancel(jobs[2].id, by=LIN, is_moderator=False)
    assert await bench.state(jobs[2].id) is JobState.QUEUED
    await bench.queue.cancel(jobs[2].id, by=MIRA, is_moderator=True)
    assert await bench.state(jobs[2].id) is JobState.CANCELLED


async def test_a_second_cancel_says_that_it_is_over(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    await bench.queue.cancel(job.id, by=ADA, is_moderator=False)
    with pytest.raises(IllegalMoveError):
        await bench.queue.cancel(job.id, by=ADA, is_moderator=False)


async def test_a_job_that_the_actor_dies_with_is_tried_again_alone(bench: Bench) -> None:
    victim, neighbour = await bench.submit(), await bench.submit()
    await bench.actor.has_begun(2)
    bench.actor.says(
        bench.started(victim.id), bench.started(neighbour.id), Lost(job_id=victim.id), Lost(job_id=neighbour.id)
    )
    assert (await bench.actor.has_begun(3))[2] == victim.id
    bench.actor.says(bench.started(victim.id), Succeeded(job_id=victim.id, making=bench.making()))
    await bench.heard(Succeeded, victim.id)
    assert (await bench.actor.has_begun(4))[3] == neighbour.id
    assert (await bench.storage.jobs.get(neighbour.id)).attempts == 1


async def test_a_job_that_keeps_killing_the_actor_fails_after_three_attempts(bench: Bench) -> None:
    job = await bench.submit()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        await bench.actor.has_begun(attempt)
        bench.actor.says(bench.started(job.id), Lost(job_id=job.id))
    await bench.heard(Failed, job.id)
    ended = await bench.storage.jobs.get(job.id)
    assert (ended.state, ended.attempts) == (JobState.FAILED, MAX_ATTEMPTS)
    assert ended.failure is not None
    assert ended.failure.code is FailureCode.ACTOR_LOST


async def test_an_actor_that_dies_before_a_job_started_leaves_it_blameless(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(Lost(job_id=job.id))
    await bench.actor.has_begun(2)
    assert (await bench.storage.jobs.get(job.id)).attempts == 0


async def test_a_cancelled_job_that_the_actor_dies_with_is_not_tried_again(bench: Bench) -> None:
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id))
    await bench.heard(Started, job.id)
    await bench.queue.cancel(job.id, by=ADA, is_moderator=False)
    bench.actor.says(Lost(job_id=job.id))
    await bench.heard(Cancelled, job.id)
    assert await bench.state(job.id) is JobState.CANCELLED


async def test_a_restart_takes_up_running_and_waiting_jobs_in_their_order(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as before, before.queue.at_work():
        running, waiting = await before.submit(), await before.submit()
        await before.actor.has_begun(1)
        before.actor.says(before.started(running.id))
        await before.heard(Started, running.id)
    async with a_bench(tmp_path, capacity=8) as after, after.queue.at_work():
        assert await after.actor.has_begun(2) == [running.id, waiting.id]
        assert (await after.storage.jobs.get(running.id)).attempts == 0


async def test_fairness_survives_a_restart(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as before, before.queue.at_work():
        greedy = [await before.submit(ADA, words=500) for _ in range(2)]
        await before.actor.has_begun(1)
        before.actor.says(before.started(greedy[0].id), Succeeded(job_id=greedy[0].id, making=before.making()))
        await before.heard(Succeeded, greedy[0].id)
    async with a_bench(tmp_path, capacity=1) as after:
        again = await after.submit(ADA, words=500)
        modest = await after.submit(LIN, words=50)
        assert modest.start_tag < again.start_tag
        assert modest.start_tag <= greedy[1].start_tag


async def test_draining_begins_nothing_and_waits_for_what_runs(bench: Bench) -> None:
    running = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(running.id))
    await bench.heard(Started, running.id)
    draining = asyncio.create_task(bench.queue.drain(grace_seconds=10))
    await asyncio.sleep(0)
    late = await bench.submit()
    bench.actor.says(Succeeded(job_id=running.id, making=bench.making()))
    await draining
    assert await bench.state(running.id) is JobState.SUCCEEDED
    assert await bench.state(late.id) is JobState.QUEUED
    assert bench.actor.begun == [running.id]


async def test_what_jobs_cost_teaches_what_the_next_will(bench: Bench) -> None:
    first = await bench.submit(words=100)
    await bench.actor.has_begun(1)
    bench.actor.says(
        bench.started(first.id), Succeeded(job_id=first.id, making=bench.making(device_seconds=200.0, size=100))
    )
    await bench.heard(Succeeded, first.id)
    assert (await bench.submit(words=100)).predicted_seconds == pytest.approx(200.0)
