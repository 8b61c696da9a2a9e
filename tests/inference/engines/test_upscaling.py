from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from inference.catalog.catalog import Catalog
from inference.contract.errors import ModelMissingError
from inference.contract.identifiers import ModelName
from inference.engines import upscaling
from inference.engines.engine import ModelBrokenError, NotFiniteError
from inference.engines.upscaling import Enlargement, Upscaler
from tests.inference.engines.conftest import pulled
from tests.inference.engines.tiny_ncnn import SCALE, TINY_NCNN, build_tiny_ncnn, tiny_ncnn_catalog

REAL = ModelName("realesr-animevideov3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-ncnn")
    build_tiny_ncnn(folder)
    return folder


@pytest.fixture
def upscaler(folder: Path) -> Upscaler:
    return Upscaler.load(tiny_ncnn_catalog(folder).get(TINY_NCNN), folder)


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def pixels_of(picture: Image.Image) -> npt.NDArray[np.int64]:
    return np.asarray(picture).astype(np.int64)


@pytest.mark.parametrize("size", [(300, 200), (257, 129), (128, 384), (5, 400)])
def test_tiles_leave_no_seams(upscaler: Upscaler, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    picture = noise(*size)
    by_tiles = upscaler.enlarged(picture)

    monkeypatch.setattr(upscaling, "_TILE", 1000)
    whole = upscaler.enlarged(picture)

    assert Enlargement(upscaler, picture).fraction == 0
    assert np.abs(pixels_of(by_tiles) - pixels_of(whole)).max() <= 1


def test_without_borders_there_would_be_seams(upscaler: Upscaler, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noise(300, 200)
    whole = upscaler.enlarged(picture)

    monkeypatch.setattr(upscaling, "_BORDER", 0)

    assert np.abs(pixels_of(upscaler.enlarged(picture)) - pixels_of(whole)).max() > 50


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (64, 64), (130, 20)])
def test_a_picture_of_any_shape_grows_by_its_factor(upscaler: Upscaler, size: tuple[int, int]) -> None:
    picture = upscaler.enlarged(noise(*size))

    assert picture.size == (size[0] * SCALE, size[1] * SCALE)
    assert picture.mode == "RGB"


def test_what_is_more_than_wanted_is_scaled_down(upscaler: Upscaler) -> None:
    assert upscaler.enlarged(noise(40, 30), factor=2).size == (80, 60)
    assert upscaler.enlarged(noise(600, 30)).size == (2048, 102)


def test_the_same_picture_grows_into_the_same(upscaler: Upscaler) -> None:
    picture = noise(150, 150)

    grown = {upscaler.enlarged(picture).tobytes() for _ in range(3)}

    assert len(grown) == 1


def test_a_step_is_a_tile(upscaler: Upscaler) -> None:
    enlargement = Enlargement(upscaler, noise(300, 200))
    fractions = []
    while not enlargement.is_ended:
        enlargement.step()
        fractions.append(enlargement.fraction)

    assert fractions == [number / 6 for number in range(1, 7)]


def test_weights_that_are_missing_or_unreadable_are_told_apart(folder: Path, tmp_path: Path) -> None:
    entry = tiny_ncnn_catalog(folder).get(TINY_NCNN)
    with pytest.raises(ModelMissingError):
        Upscaler.load(entry, tmp_path)

    (tmp_path / "model.param").write_text("not layers")
    (tmp_path / "model.bin").write_bytes(b"")

    with pytest.raises(ModelBrokenError, match=r"model\.param"):
        Upscaler.load(entry, tmp_path)

    (tmp_path / "model.param").write_bytes((folder / "model.param").read_bytes())
    (tmp_path / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:-4])

    with pytest.raises(ModelBrokenError, match=r"model\.bin"):
        Upscaler.load(entry, tmp_path)


@pytest.fixture(scope="module")
def real() -> Upscaler:
    folder = pulled(REAL) / REAL
    return Upscaler.load(Catalog.load().get(REAL), folder)


def test_the_real_network_leaves_no_seams_either(real: Upscaler, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noise(140, 60)
    by_tiles = real.enlarged(picture)

    monkeypatch.setattr(upscaling, "_TILE", 1000)

    assert np.abs(pixels_of(by_tiles) - pixels_of(real.enlarged(picture))).max() <= 1


def test_the_real_network_draws_sharper_edges_than_a_scaling_does(real: Upscaler) -> None:
    drawn = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(drawn).ellipse((60, 60, 200, 200), fill="black")
    small = drawn.resize((64, 64), Image.Resampling.LANCZOS)

    by_network, by_scaling = real.enlarged(small), small.resize((256, 256), Image.Resampling.LANCZOS)

    def error(picture: Image.Image) -> float:
        return float(np.abs(pixels_of(picture) - pixels_of(drawn)).mean())

    assert error(by_network) < error(by_scaling)


def test_a_network_that_makes_no_numbers_makes_no_picture(upscaler: Upscaler) -> None:
    step = Enlargement(upscaler, noise(64, 64))
    step._pixels[:] = np.nan
    with pytest.raises(NotFiniteError):
        step.step()
