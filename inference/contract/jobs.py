"""A request in the ledger, and the one table of its legal moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from inference.contract.artifacts import Artifact
from inference.contract.errors import Failure, IllegalMoveError
from inference.contract.identifiers import (
    ApplicationId,
    ChannelId,
    CreationId,
    JobId,
    MemberId,
    MessageId,
    ServerId,
)
from inference.contract.image import Guard
from inference.contract.requests import Request

MAX_ATTEMPTS: Final = 3  # Deaths of the actor during one job before it is given up.


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return not NEXT_STATES[self]


NEXT_STATES: Final[Mapping[JobState, frozenset[JobState]]] = MappingProxyType(
    {
        JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
        # Back to queued: the actor died, or the bot was restarted.
        JobState.RUNNING: frozenset({JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
        JobState.SUCCEEDED: frozenset(),
        JobState.FAILED: frozenset(),
        JobState.CANCELLED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Where a job's note stands in Discord, and until when the interaction's token may edit it."""

    application: ApplicationId
    server: ServerId
    channel: ChannelId
    parent: ChannelId | None = None  # Whose permissions hold there: a thread's channel, or itself. None: not known.
    is_private: bool = False  # Whether it is a thread that only those in it see.
    token: str
    token_expires_at: datetime
    message: MessageId  # The note: Discord names it when the interaction is acknowledged.

    @property
    def ruled_by(self) -> ChannelId | None:
        """The channel whose permissions hold there; None: not known, or a private thread, which has its own members."""
        return None if self.is_private else self.parent


class Relation(StrEnum):
    """How a work comes from another."""

    AGAIN = "again"  # The same request with another seed.
    REMIX = "remix"  # The request, changed.
    CONTINUATION = "continuation"
    REVISION = "revision"
    VARIATION = "variation"  # A picture drawn over it, with the same words.
    REFERENCE = "reference"  # A picture drawn over it.
    UPSCALE = "upscale"


# By which a work is made from another, and cannot be made without it.
SOURCES: Final = frozenset(
    {Relation.CONTINUATION, Relation.REVISION, Relation.VARIATION, Relation.REFERENCE, Relation.UPSCALE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A creation that a request began from."""

    creation: CreationId
    relation: Relation
    part: int = 0  # Which of its artifacts.


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a member may ask for in a server; None: as much as they like."""

    # Requests in any 24 hours. Those that failed, or were cancelled before they started, cost nothing.
    a_day: int | None = None
    waiting: int | None = None  # Requests that wait or run at a time.


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request as it enters the ledger, with its tags of start-time fair queueing (see `inference.fairness`)."""

    member: MemberId
    request: Request
    reply: Reply
    locale: str  # BCP 47; the server's, since the note is public.
    submitted_at: datetime
    predicted_seconds: float
    start_tag: float
    finish_tag: float
    parents: tuple[Parent, ...] = ()
    uploads: tuple[Artifact, ...] = ()  # What the member gave it to begin from.
    guard: Guard = Guard.HOLD  # Of the channel where the pictures are to stand.


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request in the ledger."""

    id: JobId
    member: MemberId
    request: Request
    reply: Reply
    locale: str
    submitted_at: datetime
    predicted_seconds: float
    start_tag: float
    finish_tag: float
    parents: tuple[Parent, ...] = ()  # Those that were not deleted since.
    uploads: tuple[Artifact, ...] = ()
    guard: Guard = Guard.HOLD
    state: JobState = JobState.QUEUED
    attempts: int = 0  # Deaths of the actor while it ran this job.
    started_at: datetime | None = None
    finished_at: datetime | None = None
    delivered_at: datetime | None = None  # None: the note does not yet show how the job ended.
    failure: Failure | None = None
    creation: CreationId | None = None  # Set when it succeeded, cleared when the creation is deleted.

    def moved_to(self, state: JobState) -> Self:
        """Raises `IllegalMoveError` unless the table allows it."""
        return replace(self, state=moved(self.id, self.state, state))


def moved(job_id: JobId, state: JobState, to: JobState) -> JobState:
    """The state `to`. Raises `IllegalMoveError` unless the table allows it."""
    if to not in NEXT_STATES[state]:
        raise IllegalMoveError(f"job {job_id}: {state} -> {to}")
    return to
