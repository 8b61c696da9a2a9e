"""Rows of one plan that one call of a pipeline denoises together; then each of them may be made larger."""

from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from inference.engines.pictures.calling import arguments_of
from inference.engines.pictures.finite import images_of
from inference.engines.pictures.painter import Painter
from inference.engines.pictures.plan import Plan
from inference.engines.pictures.sheet import Row, Sheet
from inference.engines.pictures.stepping import Stepped
from inference.engines.pictures.watch import Watch
from inference.engines.upscaling import Enlargement, Upscaler


class Round:
    """One step is a denoising step of all rows, their decoding, or a tile of one that is made larger."""

    def __init__(self, rows: Sequence[Row], plan: Plan, painter: Painter, upscaler: Upscaler | None) -> None:
        self.rows = tuple(rows)
        self.plan = plan
        self.is_ended = False
        self._painter = painter
        self._upscaler = upscaler
        self._pipeline: Any = None
        self._watch: Watch | None = None
        self._steps = self._work()

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Of which it has rows."""
        return tuple(dict.fromkeys(row.sheet for row in self.rows))

    @property
    def is_unwanted(self) -> bool:
        return all(sheet.is_dropped for sheet in self.sheets)

    def step(self) -> None:
        """Raises what the model raises: `MemoryError`, or a `RuntimeError` that may say the same."""
        if next(self._steps, self) is self:
            self.is_ended = True

    def close(self) -> None:
        """Leave it where it stands; its rows can begin anew in another."""
        self._steps.close()
        self._pipeline = self._watch = None
        for row in self.rows:
            row.image, row.is_broken, row.is_done = None, False, False

    def latents(self) -> tuple[Any, torch.Tensor] | None:
        """The pipeline, and what its rows come to so far, without the noise; None before the first step."""
        clean = self._watch.clean() if self._watch else None
        return None if clean is None else (self._pipeline, clean)

    def _work(self) -> Generator[None, None, None]:
        yield from self._denoise()
        for row in self.rows:
            if self._upscaler is not None:
                yield from self._enlarge(row, self._upscaler)
            row.is_done, row.fraction = True, 1.0

    def _enlarge(self, row: Row, upscaler: Upscaler) -> Iterator[None]:
        """A tile a step."""
        if row.image is None or row.sheet.is_dropped:
            return
        enlargement = Enlargement(upscaler, row.image)
        while not enlargement.is_ended:
            yield
            enlargement.step()
        row.image = enlargement.picture()

    def _denoise(self) -> Iterator[None]:
        pipeline = self._painter.open(self.plan.basis)
        arguments = arguments_of(type(pipeline), self.plan, self.rows, self._painter.drawn)
        call = Stepped(partial(_pictures, pipeline, arguments))
        watch = Watch(pipeline.scheduler, call.pause)
        self._pipeline, self._watch = pipeline, watch
        try:
            call.step()
            while not call.is_ended:
                self._progress(watch.steps, self._total(pipeline, watch))
                yield
                call.step()
        finally:
            call.close()
            self._pipeline = self._watch = None
            self._painter.rest()
        for row, image in zip(self.rows, images_of(call.outcome), strict=True):
            row.image, row.is_broken = image, image is None

    def _progress(self, steps: int, total: int) -> None:
        """The enlargement counts as one step more."""
        beyond = 0 if self._upscaler is None else 1
        for row in self.rows:
            row.fraction = steps / (total + beyond)

    def _total(self, pipeline: Any, watch: Watch) -> int:
        return max(watch.steps, getattr(pipeline, "_num_timesteps", None) or watch.total)


def _pictures(pipeline: Any, arguments: dict[str, Any]) -> npt.NDArray[np.floating[Any]]:
    """(rows, height, width, 3) of 0 to 1."""
    try:
        images: npt.NDArray[np.floating[Any]] = pipeline(**arguments).images
    except UnboundLocalError as error:
        # Sana's pipelines only warn when memory runs out at the decoder, and then have no picture.
        raise MemoryError from error
    return images
