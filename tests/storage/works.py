"""Values to test with, and short ways to a job or a creation."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from inference.contract.artifacts import Artifact, Making, Provenance
from inference.contract.identifiers import (
    ApplicationId,
    ChannelId,
    CreationId,
    MemberId,
    MessageId,
    ModelName,
    ServerId,
)
from inference.contract.jobs import Job, JobState, Parent, Relation, Reply, Submission
from inference.contract.ports import JobStore
from inference.contract.text import Genre, TextRequest
from storage import Creation, Storage

NOON: Final = datetime(2030, 1, 1, 12, tzinfo=UTC)
ANNA: Final = MemberId(1_000_000_000_000_000_001)
BEN: Final = MemberId(1_000_000_000_000_000_002)
CLEO: Final = MemberId(1_000_000_000_000_000_003)
SERVER: Final = ServerId(2_000_000_000_000_000_001)
MODEL: Final = ModelName("smollm2-135m")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def submission(**changes: Any) -> Submission:
    """Of Anna, unless told otherwise; `prompt`, `server` and `model` may be given like fields."""
    request = TextRequest(
        prompt=changes.pop("prompt", "a story about a lighthouse"),
        model=changes.pop("model", MODEL),
        genre=Genre.STORY,
        seed=7,
    )
    reply = Reply(
        application=ApplicationId(3_000_000_000_000_000_001),
        server=changes.pop("server", SERVER),
        channel=ChannelId(4_000_000_000_000_000_001),
        token="an interaction's token",
        token_expires_at=after(900),
        message=MessageId(5_000_000_000_000_000_001),
    )
    standard = Submission(
        member=ANNA,
        request=request,
        reply=reply,
        locale="en-US",
        submitted_at=NOON,
        predicted_seconds=2.5,
        start_tag=0.0,
        finish_tag=2.5,
    )
    return replace(standard, **changes)


def again(creation: CreationId) -> tuple[Parent, ...]:
    return (Parent(creation=creation, relation=Relation.AGAIN),)


def spooled(folder: Path, content: str = "Once upon a time") -> Artifact:
    """A file as an engine leaves it."""
    encoded = content.encode()
    sha256 = hashlib.sha256(encoded).hexdigest()
    folder.mkdir(exist_ok=True)
    path = folder / f"{sha256[:12]}-{len(list(folder.iterdir()))}"
    path.write_bytes(encoded)
    return Artifact(path=path, media_type="text/plain", sha256=sha256, size_bytes=len(encoded))


def making(*artifacts: Artifact, model: ModelName = MODEL, device_seconds: float = 1.5, size: int = 150) -> Making:
    provenance = Provenance(
        model=model,
        model_sha256="0" * 64,
        engine="text",
        seed=7,
        settings={"temperature": 0.8, "top_k": 40, "sampler": "nucleus"},
        versions={"transformers": "5.23.0"},
    )
    return Making(artifacts=artifacts, provenance=provenance, device_seconds=device_seconds, size=size)


async def started(jobs: JobStore, **changes: Any) -> Job:
    job = await jobs.add(submission(**changes))
    return await jobs.move(job.id, JobState.RUNNING, at=after(1))


async def created(
    storage: Storage, spool: Path, *messages: int, content: str = "Once upon a time", **changes: Any
) -> Creation:
    """A creation that stands in these messages."""
    job = await started(storage.jobs, **changes)
    job = await storage.jobs.succeed(job.id, making(spooled(spool, content)), at=after(2))
    await storage.jobs.delivered(job.id, [MessageId(message) for message in messages], at=after(3))
    assert job.creation is not None
    return await storage.creations.get(job.creation)
