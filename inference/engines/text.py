"""The text engine: any causal chat model of transformers, many requests at a time, each with a chance of its own."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import torch

from inference.catalog.model import Model
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.accelerator import device_of
from inference.engines.checkpoint import Checkpoint, is_out_of_memory
from inference.engines.desk import Desk
from inference.engines.engine import Batch, Steps
from inference.engines.shelf import Shelf

_MAX_ROWS: Final = 8
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
        shelf: Shelf,
        device: str = "auto",
        dtype: str = "auto",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._shelf = shelf
        self._dtype = _DTYPES[dtype]
        self._clock = clock
        self.device = device_of(device)

    def batch_key(self, request: Request) -> Hashable:
        return request.model

    def may_begin(self, request: Request) -> bool:
        return self._shelf.has_room(request.model)

    def preload(self, model: ModelName) -> None:
        with self.held(model):
            pass

    def run(self, batch: Batch) -> Steps:
        # Per thread, once and for good: a `no_grad` block of one generator would undo that of another between steps.
        torch.set_grad_enabled(False)
        with _translating_memory(), self.held(batch.runs[0].request.model) as checkpoint:
            yield from Desk(checkpoint, self._clock).serve(batch)

    def held(self, name: ModelName) -> AbstractContextManager[Checkpoint]:
        """The model, in memory for the length of the block. Raises what `preload` raises."""
        return self._shelf.hold(name, self._loaded)

    def _loaded(self, entry: Model, folder: Path) -> Checkpoint:
        return Checkpoint.load(entry, folder, device=self.device, dtype=self._dtype)


@contextmanager
def _translating_memory() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        raise
