"""Serves one batch of picture runs: rounds of rows that are denoised together, stepped in turn."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from inference.catalog.model import DIFFUSERS
from inference.contract.artifacts import Making, Provenance
from inference.contract.events import Cancelled, EngineEvent, Failed
from inference.engines.checkpoint import is_out_of_memory
from inference.engines.engine import Batch, NotFiniteError, Run, Steps
from inference.engines.failures import end_of, failure_of
from inference.engines.painting import spool_pictures
from inference.engines.pictures.fitting import Fit
from inference.engines.pictures.memory import free_cache
from inference.engines.pictures.painter import Painter
from inference.engines.pictures.plan import Plan
from inference.engines.pictures.preparing import Lend, Preparation, prepared
from inference.engines.pictures.round import Round
from inference.engines.pictures.sheet import Row, Sheet, rows_by_plan
from inference.engines.pictures.telling import Teller
from inference.engines.upscaling import Upscaler
from inference.safety.outputs import OutputGuard
from inference.workload import size_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the easel needs beside its model."""

    outputs: OutputGuard
    upscaler: Upscaler | None  # None: the model names none.
    lend: Lend
    make_room: Callable[[], bool]  # Take models that nobody uses out of memory; whether there were any.
    clock: Callable[[], float]
    max_rows: int

    @property
    def scale(self) -> int:
        return self.upscaler.scale if self.upscaler else 1


class Easel:
    """Rounds of different plans take turns, one step each, unless the model or the memory left bears one at a time."""

    def __init__(self, painter: Painter, around: Surroundings) -> None:
        self._painter = painter
        self._around = around
        self._preparing: dict[Run, Preparation] = {}
        self._ready: list[Sheet] = []
        self._rounds: deque[Round] = deque()
        self._teller = Teller(painter.glimpser, around.outputs, around.clock)
        self._is_careful = painter.fit is Fit.OFFLOADED

    def serve(self, batch: Batch) -> Steps:
        try:
            while True:
                for run in batch.joining():
                    self._preparing[run] = self._prepared(run)
                yield from self._let_go_cancelled()
                yield from self._prepare()
                self._open_rounds()
                if self._rounds:
                    yield from self._paint()
                if not (self._preparing or self._ready or self._rounds):
                    return
                yield None
        finally:
            for round_ in self._rounds:
                round_.close()

    def _prepared(self, run: Run) -> Preparation:
        return prepared(run, self._painter, scale=self._around.scale, lend=self._around.lend)

    def _prepare(self) -> Iterator[EngineEvent]:
        for run, preparation in list(self._preparing.items()):
            try:
                next(preparation)
            except StopIteration as end:
                del self._preparing[run]
                self._ready.append(end.value)
            except Exception as error:  # What one member asked for must not fail the others.
                del self._preparing[run]
                yield Failed(job_id=run.job_id, failure=failure_of(error))

    def _open_rounds(self) -> None:
        """Those whose plan is being painted wait for its end, and share a call: in turn, all would take longer."""
        painted = {round_.plan for round_ in self._rounds}
        for plan, rows in rows_by_plan(self._ready).items():
            if plan not in painted:
                self._open(plan, rows, self._most_rows(plan))
                self._ready = [sheet for sheet in self._ready if sheet not in {row.sheet for row in rows}]

    def _open(self, plan: Plan, rows: Sequence[Row], most: int) -> None:
        for start in range(0, len(rows), most):
            self._rounds.append(Round(rows[start : start + most], plan, self._painter, self._around.upscaler))

    def _most_rows(self, plan: Plan) -> int:
        limit = self._painter.most_row_pixels
        return self._around.max_rows if limit is None else max(1, limit // plan.pixels)

    def _paint(self) -> Iterator[EngineEvent]:
        """One step of the round whose turn it is."""
        round_, began = self._rounds[0], self._around.clock()
        try:
            round_.step()
        except Exception as error:
            yield from self._broken(round_, error)
            return
        if not round_.is_ended:
            yield from self._teller.tell(round_)
        self._account(round_, self._around.clock() - began)
        if round_.is_ended:
            self._rounds.popleft()
            yield from self._finish(round_.sheets)
        elif not self._is_careful:
            self._rounds.rotate(-1)

    def _account(self, round_: Round, seconds: float) -> None:
        for row in round_.rows:
            row.device_seconds += seconds / len(round_.rows)

    def _finish(self, sheets: Sequence[Sheet]) -> Iterator[EngineEvent]:
        for sheet in sheets:
            if sheet.is_done and not sheet.is_dropped:
                yield end_of(sheet.run.job_id, partial(self._making, sheet))

    def _broken(self, round_: Round, error: Exception) -> Iterator[EngineEvent]:
        self._rounds.remove(round_)
        round_.close()
        if is_out_of_memory(error) or isinstance(error, MemoryError):
            error.__traceback__ = None  # Its frames hold what is to be freed.
            if self._is_going_on(round_):
                return
            error = MemoryError()
        yield from self._fail(round_.sheets, error)

    def _is_going_on(self, round_: Round) -> bool:
        """Out of memory: half of the rows at once, and one round at a time; then without the models that idle."""
        free_cache(self._painter.device)
        rows, was_careful = len(round_.rows), self._is_careful
        self._is_careful = True
        if rows > 1:
            most = rows // 2
            self._painter.most_row_pixels = most * round_.plan.pixels
        elif self._around.make_room() or (self._rounds and not was_careful):
            most = 1
        else:
            return False
        self._open(round_.plan, round_.rows, most)
        return True

    def _fail(self, sheets: Sequence[Sheet], error: Exception) -> Iterator[EngineEvent]:
        for sheet in sheets:
            if not sheet.is_dropped:
                self._drop(sheet)
                yield Failed(job_id=sheet.run.job_id, failure=failure_of(error))

    def _drop(self, sheet: Sheet) -> None:
        """The rounds that have rows of others go on, and what they make of this one is thrown away."""
        sheet.is_dropped = True
        for round_ in [round_ for round_ in self._rounds if round_.is_unwanted]:
            self._rounds.remove(round_)
            round_.close()

    def _let_go_cancelled(self) -> Iterator[EngineEvent]:
        for run in [run for run in self._preparing if run.is_cancelled]:
            self._preparing.pop(run).close()
            yield Cancelled(job_id=run.job_id)
        for sheet in [sheet for sheet in self._ready if sheet.run.is_cancelled]:
            self._ready.remove(sheet)
            yield Cancelled(job_id=sheet.run.job_id)
        for sheet in dict.fromkeys(sheet for round_ in self._rounds for sheet in round_.sheets):
            if sheet.run.is_cancelled and not sheet.is_dropped:
                self._drop(sheet)
                yield Cancelled(job_id=sheet.run.job_id)

    def _making(self, sheet: Sheet) -> Making:
        """Raises `NotFiniteError` where one of the pictures is none, `OSError`."""
        if any(row.is_broken for row in sheet.rows):
            raise NotFiniteError
        painter = self._painter
        return Making(
            artifacts=spool_pictures(sheet.run, sheet.images, self._around.outputs),
            provenance=Provenance(
                model=painter.entry.name,
                model_sha256=painter.source_sha256,
                engine=DIFFUSERS,
                seed=sheet.rows[0].seed,
                settings=sheet.settings(painter.settings),
                versions=painter.versions,
                device=painter.device,
                dtype=str(painter.dtype).removeprefix("torch."),
            ),
            device_seconds=sheet.device_seconds,
            size=size_of(sheet.request, painter.entry, scale=self._around.scale),
        )
