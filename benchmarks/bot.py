"""`python -m benchmarks.bot` is `python -m bot`, and prints when each job passed which door, by CLOCK_MONOTONIC.

The ports of the queue are the doors: what is submitted, what the actor is given, what it says. One line of JSON each.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from bot import app, cli
from inference.contract.artifacts import Artifact
from inference.contract.events import ActorEvent, Started
from inference.contract.identifiers import JobId
from inference.contract.image import Guard
from inference.contract.jobs import Job, Reply
from inference.contract.outage import Outage
from inference.contract.ports import Actor, JobStore
from inference.contract.requests import Request
from inference.queue import JobQueue


class _WatchedActor:
    """The actor, with the time at which a job is given to it and at which it says that it began."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._given: dict[JobId, int] = {}

    @property
    def capacity(self) -> int:
        return self._actor.capacity

    @property
    def outage(self) -> Outage | None:
        return self._actor.outage

    def when_changed(self, act: Callable[[], None]) -> None:
        self._actor.when_changed(act)

    async def begin(
        self, job_id: JobId, request: Request, sources: Sequence[Artifact] = (), *, guard: Guard = Guard.HOLD
    ) -> None:
        self._given[job_id] = time.monotonic_ns()
        await self._actor.begin(job_id, request, sources, guard=guard)

    async def cancel(self, job_id: JobId) -> None:
        await self._actor.cancel(job_id)

    async def next_event(self) -> ActorEvent:
        event = await self._actor.next_event()
        if isinstance(event, Started):
            _print(job=event.job_id, given_ns=self._given[event.job_id], started_ns=event.monotonic_ns)
        return event


class _WatchedQueue(JobQueue):
    def __init__(self, store: JobStore, actor: Actor, **options: Any) -> None:
        super().__init__(store, _WatchedActor(actor), **options)

    async def submit(self, request: Request, *, reply: Reply, **options: Any) -> Job:
        submitted_ns = time.monotonic_ns()
        job = await super().submit(request, reply=reply, **options)
        _print(job=job.id, message=reply.message, submitted_ns=submitted_ns)
        return job


def _print(**facts: int) -> None:
    print(json.dumps(facts), flush=True)


def main() -> None:
    # The composition that is measured is the bot's own, whatever becomes of it.
    with patch.object(app, "JobQueue", _WatchedQueue):
        cli.main()


if __name__ == "__main__":
    main()
