"""Whether the child still lives as it should: a judgement over times, without a process or a clock of its own."""

from dataclasses import dataclass, field
from enum import StrEnum

from inference.actor.wire import Heartbeat
from inference.contract.identifiers import JobId


class Ailment(StrEnum):
    """Why the child must be killed."""

    NO_HANDSHAKE = "no_handshake"
    NO_HEARTBEAT = "no_heartbeat"
    JOB_OVERDUE = "job_overdue"
    LOAD_OVERDUE = "load_overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each sign of life may be missing."""

    handshake_seconds: float = 120.0  # Importing torch takes more than 20 on a slow disk.
    silence_seconds: float = 30.0  # No heartbeat.
    deadline_seconds: float = 180.0  # No event of a job that was begun.
    load_seconds: float = 900.0  # For a model to come into memory; deadlines rest meanwhile.


@dataclass(slots=True, kw_only=True)
class Vitals:
    """The last signs of life. All times are of the same monotonic clock, in seconds."""

    spawned_at: float
    greeted_at: float | None = None
    heard_at: float = 0.0
    loading_since: float | None = None
    job_heard_at: dict[JobId, float] = field(default_factory=dict)

    def greeted(self, now: float) -> None:
        self.greeted_at = self.heard_at = now

    def beaten(self, heartbeat: Heartbeat, now: float) -> None:
        self.heard_at = now
        if heartbeat.loading is not None:
            self.loading_since = now if self.loading_since is None else self.loading_since
        elif self.loading_since is not None:
            self.loading_since = None
            self.forgive(now)

    def forgive(self, now: float) -> None:
        """Count every silence from now: it was not the child's."""
        self.heard_at = now
        self.job_heard_at = dict.fromkeys(self.job_heard_at, now)

    def ailment(self, now: float, patience: Patience) -> Ailment | None:
        """What is wrong at this moment, if anything."""
        if self.greeted_at is None:
            return Ailment.NO_HANDSHAKE if now - self.spawned_at > patience.handshake_seconds else None
        if now - self.heard_at > patience.silence_seconds:
            return Ailment.NO_HEARTBEAT
        if self.loading_since is not None:
            return Ailment.LOAD_OVERDUE if now - self.loading_since > patience.load_seconds else None
        if any(now - heard_at > patience.deadline_seconds for heard_at in self.job_heard_at.values()):
            return Ailment.JOB_OVERDUE
        return None
