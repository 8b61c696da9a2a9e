import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.actor.backoff import Backoff
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.actor.vitals import Patience
from inference.contract.events import ActorEvent, Progressed, Started
from inference.contract.identifiers import JobId
from inference.contract.text import TextRequest
from inference.engines.fake.words import FAKE

Start = Callable[..., AbstractAsyncContextManager[Supervisor]]


def asked(*, prompt: str = "the sea", words: int = 20, seed: int | None = 1) -> TextRequest:
    return TextRequest(prompt=prompt, model=FAKE, words=words, seed=seed)


async def next_of(actor: Supervisor, kind: type[ActorEvent], job_id: int | None = None) -> Any:
    """Read on until such an event comes."""
    async with asyncio.timeout(30):
        while True:
            event = await actor.next_event()
            if isinstance(event, kind) and job_id in (None, event.job_id):
                return event


async def ends_of(actor: Supervisor, *job_ids: int) -> dict[JobId, ActorEvent]:
    """The last event of each job."""
    ends: dict[JobId, ActorEvent] = {}
    async with asyncio.timeout(30):
        while not ends.keys() >= set(job_ids):
            event = await actor.next_event()
            if not isinstance(event, Started | Progressed):
                assert event.job_id not in ends
                ends[event.job_id] = event
    return ends


@pytest.fixture
def actor_settings(tmp_path: Path) -> ActorSettings:
    return ActorSettings(
        models=tmp_path / "models",
        spool=tmp_path / "spool",
        warm=(FAKE,),
        heartbeat_seconds=0.05,
        grace_seconds=5.0,
        patience=Patience(handshake_seconds=30),
        backoff=Backoff(first_seconds=0.01),
    )


@pytest.fixture
def start(actor_settings: ActorSettings) -> Start:
    @asynccontextmanager
    async def started(
        *, pace_seconds: float = 0.0, fault: str = "", injected: dict[str, Any] | None = None, **changes: Any
    ) -> AsyncIterator[Supervisor]:
        env = {"ATELIER_FAKE_PACE_SECONDS": str(pace_seconds), "ATELIER_FAKE_FAULT": fault}
        async with Supervisor.start(replace(actor_settings, env=env, **changes), **(injected or {})) as actor:
            yield actor

    return started
