"""The engine of pictures that are made larger, and of nothing else."""

import time
from collections import deque
from collections.abc import Callable, Hashable
from importlib.metadata import version
from typing import Final

from inference.catalog.model import Model
from inference.contract.artifacts import Making, Provenance
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.engine import Batch, Run, Steps
from inference.engines.failures import end_of, failure_of
from inference.engines.folders import folder_of, source_sha256_of
from inference.engines.painting import source_picture, spool_pictures
from inference.engines.shelf import Shelf
from inference.engines.upscaling import Enlargement, Upscaler
from inference.safety.outputs import OutputGuard
from inference.workload import size_of

_MAX_ROWS: Final = 8


class _Work:
    """One run. Its picture is opened when its turn comes: enlarged ones take much memory."""

    def __init__(self, run: Run, upscaler: Upscaler) -> None:
        self.run = run
        self.device_seconds = 0.0
        self._upscaler = upscaler
        self._enlargement: Enlargement | None = None

    @property
    def fraction(self) -> float:
        return self._enlargement.fraction if self._enlargement else 0.0

    @property
    def is_ended(self) -> bool:
        return self._enlargement is not None and self._enlargement.is_ended

    def step(self) -> None:
        """Raises `SourceGoneError`, `OSError`, `MemoryError`."""
        if self._enlargement is None:
            self._enlargement = Enlargement(self._upscaler, source_picture(self.run))
        self._enlargement.step()

    def making(self, entry: Model, *, source_sha256: str, outputs: OutputGuard) -> Making:
        """Raises `OSError`."""
        assert self._enlargement is not None
        picture = self._enlargement.picture()
        return Making(
            artifacts=spool_pictures(self.run, [picture], outputs),
            provenance=Provenance(
                model=entry.name,
                model_sha256=source_sha256,
                engine=EnlargingEngine.name,
                seed=self.run.image.seed or 0,  # Nothing here is left to chance.
                settings={"width": picture.width, "height": picture.height},
                versions={"ncnn": version("ncnn")},
            ),
            device_seconds=self.device_seconds,
            size=size_of(self.run.request, entry),
        )


class EnlargingEngine:
    """Fills the port `Engine`. A step is a tile of one picture; the runs of a batch are served one after the other."""

    name = "realesrgan"
    device = "cpu"
    max_rows = _MAX_ROWS

    def __init__(
        self,
        *,
        shelf: Shelf,
        outputs: OutputGuard,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._shelf = shelf
        self._outputs = outputs
        self._clock = clock

    def batch_key(self, request: Request) -> Hashable:
        return request.model

    def may_begin(self, request: Request) -> bool:
        return self._shelf.has_room(request.model)

    def preload(self, model: ModelName) -> None:
        with self._shelf.hold(model, Upscaler.load):
            pass

    def run(self, batch: Batch) -> Steps:
        entry = self._shelf.catalog.get(batch.runs[0].request.model)
        with self._shelf.hold(entry.name, Upscaler.load) as upscaler:
            works: deque[_Work] = deque()
            while True:
                works.extend(_Work(run, upscaler) for run in batch.joining())
                for work in [work for work in works if work.run.is_cancelled]:
                    works.remove(work)
                    yield Cancelled(job_id=work.run.job_id)
                if not works:
                    return
                yield self._advanced(works, entry)
                yield None

    def _advanced(self, works: deque[_Work], entry: Model) -> EngineEvent:
        """One tile of the first of them, which leaves when it has ended."""
        work = works[0]
        began = self._clock()
        try:
            work.step()
        except Exception as error:  # What one of them begins from must not fail the others.
            works.popleft()
            return Failed(job_id=work.run.job_id, failure=failure_of(error))
        work.device_seconds += self._clock() - began
        if not work.is_ended:
            return Progressed(job_id=work.run.job_id, fraction=work.fraction)
        works.popleft()
        sha256 = source_sha256_of(entry, folder_of(entry, self._shelf.models))
        return end_of(work.run.job_id, lambda: work.making(entry, source_sha256=sha256, outputs=self._outputs))
