"""The durable queue: requests enter the ledger, the actor takes them in fair order, the ledger keeps how they ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Self, TypeVar, assert_never

import structlog

from inference.contract.artifacts import Artifact
from inference.contract.errors import (
    ArtifactLostError,
    DiskFullError,
    Failure,
    FailureCode,
    IllegalMoveError,
    JobNotFoundError,
    NotAllowedError,
    StorageUnavailableError,
)
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
from inference.contract.identifiers import JobId, MemberId
from inference.contract.image import Guard
from inference.contract.jobs import MAX_ATTEMPTS, NO_LIMITS, Job, JobState, Limits, Parent, Reply, Submission
from inference.contract.ports import Actor, JobStore
from inference.contract.requests import Request
from inference.fairness import next_jobs, tags_of
from inference.outlook import Foresight, Outlook

log = structlog.get_logger(__name__)

# How many waiting jobs hear of their new place when the line moves. Those behind hear their place once, when they are
# accepted, and again when they come nearer.
PLACES_TOLD: Final = 25
# How far down the line somebody who asks is told when their job will be done.
PLACES_FORESEEN: Final = 200
# How many waiting jobs are looked through at the start for those that the last run may not have told anything.
LOOKED_THROUGH: Final = 10_000
FIRST_RETRY_SECONDS: Final = 0.2
LAST_RETRY_SECONDS: Final = 10.0

Listener = Callable[[JobEvent], None]
Watcher = Callable[[Job], None]

T = TypeVar("T")


class JobQueue:
    """The line in front of the actor; the ledger is the truth, and this object only its hands.

    A job is held from when the actor is given it until its end is in the ledger. Whatever happens between, the row says
    how to go on: a restart of the bot queues it again, the actor's death counts an attempt.
    """

    def __init__(
        self, store: JobStore, actor: Actor, *, size_of: Callable[[Request], int], clock: Callable[[], datetime]
    ) -> None:
        """`size_of`: see `inference.workload`."""
        self._store = store
        self._actor = actor
        self._clock = clock
        self._foresight = Foresight(store, size_of)
        self._listeners: list[Listener] = []
        self._watchers: list[Watcher] = []
        self._held: dict[JobId, Job] = {}
        self._unwanted: set[JobId] = set()  # Held, and cancelled by a member.
        self._virtual_time = 0.0
        self._finish_tags: dict[MemberId, float] = {}  # As the ledger has them, by who has asked since the start.
        self._newcomers: set[JobId] = set()  # Accepted, and not yet told their place.
        self._submitting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._is_draining = False
        self._services = asyncio.TaskGroup()
        self._serving: set[asyncio.Task[None]] = set()
        self._is_held_up = False  # Whether the jobs were last told that the actor is down.
        actor.when_changed(self._changed.set)
        self._duties: tuple[asyncio.Task[None], ...] = ()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """Take up what the last run left, then serve until the block ends."""
        resumed = await self._store.requeue_running()
        if resumed:
            log.info("jobs taken up again", count=len(resumed))
        self._virtual_time = await self._store.virtual_time()
        self._newcomers.update(await self._perhaps_untold())
        self._changed.set()
        # A service that breaks takes the block along: better no bot than a deaf one.
        async with asyncio.TaskGroup() as self._services:
            self._duties = (self._serve(self._dispatch()), self._serve(self._follow()))
            try:
                yield self
            finally:
                for service in tuple(self._serving):
                    service.cancel()

    @property
    def is_at_work(self) -> bool:
        """Whether jobs are handed to the actor, and what it says is heard."""
        return bool(self._duties) and not any(service.done() for service in self._duties)

    @property
    def rows(self) -> int:
        """How many rows of the actor's batches the running jobs take."""
        return sum(job.request.rows for job in self._held.values() if job.state is JobState.RUNNING)

    def _serve(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        service = self._services.create_task(work)
        self._serving.add(service)
        service.add_done_callback(self._serving.discard)
        return service

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every event from now on, after the ledger knows of it."""
        self._listeners.append(listener)

    def watch(self, watcher: Watcher) -> None:
        """Show `watcher` every job as the ledger has it after each of its moves."""
        self._watchers.append(watcher)

    async def submit(
        self,
        request: Request,
        *,
        member: MemberId,
        reply: Reply,
        locale: str,
        parents: tuple[Parent, ...] = (),
        uploads: tuple[Artifact, ...] = (),
        guard: Guard = Guard.HOLD,
        limits: Limits = NO_LIMITS,
    ) -> Job:
        """Accept a request: once this returns, the job survives any crash.

        Raises `StorageUnavailableError`, `CreationNotFoundError` when a parent is gone, and `QuotaReachedError`.
        """
        cost = await self._foresight.cost_seconds(request)
        async with self._submitting:  # Two requests of one member must not get the same tags.
            last_finish_tag = await self._last_finish_tag(member)
            tags = tags_of(cost_seconds=cost, virtual_time=self._virtual_time, last_finish_tag=last_finish_tag)
            job = await self._store.add(
                Submission(
                    member=member,
                    request=request,
                    reply=reply,
                    locale=locale,
                    submitted_at=self._clock(),
                    predicted_seconds=cost,
                    start_tag=tags.start,
                    finish_tag=tags.finish,
                    parents=parents,
                    uploads=uploads,
                    guard=guard,
                ),
                limits=limits,
            )
            self._finish_tags[member] = tags.finish
        self._newcomers.add(job.id)
        self._changed.set()
        return job

    def predicted_seconds(self, request: Request) -> float | None:
        """Device seconds; None before the model was used."""
        return self._foresight.known_cost_seconds(request)

    async def cancel(self, job_id: JobId, *, by: MemberId, is_moderator: bool) -> None:
        """End a job that waits or runs: one's own, or anybody's for a moderator.

        Raises `JobNotFoundError`, `NotAllowedError`, and `IllegalMoveError` when it has already ended.
        """
        job = await self._store.get(job_id)
        if job.member != by and not is_moderator:
            raise NotAllowedError
        if job.state.is_final or job_id in self._unwanted:
            raise IllegalMoveError(f"job {job_id} has ended")
        if job_id in self._held:
            self._unwanted.add(job_id)
            await self._actor.cancel(job_id)
        else:
            self._show(await self._store.move(job_id, JobState.CANCELLED, at=self._clock()))
            self._finish_tags.pop(job.member, None)  # What never started counts for nothing.
            self._tell(Cancelled(job_id=job_id))
            self._changed.set()
            if job_id in self._held:  # Handed over in the same moment.
                await self._actor.cancel(job_id)

    async def outlooks(self, jobs: Sequence[Job]) -> Mapping[JobId, Outlook]:
        """For jobs that wait or run. Raises `StorageUnavailableError`."""
        held = tuple(self._held.values())
        waiting = await self._store.waiting(limit=PLACES_FORESEEN, without=[job.id for job in held])
        etas = self._foresight.etas(held, waiting, capacity=self._actor.capacity)
        is_held_up = self._actor.outage is not None
        places = {job.id: 0 for job in held} | {job.id: number for number, job in enumerate(waiting, start=1)}
        return {
            job.id: Outlook(
                place=places[job.id] if job.id in places else await self._store.place(job.id),
                eta_seconds=None if is_held_up else etas.get(job.id),
                is_held_up=is_held_up,
            )
            for job in jobs
        }

    async def forget(self, member: MemberId, jobs: Collection[JobId]) -> None:
        """A member was erased, and these jobs, of theirs or begun from theirs, with them: make none of them."""
        self._finish_tags.pop(member, None)
        for job_id in jobs:
            if job_id in self._held:
                self._unwanted.add(job_id)
                await self._actor.cancel(job_id)
            self._tell(Cancelled(job_id=job_id))
        self._changed.set()

    async def drain(self, *, grace_seconds: float) -> None:
        """Begin nothing more, and give what runs this long to end. The rest stays in the ledger for the next start."""
        self._is_draining = True
        try:
            await asyncio.wait_for(self._emptied.wait(), grace_seconds)
        except TimeoutError:
            log.info("jobs left for the next start", count=len(self._held))

    async def _last_finish_tag(self, member: MemberId) -> float:
        if member not in self._finish_tags:
            self._finish_tags[member] = await self._store.last_finish_tag(member)
        return self._finish_tags[member]

    # What goes to the actor.

    async def _dispatch(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._is_draining:
                continue
            await self._insist(self._move_up)

    async def _move_up(self) -> None:
        """Give the actor what it has room for, and tell newcomers and those who wait in front their place."""
        newcomers, front = frozenset(self._newcomers), PLACES_TOLD + self._actor.capacity
        limit = PLACES_FORESEEN if newcomers else front
        waiting = await self._store.waiting(limit=limit, without=self._held.keys())
        far = {job_id: await self._store.place(job_id) for job_id in newcomers - {job.id for job in waiting}}
        chosen = next_jobs(waiting, held=list(self._held.values()), capacity=self._actor.capacity)
        held = [*self._held.values(), *chosen]
        etas = self._foresight.etas(held, waiting[len(chosen) :], capacity=self._actor.capacity)
        is_held_up = self._actor.outage is not None
        for index, job in enumerate(waiting):
            if index < front or job.id in newcomers:
                place = max(1, index + 1 - len(chosen))
                eta_seconds = None if is_held_up else etas[job.id]
                self._tell(Queued(job_id=job.id, place=place, eta_seconds=eta_seconds, is_held_up=is_held_up))
        for job_id, place in far.items():
            if place:  # Else it is held or has ended, and is told that.
                self._tell(Queued(job_id=job_id, place=place, is_held_up=is_held_up))
        self._newcomers -= newcomers
        self._tell_held(is_held_up=is_held_up)
        for job in chosen:
            self._hold(job)

    def _tell_held(self, *, is_held_up: bool) -> None:
        """Those that were handed over, and wait for the actor, hear when it goes down and when it comes back."""
        if is_held_up == self._is_held_up:
            return
        self._is_held_up = is_held_up
        for job in self._held.values():
            if job.state is JobState.QUEUED:
                self._tell(Queued(job_id=job.id, place=1, is_held_up=is_held_up))

    async def _perhaps_untold(self) -> Collection[JobId]:
        """Those accepted so shortly before this start that the last run may have ended before it told them.

        Discord shows "thinking…" for as long as an interaction's token lives.
        """
        waiting = await self._store.waiting(limit=LOOKED_THROUGH)
        return [job.id for job in waiting if job.reply.token_expires_at > self._clock()]

    def _hold(self, job: Job) -> None:
        self._held[job.id] = job
        self._emptied.clear()
        # Not awaited here: while the actor is restarted, those who ask meanwhile still hear of their place.
        self._serve(self._hand_over(job))

    async def _hand_over(self, job: Job) -> None:
        if not job.request.has_sources:
            await self._actor.begin(job.id, job.request, guard=job.guard)
            return
        sources = await self._insist(lambda: self._store.sources(job.id))
        if sources and job.id not in self._unwanted:
            await self._actor.begin(job.id, job.request, sources, guard=job.guard)
            return
        # The actor never heard of it, so its end is told here.
        unwanted = Cancelled(job_id=job.id)
        gone = Failed(job_id=job.id, failure=Failure(code=FailureCode.SOURCE_GONE))
        await self._apply(unwanted if job.id in self._unwanted else gone)

    def _let_go(self, job_id: JobId) -> None:
        self._held.pop(job_id, None)
        self._foresight.forget(job_id)
        self._unwanted.discard(job_id)
        if not self._held:
            self._emptied.set()
        self._changed.set()

    # What comes back from it.

    async def _follow(self) -> None:
        while True:
            event = await self._actor.next_event()
            if event.job_id in self._held:
                await self._apply(event)

    async def _apply(self, event: ActorEvent) -> None:
        match event:
            case Started():
                await self._insist(lambda: self._start(event))
            case Progressed():
                if self._held[event.job_id].state is JobState.RUNNING:
                    self._foresight.has_come(event.job_id, event.fraction)
                    self._tell(event)
            case Succeeded():
                await self._insist(lambda: self._succeed(event))
            case Failed(failure=failure):
                await self._insist(lambda: self._end(event.job_id, JobState.FAILED, failure))
            case Cancelled():
                await self._insist(lambda: self._end(event.job_id, JobState.CANCELLED))
            case Lost():
                await self._insist(lambda: self._retry(event.job_id))
            case _:
                assert_never(event)
        if not isinstance(event, Started | Progressed):
            self._let_go(event.job_id)

    async def _start(self, event: Started) -> None:
        job = await self._store.move(event.job_id, JobState.RUNNING, at=self._clock())
        self._held[job.id] = job
        self._virtual_time = max(self._virtual_time, job.start_tag)
        self._show(job)
        self._tell(event)

    async def _succeed(self, event: Succeeded) -> None:
        try:
            job = await self._store.succeed(event.job_id, event.making, at=self._clock())
        except IllegalMoveError:
            self._tell(event)  # The ledger knows how it ended; whoever shows it reads it there.
            raise
        except DiskFullError:
            await self._end(event.job_id, JobState.FAILED, Failure(code=FailureCode.DISK_FULL))
            return
        except ArtifactLostError as error:
            log.warning("a work was lost before it was kept", job=event.job_id, error=str(error))
            await self._retry(event.job_id)
            return
        self._foresight.has_cost(job, event.making)
        self._show(job)
        self._tell(event)

    async def _retry(self, job_id: JobId) -> None:
        """The actor died with the job: once more, unless it died too often or nobody wants the job any longer."""
        job = await self._store.get(job_id)
        if job_id in self._unwanted:
            await self._end(job_id, JobState.CANCELLED)
        elif job.state is not JobState.RUNNING:
            return  # It had not started, so it was not to blame.
        elif job.attempts + 1 < MAX_ATTEMPTS:
            self._show(await self._store.move(job_id, JobState.QUEUED, at=self._clock(), is_attempt=True))
        else:
            await self._end(job_id, JobState.FAILED, Failure(code=FailureCode.ACTOR_LOST), is_attempt=True)

    async def _end(
        self, job_id: JobId, state: JobState, failure: Failure | None = None, *, is_attempt: bool = False
    ) -> None:
        end = Failed(job_id=job_id, failure=failure) if failure else Cancelled(job_id=job_id)
        try:
            job = await self._store.move(job_id, state, at=self._clock(), failure=failure, is_attempt=is_attempt)
        except IllegalMoveError:
            self._tell(end)  # As above.
            raise
        self._show(job)
        self._tell(end)

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T | None:
        """Repeat an act that the database refuses until it takes it: what the actor made must not be lost to a lock.

        Returns what it came to; None when the job went elsewhere meanwhile.
        """
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                return await act()
            except StorageUnavailableError as error:
                log.warning("the ledger does not take writes", error=str(error), retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)
            except (IllegalMoveError, JobNotFoundError) as error:
                # Cancelled in the same moment; or an earlier try was written down, and only the answer was lost.
                log.warning("a job went elsewhere meanwhile", error=str(error))
                return None

    def _show(self, job: Job) -> None:
        for watcher in self._watchers:
            watcher(job)

    def _tell(self, event: JobEvent) -> None:
        for listener in self._listeners:
            listener(event)
