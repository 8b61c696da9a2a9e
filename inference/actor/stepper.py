"""Holds the running batches, steps them in turn and tells what becomes of each job; no process, no pipe."""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from inference.actor.turns import charge, entry_time, next_turn
from inference.contract.artifacts import Artifact
from inference.contract.errors import Failure, FailureCode
from inference.contract.events import ActorEvent, Cancelled, EngineEvent, Failed, Progressed, Started, Succeeded
from inference.contract.identifiers import JobId
from inference.contract.image import Guard
from inference.contract.requests import Request
from inference.engines.engine import Batch, Engine, Run, Steps
from inference.engines.failures import failure_of, places_of

log = structlog.get_logger(__name__)

_EVENTS_IN_A_STEP: Final = 10_000  # An engine that never ends a step would hold off every cancel.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    job_id: JobId
    request: Request
    sources: tuple[Artifact, ...]
    guard: Guard


@dataclass(slots=True, kw_only=True, eq=False)
class _Running:
    engine: Engine
    key: Hashable
    batch: Batch
    steps: Steps
    has_begun: bool = False

    @property
    def rows(self) -> int:
        return sum(run.request.rows for run in self.batch.runs)


class Stepper:
    """Takes jobs up in the order in which they were begun; `step` does one step of one batch.

    The first waiting job that cannot start holds up those behind it: else a stream of small jobs for the model in
    memory could keep one for another model, or one of many rows, waiting for ever.
    """

    def __init__(
        self,
        *,
        engine_for: Callable[[Request], Engine],
        emit: Callable[[ActorEvent], None],
        spool: Path,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engine_for = engine_for
        self._emit = emit
        self._spool = spool
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._served: dict[_Running, float] = {}
        self._attempts = itertools.count(1)

    @property
    def is_idle(self) -> bool:
        return not self._served and not self._waiting

    def begin(
        self, job_id: JobId, request: Request, sources: Sequence[Artifact] = (), *, guard: Guard = Guard.HOLD
    ) -> None:
        self._waiting.append(_Waiting(job_id=job_id, request=request, sources=tuple(sources), guard=guard))

    def cancel(self, job_id: JobId) -> None:
        """One that waits ends at once, one that runs at its batch's next step; an unknown one has already ended."""
        for waiting in self._waiting:
            if waiting.job_id == job_id:
                self._waiting.remove(waiting)
                self._emit(Cancelled(job_id=job_id))
                return
        for running in self._served:
            for run in running.batch.runs:
                if run.job_id == job_id:
                    run.is_cancelled = True

    def drop_waiting(self) -> None:
        """Forget the jobs that were not taken up; the parent begins them elsewhere."""
        self._waiting.clear()

    def step(self) -> None:
        """Take up what may start, then do one step of the batch that was served least."""
        self._take_up()
        if not self._served:
            return
        running = next_turn(self._served)
        rows = running.rows
        began = self._clock()
        has_ended = self._advance(running)
        if has_ended:
            del self._served[running]
        else:
            self._served[running] += charge(self._clock() - began, rows)

    def close(self) -> None:
        """Stop every batch where it stands."""
        for running in self._served:
            running.steps.close()
            for run in running.batch.runs:
                run.discard()
        self._served.clear()

    def _take_up(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            job_id = first.job_id
            try:
                running = self._place(first.request)
            except Exception as error:
                self._waiting.popleft()
                self._report(error)
                self._emit(Failed(job_id=job_id, failure=failure_of(error)))
                continue
            if running is None:
                return
            self._waiting.popleft()
            # Before the first step, and so before a model is loaded: the job's time on the device begins here.
            self._emit(Started(job_id=job_id, monotonic_ns=time.monotonic_ns()))
            prefix = f"{job_id}-{os.getpid()}-{next(self._attempts)}"
            running.batch.admit(
                Run(
                    job_id=job_id,
                    request=first.request,
                    sources=first.sources,
                    guard=first.guard,
                    folder=self._spool,
                    prefix=prefix,
                )
            )

    def _place(self, request: Request) -> _Running | None:
        """The batch that the request may join now, be it a new one; None while there is no room."""
        engine = self._engine_for(request)
        key = engine.batch_key(request)
        for running in self._served:
            if running.engine is engine and running.key == key:
                return running if running.rows + request.rows <= engine.max_rows else None
        # One that has not begun does not hold its model yet: there is no telling what room is left beside it.
        if not engine.may_begin(request) or not all(running.has_begun for running in self._served):
            return None
        batch = Batch()
        running = _Running(engine=engine, key=key, batch=batch, steps=engine.run(batch))
        self._served[running] = entry_time(self._served)
        return running

    def _advance(self, running: _Running) -> bool:
        """One step; True when the batch has ended."""
        running.has_begun = True
        try:
            for event in itertools.islice(running.steps, _EVENTS_IN_A_STEP):
                if event is None:
                    return False
                self._deliver(running.batch, event)
        except Exception as error:
            self._report(error)
            self._fail_all(running.batch, failure_of(error))
            return True
        self._fail_all(running.batch, Failure(code=FailureCode.ENGINE_BROKE, detail="engine left its runs unfinished"))
        return True

    def _deliver(self, batch: Batch, event: EngineEvent) -> None:
        match event:
            case Progressed():
                pass
            case Succeeded():
                batch.end(event.job_id).tidy()
            case Failed() | Cancelled():
                batch.end(event.job_id).discard()
        self._emit(event)

    def _fail_all(self, batch: Batch, failure: Failure) -> None:
        for run in batch.runs:
            batch.end(run.job_id).discard()
            self._emit(Cancelled(job_id=run.job_id) if run.is_cancelled else Failed(job_id=run.job_id, failure=failure))

    def _report(self, error: Exception) -> None:
        log.error("an engine broke", error=type(error).__name__, places=places_of(error))
