"""Tells how far the pictures of a round are, and now and then shows them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from PIL import Image

from inference.contract.events import Progressed
from inference.engines.painting import sketch
from inference.engines.pictures.glimpses import Glimpser
from inference.engines.pictures.round import Round
from inference.engines.pictures.sheet import Row, Sheet
from inference.safety.outputs import OutputGuard

_TELLING_SECONDS: Final = 0.5  # Discord shows fewer still.
_SKETCHING_SECONDS: Final = 1.0
_SKETCHING_SHARE: Final = 0.05  # Of the time, at most: each picture of a sketch is looked at before it is shown.
_BLANK: Final = (47, 49, 54)


class Teller:
    def __init__(self, glimpser: Glimpser, outputs: OutputGuard, clock: Callable[[], float]) -> None:
        self._glimpser = glimpser
        self._outputs = outputs
        self._clock = clock

    def tell(self, round_: Round) -> Iterator[Progressed]:
        """Of each of the round's runs once, if it is time."""
        for sheet in round_.sheets:
            now = self._clock()
            if sheet.is_dropped or (sheet.told_at is not None and now - sheet.told_at < _TELLING_SECONDS):
                continue
            sheet.told_at = now
            if sheet.sketch_from is None:
                sheet.sketch_from = now + _SKETCHING_SECONDS
            elif now >= sheet.sketch_from:
                sheet.sketch = self._sketched(sheet, round_)
                took = self._clock() - now
                sheet.sketch_from = now + max(_SKETCHING_SECONDS, took / _SKETCHING_SHARE)
            yield Progressed(job_id=sheet.run.job_id, fraction=sheet.fraction, sketch=sheet.sketch)

    def _sketched(self, sheet: Sheet, round_: Round) -> Path | None:
        if seen := round_.latents():
            pipeline, latents = seen
            mine = [number for number, row in enumerate(round_.rows) if row.sheet is sheet]
            images = self._glimpser.images(pipeline, latents[mine], round_.plan)
            for number, image in zip(mine, images, strict=False):
                round_.rows[number].glimpse = image
        if not any(map(_seen, sheet.rows)):
            return None
        blank = Image.new("RGB", (sheet.plan.width, sheet.plan.height), _BLANK)
        return sketch(sheet.run, [_seen(row) or blank for row in sheet.rows], self._outputs)


def _seen(row: Row) -> Image.Image | None:
    return row.image or row.glimpse
