"""The picture engine: any pipeline of diffusers that the catalog knows, many requests at a time."""

import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

import torch

from inference.catalog.model import DIFFUSERS, Model, PictureDefaults
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.accelerator import device_of, hardware_of
from inference.engines.engine import Batch, Steps
from inference.engines.pictures.easel import Easel, Surroundings
from inference.engines.pictures.fitting import dtype_of, fit_of
from inference.engines.pictures.painter import Painter
from inference.engines.pictures.preparing import Lend
from inference.engines.shelf import Shelf
from inference.engines.upscaling import Upscaler
from inference.safety.outputs import OutputGuard

_MAX_ROWS: Final = 8
_GIB: Final = 2**30


class PictureEngine:
    """Fills the port `Engine`. Must be stepped by one thread, whose gradients it turns off.

    `lend` holds a text model that translates.
    """

    name = DIFFUSERS
    max_rows = _MAX_ROWS

    def __init__(
        self,
        *,
        shelf: Shelf,
        outputs: OutputGuard,
        lend: Lend,
        device: str = "auto",
        dtype: str = "auto",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._shelf = shelf
        self._outputs = outputs
        self._lend = lend
        self._dtype = dtype
        self._clock = clock
        self.device = device_of(device)

    def batch_key(self, request: Request) -> Hashable:
        """The model alone: what acts on its modules is settled when it is loaded, and the rest parts rounds."""
        return request.model

    def may_begin(self, request: Request) -> bool:
        return self._shelf.has_room(request.model)

    def preload(self, model: ModelName) -> None:
        with self.held(model):
            pass

    def run(self, batch: Batch) -> Steps:
        # Per thread, once and for good: a `no_grad` block of one call would undo that of another between steps.
        torch.set_grad_enabled(False)
        name = batch.runs[0].request.model
        with self.held(name) as painter, self._held_upscaler(painter.drawn) as upscaler:
            yield from Easel(painter, self._surroundings(upscaler)).serve(batch)

    def _surroundings(self, upscaler: Upscaler | None) -> Surroundings:
        return Surroundings(
            outputs=self._outputs,
            upscaler=upscaler,
            lend=self._lend,
            make_room=self._shelf.residency.evict_idle,
            clock=self._clock,
            max_rows=self.max_rows,
        )

    def held(self, name: ModelName) -> AbstractContextManager[Painter]:
        """The model, in memory for the length of the block. Raises what `preload` raises."""
        return self._shelf.hold(name, self._loaded)

    def _held_upscaler(self, drawn: PictureDefaults) -> AbstractContextManager[Upscaler | None]:
        return nullcontext() if drawn.upscaler is None else self._shelf.hold(drawn.upscaler, Upscaler.load)

    def _loaded(self, entry: Model, folder: Path) -> Painter:
        assert entry.picture is not None, "the catalog says of such a model how it draws"
        return Painter.load(
            entry,
            folder,
            device=self.device,
            dtype=dtype_of(self._dtype, entry.picture, self.device),
            fit=fit_of(entry.memory_gib, self._budget_gib(), self.device),
        )

    def _budget_gib(self) -> float:
        """What the host grants, as far as the device has it."""
        total = hardware_of(self.device).total_bytes
        return min(self._shelf.residency.budget_gib, total / _GIB if total else float("inf"))
