"""What Prometheus is told: counted as it happens, or read at the moment when it asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.monitor.health import Health
from inference.contract.jobs import Job, JobState
from storage.survey import Backlog

_OF_JOB: Final = ("medium", "model")
_WAIT_BUCKETS: Final = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_RUN_BUCKETS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
_ACKNOWLEDGEMENT_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3)  # Discord waits for 3 seconds.


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What can be read at any moment, and so is not counted along."""

    health: Health
    backlog: Backlog | None  # None: the database does not answer.
    rows: int
    restarts: int
    resident_bytes: Mapping[str, int]  # By process.
    device_bytes: Mapping[str, int]  # `total` and `free`; empty where the device has no memory of its own.


class Meters:
    """The counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._readings = _Readings()
        self.registry.register(self._readings)
        ProcessCollector(registry=self.registry)
        self._waits = self._histogram("job_wait", "From acceptance to the first start", _OF_JOB, _WAIT_BUCKETS)
        self._runs = self._histogram("job_run", "From the last start to the end", _OF_JOB, _RUN_BUCKETS)
        self._acknowledgements = self._histogram(
            "acknowledgement", "From an interaction's arrival to Discord's receipt", ("kind",), _ACKNOWLEDGEMENT_BUCKETS
        )
        self._jobs = self._counter("jobs", "Jobs that ended", (*_OF_JOB, "outcome", "failure"))
        self._attempts = self._counter("job_attempts_lost", "Deaths of the actor during a job", _OF_JOB)
        self._held_back = self._counter("edits_held_back", "Edits that a later one overtook")
        self._discord_errors = self._counter("discord_errors", "Requests that Discord refused", ("status", "code"))

    def read(self, reading: Reading) -> None:
        """What the next scrape tells."""
        self._readings.latest = reading

    def job_moved(self, job: Job) -> None:
        of_job = (job.request.medium, job.request.model)
        match job.state:
            case JobState.RUNNING if job.started_at is not None and job.attempts == 0:
                self._waits.labels(*of_job).observe((job.started_at - job.submitted_at).total_seconds())
            case JobState.QUEUED:
                self._attempts.labels(*of_job).inc()
            case JobState.SUCCEEDED | JobState.FAILED | JobState.CANCELLED:
                self._job_ended(job, of_job)
            case _:
                pass

    def _job_ended(self, job: Job, of_job: tuple[str, str]) -> None:
        self._jobs.labels(*of_job, job.state, job.failure.code if job.failure else "").inc()
        if job.started_at is not None and job.finished_at is not None:
            self._runs.labels(*of_job).observe((job.finished_at - job.started_at).total_seconds())

    def edit_held_back(self) -> None:
        self._held_back.inc()

    def discord_failed(self, *, status: str, code: str) -> None:
        """`status` of HTTP, or `none` for a connection that broke; `code` is Discord's own, or the error's name."""
        self._discord_errors.labels(status, code).inc()

    def acknowledged(self, kind: str, seconds: float) -> None:
        self._acknowledgements.labels(kind).observe(seconds)

    def _histogram(self, name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"atelier_{name}_seconds", text, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"atelier_{name}", text, labels, registry=self.registry)


class _Readings(Collector):
    latest: Reading | None = None

    def collect(self) -> Iterator[Metric]:
        if (reading := self.latest) is None:
            return
        parts = {part.value: float(state.is_well) for part, state in reading.health.parts.items()}
        yield _gauge("atelier_up", "Whether a part is well", "part", parts)
        yield _gauge("atelier_queue_depth", "Jobs with which something is to be done", "state", _depths(reading))
        yield _gauge(
            "atelier_queue_oldest_timestamp_seconds", "Since when the oldest is there", "state", _oldest(reading)
        )
        yield GaugeMetricFamily("atelier_batch_rows", "Rows that the actor works at together", value=reading.rows)
        yield _gauge("atelier_resident_bytes", "Memory of a process", "process", reading.resident_bytes)
        yield _gauge("atelier_device_memory_bytes", "Memory of the device", "kind", reading.device_bytes)
        latency = reading.health.gateway_latency_seconds
        if latency is not None:
            yield GaugeMetricFamily("atelier_gateway_latency_seconds", "Of the last heartbeat", value=latency)
        yield CounterMetricFamily(
            "atelier_actor_restarts", "Times that the actor was started again", value=reading.restarts
        )


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, figure in values.items():
        family.add_metric((value,), figure)
    return family


def _depths(reading: Reading) -> dict[str, float]:
    if (backlog := reading.backlog) is None:
        return {}
    return {state: pile.count for state, pile in backlog.piles.items()}


def _oldest(reading: Reading) -> dict[str, float]:
    if (backlog := reading.backlog) is None:
        return {}
    return {state: pile.oldest_at.timestamp() for state, pile in backlog.piles.items() if pile.oldest_at is not None}
