"""What the queue needs of others, named for the need; `storage` and `inference.actor` bring the means."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from inference.contract.artifacts import Artifact, Making
from inference.contract.errors import Failure
from inference.contract.events import ActorEvent
from inference.contract.identifiers import JobId, MemberId, MessageId, ModelName
from inference.contract.image import Guard
from inference.contract.jobs import NO_LIMITS, Job, JobState, Limits, Submission
from inference.contract.outage import Outage
from inference.contract.requests import Request


class JobStore(Protocol):
    """The ledger. Every call is one transaction; a write that the disk refuses raises `StorageUnavailableError`."""

    async def add(self, submission: Submission, *, limits: Limits = NO_LIMITS) -> Job:
        """Take its uploads into the media store and write it down; the files that were given stay where they are.

        Raises `QuotaReachedError` when the member has used the limits up; of two at once, one may be too many.
        """
        ...

    async def get(self, job_id: JobId) -> Job:
        """Raises `JobNotFoundError`."""
        ...

    async def move(
        self,
        job_id: JobId,
        state: JobState,
        *,
        at: datetime,
        failure: Failure | None = None,
        is_attempt: bool = False,
    ) -> Job:
        """Compare and set: raises `IllegalMoveError` when the job has already gone elsewhere, `JobNotFoundError`.

        RUNNING sets `started_at`, a final state `finished_at`; `is_attempt` adds one to `attempts`.
        """
        ...

    async def succeed(self, job_id: JobId, making: Making, *, at: datetime) -> Job:
        """Take the artifacts into the media store, add the creation and end the job, all or nothing.

        Raises `IllegalMoveError` when the job has already ended, `DiskFullError`, `ArtifactLostError`.
        """
        ...

    async def sources(self, job_id: JobId) -> Sequence[Artifact]:
        """The artifacts that the job is made from, where its parents and theirs still stand.

        Of a continuation: the passage that it goes on from, and before it those that this one went on from, oldest
        first. Of a revision: the earlier version. Of a reference or an upscale: the picture that the member gave, or
        the earlier one. Empty: they were deleted.
        """
        ...

    async def waiting(self, *, limit: int, without: Collection[JobId] = ()) -> Sequence[Job]:
        """The queued jobs, in order of (start tag, id), without those in `without`."""
        ...

    async def place(self, job_id: JobId) -> int:
        """How many queued jobs stand at or before this one: 1 is next; 0 when it no longer waits."""
        ...

    async def requeue_running(self) -> Sequence[Job]:
        """At boot: whatever ran when the bot stopped waits again, with its tags and attempts kept."""
        ...

    async def virtual_time(self) -> float:
        """The greatest start tag of any job that was ever started; 0 before the first."""
        ...

    async def last_finish_tag(self, member: MemberId) -> float:
        """The greatest finish tag of the member's jobs, those cancelled before they started left out; 0 without any."""
        ...

    async def recent_costs(self, model: ModelName, *, limit: int) -> Sequence[tuple[int, float]]:
        """(size, device seconds) of the last jobs that succeeded with this model, oldest first."""
        ...

    async def delivered(self, job_id: JobId, messages: Sequence[MessageId], *, at: datetime) -> None:
        """The note shows how the job ended; a creation stands in these messages, the note first."""
        ...

    async def undelivered(self) -> Sequence[Job]:
        """The ended jobs whose end the note does not yet show, oldest first."""
        ...


class Actor(Protocol):
    """The one process that owns the device."""

    @property
    def capacity(self) -> int:
        """How many rows of batches it takes at a time; a job takes as many as its request says."""
        ...

    @property
    def outage(self) -> Outage | None:
        """Why it did not come up when it was last started; None while it is up, or is being started."""
        ...

    def when_changed(self, act: Callable[[], None]) -> None:
        """Call `act` whenever it may have come up or gone down."""
        ...

    async def begin(
        self, job_id: JobId, request: Request, sources: Sequence[Artifact] = (), *, guard: Guard = Guard.HOLD
    ) -> None:
        """Hand over a job and the files that it is made from; what becomes of it comes as events.

        Waits while the process is being restarted.
        """
        ...

    async def cancel(self, job_id: JobId) -> None:
        """Stop a job within one step; a `Cancelled`, or the end that came first, follows."""
        ...

    async def next_event(self) -> ActorEvent:
        """The next thing that happened, in order for each job."""
        ...
