import itertools
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from inference.catalog.model import Model
from inference.contract.artifacts import Artifact
from inference.contract.errors import ModelUnknownError
from inference.contract.events import EngineEvent, Progressed, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard, ImageRequest
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Batch, Run
from inference.engines.pictures.engine import PictureEngine
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.safety.outputs import OutputGuard
from tests.inference.engines.pictures.tiny import TINY, build_tiny, tiny_catalog, tiny_model

Pixels = npt.NDArray[np.int16]  # (height, width, 3)


class Approving(OutputGuard):
    def look(self, picture: Image.Image) -> float | None:
        return 0.01


def nobody(name: ModelName) -> AbstractContextManager[Checkpoint]:
    raise ModelUnknownError(name)


def engine_of(model: Model, **options: Any) -> PictureEngine:
    usual: dict[str, Any] = {
        "outputs": Approving(),
        "lend": nobody,
        "device": "cpu",
        "dtype": "float32",
        "clock": itertools.count().__next__,
    }
    shelf = Shelf(
        catalog=tiny_catalog(model),
        models=Path("/nowhere"),
        residency=options.pop("residency", None) or Residency(budget_gib=1),
    )
    return PictureEngine(shelf=shelf, **usual | options)


class Studio:
    """Builds tiny models when they are first wanted, and makes runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def folder(self, pipeline: str) -> Path:
        folder = self._folder / pipeline
        if not folder.exists():
            build_tiny(pipeline, folder)
        return folder

    def model(self, pipeline: str = "StableDiffusionPipeline", **changes: Any) -> Model:
        return tiny_model(pipeline, self.folder(pipeline), **changes)

    def engine(self, pipeline: str = "StableDiffusionPipeline", **changes: Any) -> PictureEngine:
        return engine_of(self.model(pipeline, **changes))

    def ask(self, *, source: Artifact | None = None, guard: Guard = Guard.PASS, **wishes: Any) -> Run:
        number = next(self._numbers)
        usual: dict[str, Any] = {"prompt": "a red apple", "model": TINY, "count": 1, "seed": 1, "steps": 2}
        return Run(
            job_id=JobId(number),
            request=ImageRequest(**usual | wishes),
            sources=(source,) if source else (),
            folder=self._folder,
            prefix=str(number),
            guard=guard,
        )

    def reference(self, seed: int, width: int = 64, height: int = 64) -> Artifact:
        """Soft colours, as the media store keeps them."""
        colours = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
        path = self._folder / f"reference-{seed}-{width}-{height}.png"
        Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC).save(path)
        content = path.read_bytes()
        return Artifact(path=path, media_type="image/png", sha256=sha256(content).hexdigest(), size_bytes=len(content))


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("pictures"))


def steps_of(engine: PictureEngine, batch: Batch) -> list[list[EngineEvent]]:
    """The events of each step, until all runs have ended."""
    steps: list[list[EngineEvent]] = [[]]
    for event in engine.run(batch):
        if event is None:
            steps.append([])
            continue
        steps[-1].append(event)
        if not isinstance(event, Progressed):
            batch.end(event.job_id)
    return steps


def batch_of(*runs: Run) -> Batch:
    batch = Batch()
    for run in runs:
        batch.admit(run)
    return batch


def ends_of(engine: PictureEngine, *runs: Run) -> list[EngineEvent]:
    """In the order of the runs."""
    happened = itertools.chain.from_iterable(steps_of(engine, batch_of(*runs)))
    ends = {event.job_id: event for event in happened if not isinstance(event, Progressed)}
    return [ends[run.job_id] for run in runs]


def drawn(engine: PictureEngine, *runs: Run) -> list[list[Pixels]]:
    """The pictures of each run, made together."""
    return [pictures_of(end) for end in ends_of(engine, *runs)]


def pictures_of(end: EngineEvent) -> list[Pixels]:
    assert isinstance(end, Succeeded), end
    return [np.asarray(Image.open(artifact.path)).astype(np.int16) for artifact in end.making.artifacts]


def difference(one: Pixels, other: Pixels) -> int:
    """Of the pixel that differs most, 0 to 255."""
    return int(abs(one - other).max())
