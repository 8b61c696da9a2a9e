import hashlib
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inference.catalog.catalog import Catalog
from inference.contract.artifacts import Artifact
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard, ImageRequest
from inference.contract.mediums import Basis
from inference.contract.requests import Request
from inference.contract.text import Genre, TextRequest
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Engine, Run
from inference.engines.enlarging import EnlargingEngine
from inference.engines.fake.pictures import FAKE_PICTURES, FakePainter
from inference.engines.fake.words import FAKE, FakeWriter
from inference.engines.llama import LlamaEngine
from inference.engines.pictures.engine import PictureEngine
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine
from inference.safety.outputs import OutputGuard
from tests.inference.engines import tiny, tiny_gguf, tiny_ncnn
from tests.inference.engines.pictures import tiny as tiny_pictures

WRITERS = ("fake", "transformers", "llama")
DRAWERS = ("fake-pictures", "diffusers")
UPSCALERS = ("fake-pictures", "realesrgan")

Ask = Callable[..., Run]
Keep = Callable[..., Artifact]


class Scoring(OutputGuard):
    """Finds in every picture what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.score = 0.01

    def look(self, picture: Image.Image) -> float | None:
        return self.score


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Catalog]]:
    """The folder and the catalog of an engine's model, built when it is first wanted."""
    built: dict[str, tuple[Path, Catalog]] = {}

    def model_of(engine: str) -> tuple[Path, Catalog]:
        if engine not in built:
            folder = tmp_path_factory.mktemp(engine)
            built[engine] = (folder, _built(engine, folder, model_of))
        return built[engine]

    return model_of


def _built(engine: str, folder: Path, model_of: Callable[[str], tuple[Path, Catalog]]) -> Catalog:
    match engine:
        case "transformers":
            tiny.build_tiny(folder)
            return tiny.tiny_catalog(folder)
        case "llama":
            pytest.importorskip("xllamacpp", reason="the extra llama is not installed")
            tiny_gguf.build_tiny_gguf(model_of("transformers")[0], folder)
            return tiny_gguf.tiny_gguf_catalog(folder)
        case "diffusers":
            tiny_pictures.build_tiny("StableDiffusionPipeline", folder)
            return tiny_pictures.tiny_catalog(tiny_pictures.tiny_model("StableDiffusionPipeline", folder))
        case "realesrgan":
            tiny_ncnn.build_tiny_ncnn(folder)
            return tiny_ncnn.tiny_ncnn_catalog(folder)
        case _:
            return Catalog.load()


def _nobody(name: ModelName) -> AbstractContextManager[Checkpoint]:
    raise ModelUnknownError(name)


@pytest.fixture
def outputs() -> Scoring:
    return Scoring()


@pytest.fixture(params=["fake", "transformers", "llama", "fake-pictures", "diffusers", "realesrgan"])
def engine(
    request: pytest.FixtureRequest, models: Callable[[str], tuple[Path, Catalog]], outputs: OutputGuard
) -> Engine:
    folder, catalog = models(request.param)
    clock = itertools.count().__next__
    shelf = Shelf(catalog=catalog, models=folder, residency=Residency(budget_gib=1))
    match request.param:
        case "fake":
            return FakeWriter(clock=clock)
        case "transformers":
            return TextEngine(shelf=shelf, clock=clock, device="cpu", dtype="float32")
        case "llama":
            return LlamaEngine(shelf=shelf, clock=clock)
        case "fake-pictures":
            return FakePainter(catalog.get(FAKE_PICTURES), clock=clock)
        case "diffusers":
            return PictureEngine(shelf=shelf, clock=clock, outputs=outputs, lend=_nobody, device="cpu", dtype="float32")
        case _:
            return EnlargingEngine(shelf=shelf, clock=clock, outputs=outputs)


@pytest.fixture
def ask(engine: Engine, tmp_path: Path, kept: Keep) -> Ask:
    """A run of a request in the terms of the engine's medium; one that `is_long` takes many steps."""

    def make(
        number: int,
        *,
        is_long: bool = False,
        sources: Sequence[Artifact] | None = None,
        guard: Guard = Guard.HOLD,
        **wishes: Any,
    ) -> Run:
        request, usual_sources = _request(engine.name, is_long, wishes, kept)
        return Run(
            job_id=JobId(number),
            request=request,
            sources=tuple(usual_sources if sources is None else sources),
            folder=tmp_path,
            prefix=str(number),
            guard=guard,
        )

    return make


def _request(engine: str, is_long: bool, wishes: dict[str, Any], kept: Keep) -> tuple[Request, Sequence[Artifact]]:
    usual: dict[str, Any] = {"prompt": "the river", "seed": 1}
    match engine:
        case "fake" | "transformers" | "llama":
            model = {"fake": FAKE, "llama": tiny_gguf.TINY_GGUF}.get(engine, tiny.TINY)
            usual |= {"words": 60 if is_long else 20, "genre": Genre.STORY}
            return TextRequest(model=model, **usual | wishes), ()
        case "realesrgan":
            usual |= {"count": 1, "basis": Basis.UPSCALE}
            request = ImageRequest(model=tiny_ncnn.TINY_NCNN, **usual | wishes)
            return request, [kept(width=400, height=300) if is_long else kept(width=40, height=30)]
        case _:
            model = FAKE_PICTURES if engine == FAKE_PICTURES else tiny_pictures.TINY
            usual |= {"count": 1, "steps": 12 if is_long else 4}
            return ImageRequest(model=model, **usual | wishes), ()


@pytest.fixture
def kept(tmp_path: Path) -> Keep:
    """A text, or a picture of one colour, as the media store keeps it."""
    numbers = itertools.count()

    def keep(text: str | None = None, *, width: int = 64, height: int = 64, colour: str = "teal") -> Artifact:
        path = tmp_path / f"kept-{next(numbers)}"
        if text is None:
            Image.new("RGB", (width, height), colour).save(path, "PNG")
        else:
            path.write_text(text, encoding="utf-8")
        content = path.read_bytes()
        return Artifact(
            path=path,
            media_type="image/png" if text is None else "text/plain",
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
        )

    return keep
