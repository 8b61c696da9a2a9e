"""What happens to a job, as the actor tells the queue and the queue tells the courier."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.contract.artifacts import Making
from inference.contract.errors import Failure
from inference.contract.identifiers import JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    job_id: JobId
    place: int  # 1 is next.
    eta_seconds: tuple[float, float] | None = None  # Done in so many from now, at the earliest and at the latest.
    is_held_up: bool = False  # The actor is down, and nobody can tell until when.
    kind: Literal["queued"] = "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    job_id: JobId
    monotonic_ns: int  # CLOCK_MONOTONIC, one clock for every process of a machine.
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    job_id: JobId
    fraction: float  # 0 to 1
    preview: str = ""  # Of a text: all that is written so far.
    sketch: Path | None = None  # Of pictures: a small one of all of them as they stand; may be gone when it is read.
    kind: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    job_id: JobId
    making: Making
    kind: Literal["succeeded"] = "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    job_id: JobId
    failure: Failure
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    job_id: JobId
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The actor died, or was killed for its silence, while it held the job."""

    job_id: JobId
    kind: Literal["lost"] = "lost"


EngineEvent = Progressed | Succeeded | Failed | Cancelled
ActorEvent = Started | EngineEvent | Lost
JobEvent = Queued | Started | Progressed | Succeeded | Failed | Cancelled
