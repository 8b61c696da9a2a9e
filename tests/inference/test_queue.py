"""The queue over a real ledger, with an actor that does what the test tells it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from inference.contract.artifacts import Artifact, Making, Provenance
from inference.contract.errors import Failure, FailureCode, IllegalMoveError, NotAllowedError
from inference.contract.events import (
    ActorEvent,
    Cancelled,
    Failed,
    JobEvent,
    Lost,
    Progressed,
    Queued,
    Started,
    Succeeded,
)
from inference.contract.identifiers import ApplicationId, ChannelId, JobId, MemberId, MessageId, ModelName, ServerId
from inference.contract.jobs import MAX_ATTEMPTS, Job, JobState, Reply
from inference.contract.requests import Request, TextRequest
from inference.queue import JobQueue
from storage import Storage

ADA, LIN, MIRA = MemberId(101), MemberId(102), MemberId(103)
FAKE = ModelName("fake")


class ToldActor:
    """An `Actor` whose every event is the test's."""

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self.begun: list[JobId] = []
        self.cancelled: list[JobId] = []
        self.arrived = asyncio.Condition()
        self._events: asyncio.Queue[ActorEvent] = asyncio.Queue()

    @property
    def capacity(self) -> int:
        return self._capacity

    async def begin(self, job_id: JobId, request: Request, sources: Sequence[Artifact] = ()) -> None:
        async with self.arrived:
            self.begun.append(job_id)
            self.arrived.notify_all()

    async def cancel(self, job_id: JobId) -> None:
        self.cancelled.append(job_id)

    async def next_event(self) -> ActorEvent:
        return await self._events.get()

    def says(self, *events: ActorEvent) -> None:
        for event in events:
            self._events.put_nowait(event)

    async def has_begun(self, count: int) -> list[JobId]:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: len(self.begun) >= count)
        return self.begun


class Bench:
    """A queue, its ledger, its actor, and everything that it told."""

    def __init__(self, storage: Storage, actor: ToldActor, folder: Path) -> None:
        self.storage = storage
        self.actor = actor
        self.folder = folder
        self.queue = JobQueue(storage.jobs, actor, clock=lambda: datetime.now(UTC))
        self.told: list[JobEvent] = []
        self._news = asyncio.Condition()
        self.queue.listen(self._hear)

    def _hear(self, event: JobEvent) -> None:
        self.told.append(event)
        asyncio.get_running_loop().create_task(self._wake())

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def heard(self, kind: type[JobEvent], job_id: JobId) -> JobEvent:
        def found() -> JobEvent | None:
            return next((one for one in self.told if isinstance(one, kind) and one.job_id == job_id), None)

        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(found)
        event = found()
        assert event is not None
        return event

    async def submit(self, member: MemberId = ADA, *, words: int = 100) -> Job:
        reply = Reply(
            application=ApplicationId(1),
            server=ServerId(2),
            channel=ChannelId(3),
            token="t",
            token_expires_at=datetime.now(UTC) + timedelta(minutes=15),
            message=MessageId(4),
        )
        request = TextRequest(prompt="a lighthouse", model=FAKE, words=words)
        return await self.queue.submit(request, member=member, reply=reply, locale="en-US")

    async def state(self, job_id: JobId) -> JobState:
        return (await self.storage.jobs.get(job_id)).state

    def making(self, *, device_seconds: float = 1.0, size: int = 100) -> Making:
        path = self.folder / f"{len(self.told)}-{device_seconds}.txt"
        path.write_text("a text")
        artifact = Artifact(
            path=path, media_type="text/plain", sha256=sha256(b"a text").hexdigest(), size_bytes=len("a text")
        )
        provenance = Provenance(model=FAKE, model_sha256="", engine="told", seed=1)
        return Making(artifacts=(artifact,), provenance=provenance, device_seconds=device_seconds, size=size)

    def started(self, job_id: JobId) -> Started:
        return Started(job_id=job_id, monotonic_ns=0)


@asynccontextmanager
async def a_bench(folder: Path, *, capacity: int = 2) -> AsyncIterator[Bench]:
    url = f"sqlite:///{folder / 'atelier.db'}"
    await Storage.upgrade(url)
    async with Storage.open(url, media_folder=folder / "media") as storage:
        yield Bench(storage, ToldActor(capacity), folder)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as bench, bench.queue.at_work():
        yield bench


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
        seen: list[tuple[JobId, JobState]] = []
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
