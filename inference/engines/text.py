"""The text engine: any causal chat model of transformers, many requests at a time, each with a chance of its own."""

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch

from inference.catalog.catalog import Catalog
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.checkpoint import Checkpoint, folder_of, is_out_of_memory
from inference.engines.decoding import Decoder
from inference.engines.engine import Batch, Run, Steps
from inference.engines.failures import end_of, failure_of
from inference.engines.residency import Residency
from inference.engines.row import Row
from inference.engines.sampling import choose, penalised

_MAX_ROWS: Final = 8
_TELLING_SECONDS: Final = 0.5  # Between two previews of a row: Discord shows fewer still.
_DTYPES: Final = {
    "auto": torch.bfloat16,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float32": torch.float32,
}


class TextEngine:
    """Fills the port `Engine`. Must be stepped by one thread, whose gradients it turns off."""

    name = "transformers"
    max_rows = _MAX_ROWS

    def __init__(
        self,
        *,
        catalog: Catalog,
        models: Path,
        residency: Residency[Checkpoint],
        device: str = "auto",
        dtype: str = "auto",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._catalog = catalog
        self._models = models
        self._residency = residency
        self._dtype = _DTYPES[dtype]
        self._clock = clock
        self.device = _device_of(device)

    def batch_key(self, request: Request) -> Hashable:
        return request.model

    def may_begin(self, request: Request) -> bool:
        return self._residency.has_room(request.model, self._catalog.get(request.model).memory_gib)

    def preload(self, model: ModelName) -> None:
        with self._held(model):
            pass

    def run(self, batch: Batch) -> Steps:
        # Per thread, once and for good: a `no_grad` block of one generator would undo that of another between steps.
        torch.set_grad_enabled(False)
        with _translating_memory(), self._held(batch.runs[0].request.model) as checkpoint:
            yield from _Desk(checkpoint, self._clock).serve(batch)

    @contextmanager
    def _held(self, name: ModelName) -> Iterator[Checkpoint]:
        entry = self._catalog.get(name)
        folder = folder_of(entry, self._models)
        with self._residency.hold(
            name,
            entry.memory_gib,
            lambda: Checkpoint.load(entry, folder, device=self.device, dtype=self._dtype),
        ) as checkpoint:
            yield checkpoint


class _Desk:
    """Serves one batch: the rows, the decoder that they share, and the logits of their next tokens."""

    def __init__(self, checkpoint: Checkpoint, clock: Callable[[], float]) -> None:
        self._checkpoint = checkpoint
        self._clock = clock
        self._decoder = Decoder(checkpoint.network)
        self._arriving: deque[Run] = deque()
        self._rows: list[Row] = []
        vocabulary = len(checkpoint.forbidden)
        self._seen = torch.zeros((0, vocabulary), dtype=torch.bool, device=checkpoint.network.device)

    def serve(self, batch: Batch) -> Steps:
        while True:
            self._arriving.extend(batch.joining())
            yield from self._let_go_cancelled()
            if self._arriving:  # One a step: prompts are long, and the others want to go on.
                yield from self._admit(self._arriving.popleft())
            if self._rows:
                yield from self._write()
            elif not batch.runs:
                return
            yield None

    def _admit(self, run: Run) -> Iterator[EngineEvent]:
        """Take a run in and write its first token."""
        began = self._clock()
        try:
            row = Row(run, self._checkpoint)
        except Exception as error:  # What one member typed must not fail the others.
            yield Failed(job_id=run.job_id, failure=failure_of(error))
            return
        logits = self._decoder.join(row.prompt)
        self._rows.append(row)
        self._seen = torch.cat([self._seen, self._seen.new_zeros((1, self._seen.shape[1]))])
        self._extend(logits, slice(len(self._rows) - 1, None))
        row.device_seconds += self._clock() - began
        yield from self._let_go_ended()

    def _write(self) -> Iterator[EngineEvent]:
        """One token for every row."""
        began = self._clock()
        self._extend(self._decoder.advance([row.last_token for row in self._rows]), slice(None))
        now = self._clock()
        for row in self._rows:
            row.device_seconds += (now - began) / len(self._rows)
            if not row.is_ended and now - row.told_at >= _TELLING_SECONDS:
                row.told_at = now
                yield Progressed(job_id=row.run.job_id, fraction=row.fraction, preview=row.preview)
        yield from self._let_go_ended()

    def _extend(self, logits: torch.Tensor, which: slice) -> None:
        rows, seen = self._rows[which], self._seen[which]
        device = logits.device
        logits = penalised(logits, seen, torch.tensor([row.sampling.repetition_penalty for row in rows], device=device))
        logits = self._steered(logits, rows) + self._checkpoint.forbidden
        draws = torch.stack([row.draw() for row in rows])
        tokens = choose(logits, [row.sampling for row in rows], draws)
        for row, token in zip(rows, tokens, strict=True):
            row.append(token)
        written = torch.tensor([row.last_token for row in rows], device=device)
        seen[torch.arange(len(rows), device=device), written] = True

    def _steered(self, logits: torch.Tensor, rows: list[Row]) -> torch.Tensor:
        """Lead each row to its length: as that comes near, more and more of what ends a sentence."""
        for number, row in enumerate(rows):
            if row.has_just_gone_on:
                logits[number, self._checkpoint.ends] = -torch.inf
            if row.urgency:
                logits[number] += row.urgency * self._checkpoint.stops
        return logits

    def _let_go_cancelled(self) -> Iterator[EngineEvent]:
        cancelled = [row for row in self._rows if row.run.is_cancelled]
        self._drop(cancelled)
        unwanted = [run for run in self._arriving if run.is_cancelled]
        for run in unwanted:
            self._arriving.remove(run)
        for run in [*(row.run for row in cancelled), *unwanted]:
            yield Cancelled(job_id=run.job_id)

    def _let_go_ended(self) -> Iterator[EngineEvent]:
        ended = [row for row in self._rows if row.is_ended]
        self._drop(ended)
        for row in ended:
            yield end_of(row.run.job_id, row.making)

    def _drop(self, gone: list[Row]) -> None:
        if not gone:
            return
        numbers = [number for number, row in enumerate(self._rows) if row in gone]
        kept = [number for number in range(len(self._rows)) if number not in numbers]
        self._decoder.leave(numbers)
        self._seen = self._seen[kept]
        self._rows = [self._rows[number] for number in kept]


@contextmanager
def _translating_memory() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        raise


def _device_of(wish: str) -> str:
    if wish != "auto":
        return wish
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
