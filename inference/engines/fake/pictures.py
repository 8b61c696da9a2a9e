"""Pictures without a model: gradients and shapes by seed, which grow finer with each step."""

import colorsys
import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from PIL import Image, ImageDraw, ImageOps

from inference.catalog.model import Model, PictureDefaults
from inference.contract.artifacts import Making, Provenance
from inference.contract.events import Progressed
from inference.contract.identifiers import ModelName
from inference.contract.image import ImageRequest
from inference.contract.mediums import Basis
from inference.engines.engine import Run
from inference.engines.fake.engine import FakeEngine, FakeSettings, Work, versions
from inference.engines.painting import enlarged_measures, sketch, source_picture, spool_pictures
from inference.engines.seeds import seed_of, seeds_from
from inference.safety.outputs import OutputGuard
from inference.workload import denoising_steps, size_of

FAKE_PICTURES: Final = ModelName("fake-pictures")
UNSAFE: Final = "unsafe"  # A prompt with this word makes pictures that are taken for it.


class PromptGuard(OutputGuard):
    """Goes by the prompt instead of the picture: a classifier sees nothing in gradients, and is slow to load."""

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self._score = 0.99 if UNSAFE in prompt.casefold() else 0.01

    def look(self, picture: Image.Image) -> float | None:
        return self._score


@dataclass(slots=True, kw_only=True)
class _Painting:
    run: Run
    entry: Model
    seeds: Sequence[int]
    pictures: Sequence[Image.Image]  # As they will be.
    steps: int
    outputs: OutputGuard
    steps_done: int = 0
    device_seconds: float = 0.0

    @property
    def rows(self) -> int:
        return len(self.pictures)

    @property
    def is_ended(self) -> bool:
        return self.steps_done >= self.steps

    @property
    def fraction(self) -> float:
        return self.steps_done / self.steps

    def advance(self) -> None:
        self.steps_done += 1

    def progress(self) -> Progressed:
        images = [_coarse(picture, self.fraction) for picture in self.pictures]
        return Progressed(job_id=self.run.job_id, fraction=self.fraction, sketch=sketch(self.run, images, self.outputs))

    def making(self) -> Making:
        artifacts = spool_pictures(self.run, self.pictures, self.outputs)
        return Making(
            artifacts=artifacts,
            provenance=Provenance(
                model=self.entry.name,
                model_sha256="",
                engine=FakePainter.name,
                seed=self.seeds[0],
                settings=self._settings(),
                versions=versions(),
            ),
            device_seconds=self.device_seconds,
            size=size_of(self.run.request, self.entry),
        )

    def _settings(self) -> dict[str, float | int | str]:
        request, defaults = self.run.image, _drawing(self.entry)
        settings: dict[str, float | int | str] = {
            "steps": self.steps,
            "guidance": defaults.guidance if request.guidance is None else request.guidance,
            "width": self.pictures[0].width,
            "height": self.pictures[0].height,
            "seeds": " ".join(map(str, self.seeds)),
        }
        if request.basis is Basis.REFERENCE:
            settings["strength"] = defaults.strength if request.strength is None else request.strength
        return settings


class FakePainter(FakeEngine):
    """One step a step for every picture. What they show depends on the request, its seed and its source."""

    name = "fake-pictures"
    model = FAKE_PICTURES

    def __init__(
        self,
        entry: Model,
        settings: FakeSettings | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(settings, clock=clock, sleep=sleep)
        self._entry = entry

    def begin(self, run: Run) -> Work:
        request = run.image
        seeds = seeds_from(seed_of(request.seed), 1 if request.basis is Basis.UPSCALE else request.count)
        return _Painting(
            run=run,
            entry=self._entry,
            seeds=seeds,
            pictures=_pictures(run, self._entry, seeds),
            steps=denoising_steps(request, _drawing(self._entry)),
            outputs=PromptGuard(request.prompt),
        )


def _drawing(entry: Model) -> PictureDefaults:
    assert entry.picture is not None, "the catalog says of such a model how it draws"
    return entry.picture


def _pictures(run: Run, entry: Model, seeds: Sequence[int]) -> Sequence[Image.Image]:
    """Raises `SourceGoneError`, `OSError`."""
    request, defaults = run.image, _drawing(entry)
    canvas = request.canvas or defaults.canvas
    size = (canvas.width, canvas.height)
    drawn = [_drawn(_recipe(request, seed), size) for seed in seeds]
    match request.basis:
        case Basis.UPSCALE:
            assert entry.upscaling is not None
            source = source_picture(run)
            return [source.resize(enlarged_measures(source, entry.upscaling.scale), Image.Resampling.LANCZOS)]
        case Basis.REFERENCE:
            strength = defaults.strength if request.strength is None else request.strength
            source = ImageOps.fit(source_picture(run), size)
            return [Image.blend(source, picture, strength) for picture in drawn]
        case Basis.NOTHING | Basis.CONTINUATION | Basis.REVISION:
            return drawn
        case _:
            assert_never(request.basis)


def _recipe(request: ImageRequest, seed: int) -> str:
    """All that a picture depends on but its size and its source."""
    style = request.style
    wishes = (request.prompt, request.avoid, request.steps, request.guidance, style and (style.frame, style.avoid))
    return repr((seed, *wishes))


def _drawn(recipe: str, size: tuple[int, int]) -> Image.Image:
    rng = random.Random(hashlib.sha256(recipe.encode("utf-8", "surrogatepass")).digest())
    hue = rng.random()

    def colour() -> tuple[int, int, int]:
        near = (hue + rng.uniform(-0.15, 0.15)) % 1
        red, green, blue = colorsys.hsv_to_rgb(near, rng.uniform(0.3, 0.9), rng.uniform(0.3, 1))
        return round(255 * red), round(255 * green), round(255 * blue)

    gradient = Image.linear_gradient("L").rotate(90 * rng.randrange(4)).resize(size)
    picture = ImageOps.colorize(gradient, colour(), colour())
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.randint(4, 9)):
        left, top = rng.uniform(-0.2, 0.9) * size[0], rng.uniform(-0.2, 0.9) * size[1]
        side = rng.uniform(0.1, 0.5) * min(size)
        shape = rng.choice((pen.ellipse, pen.rectangle))
        shape((left, top, left + side, top + side), fill=colour())
    return picture


def _coarse(picture: Image.Image, fraction: float) -> Image.Image:
    """As if it were done so far."""
    width, height = (max(1, round(side * fraction**2)) for side in picture.size)
    return picture.resize((width, height)).resize(picture.size, Image.Resampling.NEAREST)
