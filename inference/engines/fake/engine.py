"""What the engines without a model share: their pace, their faults, and the steps that many runs take together."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from threading import Event
from typing import ClassVar, Protocol, Self

from inference.contract.artifacts import Making
from inference.contract.errors import ModelUnknownError, SourceGoneError
from inference.contract.events import Cancelled, Failed, Progressed
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.engine import Batch, NothingMadeError, Run, Steps
from inference.engines.failures import end_of, failure_of


class Fault(StrEnum):
    """What an engine does instead of its work, so that tests can see what becomes of it."""

    NONE = ""
    RAISE = "raise"
    MEMORY = "memory"
    NOTHING = "nothing"
    SILENT = "silent"
    CHATTER = "chatter"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSettings:
    pace_seconds: float = 0.0  # What one step takes, however many runs share it.
    fault: Fault = Fault.NONE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Reads `ATELIER_FAKE_PACE_SECONDS` and `ATELIER_FAKE_FAULT`; raises `ValueError`."""
        return cls(
            pace_seconds=float(environment.get("ATELIER_FAKE_PACE_SECONDS", "0")),
            fault=Fault(environment.get("ATELIER_FAKE_FAULT", "")),
        )


class Work(Protocol):
    """What one run comes to, step by step."""

    run: Run
    device_seconds: float

    @property
    def rows(self) -> int: ...

    @property
    def is_ended(self) -> bool: ...

    def advance(self) -> None: ...

    def progress(self) -> Progressed: ...

    def making(self) -> Making: ...


class FakeEngine(ABC):
    """Fills the port `Engine`, but for what is made."""

    name: ClassVar[str]
    model: ClassVar[ModelName]
    device = "cpu"
    max_rows = 8

    def __init__(
        self,
        settings: FakeSettings | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings or FakeSettings()
        self._clock = clock
        self._sleep = sleep

    @abstractmethod
    def begin(self, run: Run) -> Work:
        """Raises `SourceGoneError`, `OSError`."""

    def batch_key(self, request: Request) -> Hashable:
        return request.model

    def may_begin(self, request: Request) -> bool:
        return True

    def preload(self, model: ModelName) -> None:
        if model != self.model:
            raise ModelUnknownError(model)

    def run(self, batch: Batch) -> Steps:
        works: list[Work] = []
        while True:
            for run in batch.joining():
                try:
                    works.append(self.begin(run))
                except (SourceGoneError, OSError) as error:
                    yield Failed(job_id=run.job_id, failure=failure_of(error))
            for work in [work for work in works if work.run.is_cancelled]:
                works.remove(work)
                yield Cancelled(job_id=work.run.job_id)
            if not works:
                return
            self._step(works)
            for work in list(works):
                if not work.is_ended:
                    yield work.progress()
                    continue
                works.remove(work)
                yield end_of(work.run.job_id, work.making)
            yield None

    def _step(self, works: Sequence[Work]) -> None:
        """One for every row of every work."""
        began = self._clock()
        self._misbehave()
        self._sleep(self._settings.pace_seconds)
        share = (self._clock() - began) / sum(work.rows for work in works)
        for work in works:
            work.device_seconds += share * work.rows
            work.advance()

    def _misbehave(self) -> None:
        match self._settings.fault:
            case Fault.NONE:
                pass
            case Fault.RAISE:
                raise RuntimeError("told to")
            case Fault.MEMORY:
                raise MemoryError
            case Fault.NOTHING:
                raise NothingMadeError
            case Fault.SILENT:
                Event().wait()
            case Fault.CHATTER:
                print("a library that prints where the wire was", flush=True)


def versions() -> Mapping[str, str]:
    try:
        return {"atelier": version("atelier")}
    except PackageNotFoundError:
        return {}
