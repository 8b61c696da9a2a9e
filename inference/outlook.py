"""What is known of the jobs to come: what each will cost, and when it will be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inference.contract.artifacts import Making
from inference.contract.identifiers import JobId
from inference.contract.jobs import Job
from inference.contract.ports import JobStore
from inference.contract.requests import Request
from inference.estimate import Estimates
from inference.forecast import Eta, Load, forecast

COSTS_REMEMBERED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How a job that waits or runs stands."""

    place: int  # 1 is next; 0: the actor has it.
    eta_seconds: Eta | None  # From now; None: too far down the line to tell, or held up.
    is_held_up: bool = False  # The actor is down.


class Foresight:
    """Learns from the jobs that ended, in this run of the bot and before, and from how far those under way are."""

    def __init__(self, store: JobStore, size_of: Callable[[Request], int]) -> None:
        """`size_of`: how much work a request is, in a unit that its model keeps to."""
        self._store = store
        self._size_of = size_of
        self._estimates = Estimates()
        self._fractions: dict[JobId, float] = {}

    async def cost_seconds(self, request: Request) -> float:
        """Device seconds; a guess for a model that never ran. Raises `StorageUnavailableError`."""
        if not self._estimates.knows(request.model):
            costs = await self._store.recent_costs(request.model, limit=COSTS_REMEMBERED)
            self._estimates.warm(request.model, costs)
        return self._estimates.predict_seconds(request.model, self._size_of(request))

    def known_cost_seconds(self, request: Request) -> float | None:
        """Device seconds; None before the model was used."""
        if not self._estimates.knows(request.model):
            return None
        return self._estimates.predict_seconds(request.model, self._size_of(request))

    def has_come(self, job_id: JobId, fraction: float) -> None:
        """A job under way is so far, 0 to 1."""
        self._fractions[job_id] = fraction

    def has_cost(self, job: Job, making: Making) -> None:
        """A job has succeeded."""
        self._estimates.observe(job.request.model, size=making.size, device_seconds=making.device_seconds)

    def forget(self, job_id: JobId) -> None:
        """A job is not under way any longer."""
        self._fractions.pop(job_id, None)

    def etas(self, held: Sequence[Job], waiting: Sequence[Job], *, capacity: int) -> Mapping[JobId, Eta]:
        """For jobs that the actor has, and for those that wait, in the order of their turn; `capacity` in rows."""
        return forecast(
            [self._load_of(job) for job in held], [self._load_of(job) for job in waiting], capacity=capacity
        )

    def _load_of(self, job: Job) -> Load:
        request, left = job.request, 1 - self._fractions.get(job.id, 0.0)
        if self._estimates.knows(request.model):
            size = self._size_of(request)
            seconds = self._estimates.predict_seconds(request.model, size)
            deviation = self._estimates.deviation_seconds(request.model, size)
        else:
            seconds = deviation = job.predicted_seconds
        return Load(job=job.id, seconds=left * seconds, deviation_seconds=left * deviation, rows=request.rows)
