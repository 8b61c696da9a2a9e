"""A queue over a real ledger, with an actor that does what the test tells it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from inference.contract.artifacts import Artifact, Making, Provenance
from inference.contract.events import (
    ActorEvent,
    JobEvent,
    Started,
    Succeeded,
)
from inference.contract.identifiers import ApplicationId, ChannelId, JobId, MemberId, MessageId, ModelName, ServerId
from inference.contract.image import Guard
from inference.contract.jobs import Job, JobState, Parent, Relation, Reply
from inference.contract.mediums import Basis
from inference.contract.outage import Outage
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from inference.queue import JobQueue
from storage import Storage
from tests.storage.databases import make_sqlite

ADA, LIN, MIRA = MemberId(101), MemberId(102), MemberId(103)
FAKE = ModelName("fake")


def size_of(request: Request) -> int:
    """Of the texts that the bench asks for: words."""
    assert isinstance(request, TextRequest)
    return request.words * request.variants


class ToldActor:
    """An `Actor` whose every event is the test's."""

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self.begun: list[JobId] = []
        self.sources: dict[JobId, Sequence[Artifact]] = {}
        self.guards: dict[JobId, Guard] = {}
        self.cancelled: list[JobId] = []
        self.arrived = asyncio.Condition()
        self._events: asyncio.Queue[ActorEvent] = asyncio.Queue()
        self.outage: Outage | None = None
        self._when_changed: list[Callable[[], None]] = []

    def when_changed(self, act: Callable[[], None]) -> None:
        self._when_changed.append(act)

    def goes_down(self, outage: Outage | None) -> None:
        """Or comes back, with None."""
        self.outage = outage
        for act in self._when_changed:
            act()

    @property
    def capacity(self) -> int:
        return self._capacity

    async def begin(
        self, job_id: JobId, request: Request, sources: Sequence[Artifact] = (), *, guard: Guard = Guard.HOLD
    ) -> None:
        async with self.arrived:
            self.begun.append(job_id)
            self.sources[job_id] = sources
            self.guards[job_id] = guard
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
        self.queue = JobQueue(storage.jobs, actor, size_of=size_of, clock=lambda: datetime.now(UTC))
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

    async def heard_last(self, job_id: JobId, event: JobEvent) -> None:
        """Wait until this is the last that was told of the job."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: [one for one in self.told if one.job_id == job_id][-1:] == [event])

    async def submit(self, member: MemberId = ADA, *, words: int = 100, goes_on_from: Job | None = None) -> Job:
        reply = Reply(
            application=ApplicationId(1),
            server=ServerId(2),
            channel=ChannelId(3),
            token="t",
            token_expires_at=datetime.now(UTC) + timedelta(minutes=15),
            message=MessageId(4),
        )
        request = TextRequest(prompt="a lighthouse", model=FAKE, words=words)
        parents: tuple[Parent, ...] = ()
        if goes_on_from is not None:
            assert goes_on_from.creation is not None
            request = replace(request, basis=Basis.CONTINUATION)
            parents = (Parent(creation=goes_on_from.creation, relation=Relation.CONTINUATION),)
        return await self.queue.submit(request, member=member, reply=reply, locale="en-US", parents=parents)

    async def finished(self) -> Job:
        """A job that came to a creation."""
        job = await self.submit()
        await self.actor.has_begun(len(self.actor.begun) + 1)
        self.actor.says(self.started(job.id), Succeeded(job_id=job.id, making=self.making()))
        await self.heard(Succeeded, job.id)
        return await self.storage.jobs.get(job.id)

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
    url = await asyncio.to_thread(make_sqlite, folder / "atelier.db")
    async with Storage.open(url, media_folder=folder / "media") as storage:
        yield Bench(storage, ToldActor(capacity), folder)
