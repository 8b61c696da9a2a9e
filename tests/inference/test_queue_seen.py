"""What others see of the queue: its watchers, its rows, its outlooks."""

from pathlib import Path

from inference.contract.events import (
    Lost,
    Progressed,
    Queued,
    Started,
    Succeeded,
)
from inference.contract.jobs import JobState
from inference.contract.outage import Cause, Outage
from inference.queue import PLACES_FORESEEN, PLACES_TOLD
from tests.inference.bench import ADA, LIN, MIRA, Bench, ToldActor, a_bench


async def test_a_watcher_sees_each_move_as_the_ledger_has_it(bench: Bench) -> None:
    seen: list[tuple[JobState, int, bool]] = []
    bench.queue.watch(lambda job: seen.append((job.state, job.attempts, job.finished_at is not None)))
    job = await bench.submit()
    await bench.actor.has_begun(1)
    bench.actor.says(bench.started(job.id), Lost(job_id=job.id))
    await bench.actor.has_begun(2)
    bench.actor.says(bench.started(job.id), Succeeded(job_id=job.id, making=bench.making()))
    await bench.heard(Succeeded, job.id)
    assert seen == [
        (JobState.RUNNING, 0, False),
        (JobState.QUEUED, 1, False),
        (JobState.RUNNING, 1, False),
        (JobState.SUCCEEDED, 1, True),
    ]


async def test_a_job_that_is_cancelled_before_it_starts_is_shown_to_watchers_too(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as bench, bench.queue.at_work():
        await bench.submit()
        second = await bench.submit(LIN)
        await bench.actor.has_begun(1)
        seen = []
        bench.queue.watch(lambda job: seen.append((job.id, job.state)))
        await bench.queue.cancel(second.id, by=LIN, is_moderator=False)
        assert seen == [(second.id, JobState.CANCELLED)]


async def test_only_running_jobs_take_rows(bench: Bench) -> None:
    first, second = await bench.submit(), await bench.submit(LIN)
    await bench.actor.has_begun(2)
    assert bench.queue.rows == 0
    bench.actor.says(bench.started(first.id), bench.started(second.id))
    await bench.heard(Started, second.id)
    assert bench.queue.rows == 2


async def test_a_queue_is_at_work_within_its_block_alone(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        assert not bench.queue.is_at_work
        async with bench.queue.at_work():
            assert bench.queue.is_at_work
        assert not bench.queue.is_at_work


async def test_who_waits_hears_when_it_will_be_done(bench: Bench) -> None:
    jobs = [await bench.submit(member, words=words) for member, words in ((ADA, 100), (LIN, 100), (MIRA, 400))]
    queued = await bench.heard(Queued, jobs[2].id)
    assert isinstance(queued, Queued)
    assert queued.eta_seconds is not None
    earliest, latest = queued.eta_seconds
    assert 0 <= earliest < latest


async def test_the_outlook_of_a_job_brightens_as_those_before_it_get_on(bench: Bench) -> None:
    first, second, third = [await bench.submit(member) for member in (ADA, LIN, MIRA)]
    await bench.actor.has_begun(2)
    before = await bench.queue.outlooks([first, third])
    assert (before[first.id].place, before[third.id].place) == (0, 1)
    bench.actor.says(
        Started(job_id=first.id, monotonic_ns=1), Progressed(job_id=first.id, fraction=0.9, preview="Once")
    )
    await bench.heard(Progressed, first.id)
    after = await bench.queue.outlooks([first, second, third])
    # Of the first, both what it costs and what that may be off shrink: either alone would leave more than this.
    for job, most in ((first, 0.6), (third, 1.0)):
        was, now = before[job.id].eta_seconds, after[job.id].eta_seconds
        assert was is not None
        assert now is not None
        assert now[1] < most * was[1]


async def test_everybody_in_a_long_line_hears_their_place_once_they_are_accepted(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as bench, bench.queue.at_work():
        jobs = [await bench.submit(words=10) for _ in range(PLACES_FORESEEN + 5)]
        last = await bench.heard(Queued, jobs[-1].id)
        assert isinstance(last, Queued)
        assert last.place >= PLACES_FORESEEN
        for job in jobs:
            await bench.heard(Queued, job.id)


async def test_who_stands_far_behind_is_not_told_of_every_step(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as bench, bench.queue.at_work():
        jobs = [await bench.submit(words=10) for _ in range(2 * PLACES_TOLD)]
        await bench.heard(Queued, jobs[-1].id)
        await bench.submit(LIN, words=10)
        await bench.queue.cancel(jobs[1].id, by=ADA, is_moderator=False)
        newest = await bench.submit(LIN, words=10)
        await bench.heard(Queued, newest.id)
        assert sum(isinstance(event, Queued) and event.job_id == jobs[-1].id for event in bench.told) == 1


async def test_who_may_not_have_been_told_before_a_restart_is_told_after_it(tmp_path: Path) -> None:
    async with a_bench(tmp_path, capacity=1) as ended:
        jobs = [await ended.submit(words=10) for _ in range(2 * PLACES_TOLD)]  # Accepted, and then it was killed.
        bench = Bench(ended.storage, ToldActor(1), tmp_path)
        async with bench.queue.at_work():
            await bench.heard(Queued, jobs[-1].id)


async def test_while_the_actor_is_down_nobody_is_promised_a_time(bench: Bench) -> None:
    jobs = [await bench.submit(member) for member in (ADA, LIN, MIRA)]
    await bench.actor.has_begun(2)  # Which is where two of them wait.
    bench.actor.goes_down(Outage(cause=Cause.CRASHED, reason="it ended"))
    for job in jobs:
        await bench.heard_last(job.id, Queued(job_id=job.id, place=1, is_held_up=True))
    outlooks = await bench.queue.outlooks(jobs)
    assert all(outlook.is_held_up and outlook.eta_seconds is None for outlook in outlooks.values())

    bench.actor.goes_down(None)
    for job in jobs[:2]:
        await bench.heard_last(job.id, Queued(job_id=job.id, place=1))
    assert not any(outlook.is_held_up for outlook in (await bench.queue.outlooks(jobs)).values())
