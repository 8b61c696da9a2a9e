"""Recipes put into the bytes of finished pictures, and into smaller ones."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from inference.contract.artifacts import Provenance
from inference.contract.identifiers import ModelName
from inference.contract.image import ImageRequest, Picture
from inference.provenance.reading import inscription_of
from inference.provenance.recipe import DigitalSource, Recipe
from inference.provenance.shrinking import shrunk
from inference.provenance.stamping import stamped, with_recipe


def png(size: tuple[int, int] = (96, 64), *, mode: str = "RGB", noise: bool = False) -> bytes:
    picture = Image.effect_noise(size, 200).convert(mode) if noise else Image.linear_gradient("L").resize(size)
    content = io.BytesIO()
    picture.convert(mode).save(content, "PNG")
    return content.getvalue()


def recipe(prompt: str = "a lighthouse") -> Recipe:
    return Recipe(
        request=ImageRequest(prompt=prompt, model=ModelName("m")),
        provenance=Provenance(
            model=ModelName("m"), model_sha256="", engine="fake", seed=7, settings={"width": 96, "height": 64}
        ),
        part=1,
        digital_source=DigitalSource.MODEL_AND_UPLOAD,
    )


PICTURE = Picture(width=96, height=64, fingerprint="0" * 16)


def test_a_stamped_picture_says_its_recipe_and_has_the_same_pixels(tmp_path: Path) -> None:
    path = tmp_path / "stamped.png"
    path.write_bytes(with_recipe(png(), recipe("a lighthouse, 灯塔"), PICTURE))
    inscription = inscription_of(path)
    assert inscription.recipe == recipe("a lighthouse, 灯塔")
    assert inscription.parameters is not None
    assert "Seed: 8" in inscription.parameters
    assert inscription.digital_source == DigitalSource.MODEL_AND_UPLOAD
    with Image.open(path) as picture, Image.open(io.BytesIO(png())) as bare:
        assert picture.tobytes() == bare.tobytes()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3_000))
def test_pillow_reads_any_text_that_was_stamped(text: str) -> None:
    texts = PngInfo()
    texts.add_itxt("note", text)
    with Image.open(io.BytesIO(stamped(png((8, 8)), texts))) as picture:
        picture.verify()
        assert picture.info["note"] == text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(40), png()[:20]])
def test_what_is_no_png_is_not_stamped(content: bytes) -> None:
    with pytest.raises(ValueError, match="no PNG"):
        stamped(content, PngInfo())


def test_a_picture_too_large_to_post_becomes_a_webp_that_fits_and_says_its_making(tmp_path: Path) -> None:
    large = with_recipe(png((512, 384), mode="RGB", noise=True), recipe(), PICTURE)
    path = tmp_path / "small.webp"
    path.write_bytes(shrunk(large, most_bytes=40_000))
    assert path.stat().st_size <= 40_000 < len(large)
    inscription = inscription_of(path)
    assert inscription.kind == "WEBP"
    assert inscription.parameters is not None
    assert "a lighthouse" in inscription.parameters
    assert inscription.digital_source == DigitalSource.MODEL_AND_UPLOAD


def test_as_many_pixels_are_kept_as_fit() -> None:
    large = png((512, 384), mode="RGB", noise=True)
    with Image.open(io.BytesIO(shrunk(large, most_bytes=len(large)))) as light:
        assert light.size == (512, 384)
    with Image.open(io.BytesIO(shrunk(large, most_bytes=6_000))) as lightest:
        assert lightest.size in [(256, 192), (128, 96), (64, 48)]


def test_where_nothing_fits_that_is_said() -> None:
    with pytest.raises(ValueError, match="no WebP"):
        shrunk(png(), most_bytes=10)
