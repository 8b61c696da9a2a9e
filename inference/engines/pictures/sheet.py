"""One run's pictures in the making: a row for each, what they share, and the recipe once they are done."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PIL import Image

from inference.contract.image import ImageRequest
from inference.engines.engine import Run
from inference.engines.pictures.plan import Plan, avoided, framed
from inference.engines.seeds import seed_of, seeds_from

if TYPE_CHECKING:
    from pathlib import Path


class Row:
    """One picture."""

    def __init__(self, sheet: "Sheet", seed: int) -> None:
        self.sheet = sheet
        self.seed = seed
        self.image: Image.Image | None = None  # None: not yet denoised.
        self.glimpse: Image.Image | None = None  # Of its latents, for a sketch.
        self.is_broken = False  # The model's numbers were none.
        self.is_done = False
        self.fraction = 0.0  # Of its steps, those of the upscaler among them.
        self.device_seconds = 0.0


class Sheet:
    """All pictures of one run."""

    def __init__(self, run: Run, plan: Plan, *, source: Image.Image | None = None) -> None:
        self.run = run
        self.plan = plan
        self.source = source  # RGB, of the plan's size.
        self.translation: str | None = None  # Of the prompt, where it was put into English.
        self.unread = 0  # Words at the prompt's end.
        self.rows = tuple(Row(self, seed) for seed in seeds_from(seed_of(self.request.seed), self.request.count))
        self.is_dropped = False  # It has failed or was cancelled, and rounds may still be at work on it.
        self.sketch: Path | None = None  # The last one; of the teller, as are the next two.
        self.told_at: float | None = None
        self.sketch_from: float | None = None
        self._furthest = 0.0

    @property
    def request(self) -> ImageRequest:
        return self.run.image

    @property
    def prompt(self) -> str:
        """As the model reads it."""
        return framed(self.request, self.translation or self.request.prompt)

    @property
    def avoid(self) -> str:
        return avoided(self.request)

    @property
    def is_done(self) -> bool:
        return all(row.is_done for row in self.rows)

    @property
    def fraction(self) -> float:
        """0 to 1, never less than it was: rows that memory was too small for begin anew."""
        self._furthest = max(self._furthest, sum(row.fraction for row in self.rows) / len(self.rows))
        return min(1.0, self._furthest)

    @property
    def images(self) -> list[Image.Image]:
        return [row.image for row in self.rows if row.image is not None]

    @property
    def device_seconds(self) -> float:
        return sum(row.device_seconds for row in self.rows)

    def settings(self, of_model: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
        """All that it takes to make the pictures again, beside the request."""
        plan, request = self.plan, self.request
        settings: dict[str, float | int | str] = {
            **of_model,
            "steps": plan.steps,
            "guidance": plan.guidance,
            "width": plan.width,
            "height": plan.height,
            "seeds": " ".join(str(row.seed) for row in self.rows),
        }
        wishes: dict[str, Any] = {
            "strength": plan.strength,
            "style": request.style and request.style.name,
            "avoid": self.avoid,
            "translation": self.translation,
            "untranslated": None if self.translation else request.translator,
            "words_unread": self.unread,
        }
        return settings | {name: wish for name, wish in wishes.items() if wish}


def rows_by_plan(sheets: Iterable[Sheet]) -> dict[Plan, list[Row]]:
    """In the order in which they came."""
    together: dict[Plan, list[Row]] = {}
    for sheet in sheets:
        together.setdefault(sheet.plan, []).extend(sheet.rows)
    return together
