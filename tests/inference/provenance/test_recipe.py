"""A picture's recipe: into the file and out again, whatever it holds, and out of anybody's file without harm."""

import io
import json
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from inference.contract.artifacts import Provenance
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, ImageRequest, Option, Picture, Style
from inference.contract.mediums import MAX_SEED, Basis
from inference.provenance.parameters import parameters_of
from inference.provenance.reading import Inscription, PictureUnreadableError, inscription_of
from inference.provenance.recipe import KEY, DigitalSource, Recipe, encoded
from inference.provenance.shrinking import shrunk
from inference.provenance.stamping import with_recipe
from tests.support.uploads import BAD, bomb, chunk, chunks_of, corners, photograph, saved, text_bomb, with_chunk

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
FACTS = Picture(width=96, height=64, fingerprint="0" * 16)


def recipe(prompt: str = "a lighthouse", *, part: int = 0, style: Style | None = None, **used: Any) -> Recipe:
    return Recipe(
        request=ImageRequest(prompt=prompt, model=ModelName("starter-pictures"), style=style),
        provenance=Provenance(
            model=ModelName("starter-pictures"),
            model_sha256="0123456789abcdef" * 4,
            engine="diffusers",
            seed=7,
            settings={"steps": 24, "guidance": 4.0, "scheduler": "DDIMScheduler", **used},
            versions={"atelier": "0.1.0"},
        ),
        part=part,
    )


def made(folder: Path, of: Recipe, picture: Image.Image | None = None) -> Path:
    path = folder / "made.png"
    path.write_bytes(with_recipe(saved(picture or corners()), of, FACTS))
    return path


def inscribed(folder: Path, content: bytes) -> Inscription:
    path = folder / "file"
    path.write_bytes(content)
    return inscription_of(path)


# What a member can type, and more: `inference.safety.prompts` lets no half characters pass, and few controls.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip)
TRICKY = st.sampled_from(
    [
        '"a", b: c\\n',
        "a\nNegative prompt: b\nSteps: 5, Seed: 1",
        "一只会飞的鲸鱼，在月亮上",
        "</x:xmpmeta>&#0;",
        "\x00\x07 a",
        "{prompt}",
    ]
)
REQUESTS = st.builds(
    ImageRequest,
    prompt=WORDS | TRICKY,
    model=WORDS.map(ModelName),
    count=st.integers(1, 4),
    seed=st.none() | st.integers(0, MAX_SEED),
    canvas=st.none() | st.builds(Canvas, width=st.integers(64, 2048), height=st.integers(64, 2048)),
    steps=st.none() | st.integers(1, 100),
    guidance=st.none() | st.floats(0, 30),
    avoid=st.none() | WORDS,
    style=st.none() | st.builds(lambda name, avoid: Style(name=name, frame="a {prompt}", avoid=avoid), WORDS, WORDS),
    basis=st.just(Basis.REFERENCE),
    strength=st.none() | st.floats(0.05, 1),
    unused=st.lists(st.sampled_from(Option), unique=True).map(tuple),
    translator=st.none() | WORDS.map(ModelName),
)
PROVENANCES = st.builds(
    Provenance,
    model=WORDS.map(ModelName),
    model_sha256=st.text("0123456789abcdef", max_size=64),
    engine=WORDS,
    seed=st.integers(0, MAX_SEED),
    settings=st.dictionaries(
        WORDS | st.sampled_from(["steps", "avoid", "translation"]), st.integers() | WORDS | st.floats(allow_nan=False)
    ),
    versions=st.dictionaries(WORDS, WORDS),
    device=WORDS,
    dtype=WORDS,
)
RECIPES = st.builds(
    Recipe,
    request=REQUESTS,
    provenance=PROVENANCES,
    part=st.integers(0, 3),
    digital_source=st.sampled_from(DigitalSource),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECIPES)
def test_a_recipe_comes_out_of_the_file_as_it_went_in(of: Recipe) -> None:
    with TemporaryDirectory() as folder:
        found = inscription_of(made(Path(folder), of))
    assert found.recipe == of
    assert found.digital_source == of.digital_source
    assert found.parameters is not None
    assert f"Seed: {of.seed}" in found.parameters.split("\n")[-1]


def test_the_same_picture_and_recipe_are_the_same_bytes_and_other_pixels_stay(tmp_path: Path) -> None:
    one, other = (with_recipe(saved(corners()), recipe(), FACTS) for _ in range(2))
    assert one == other
    with Image.open(io.BytesIO(one)) as picture:
        assert picture.tobytes() == corners().tobytes()


def test_half_a_character_does_not_cost_a_finished_picture(tmp_path: Path) -> None:
    found = inscription_of(made(tmp_path, recipe("a \ud83d boat"))).recipe
    assert found is not None
    assert found.request.prompt == "a ? boat"


def test_other_tools_find_the_recipe_in_their_own_words() -> None:
    of = recipe(
        "fog, at sea",
        part=2,
        style=Style(name="Oil", frame="oil painting of {prompt}", avoid="text"),
        avoid="people, text",
        strength=0.6,
    )
    assert parameters_of(of, width=256, height=192) == (
        "oil painting of fog, at sea\n"
        "Negative prompt: people, text\n"
        "Steps: 24, Sampler: DDIM, CFG scale: 4.0, Seed: 9, Size: 256x192, Model hash: 0123456789, "
        "Model: starter-pictures, Denoising strength: 0.6, Version: Atelier 0.1.0"
    )


def test_other_tools_find_the_words_that_the_model_was_given() -> None:
    of = recipe("一座灯塔", translation="a lighthouse", style=Style(name="Oil", frame="{prompt}, oil", avoid=None))
    assert parameters_of(of, width=64, height=64).splitlines()[0] == "a lighthouse, oil"


def test_a_figure_that_would_break_the_line_is_quoted() -> None:
    line = parameters_of(recipe(scheduler='My, "own": one'), width=64, height=64).splitlines()[-1]
    assert json.dumps('My, "own": one') in line


def test_the_seed_after_the_last_is_the_first() -> None:
    of = Recipe(
        request=recipe().request,
        provenance=Provenance(model=ModelName("m"), model_sha256="", engine="e", seed=MAX_SEED),
        part=1,
    )
    assert of.seed == 0


def test_the_file_names_nobody() -> None:
    keys: set[str] = set()

    def collect(fields: Any) -> None:
        if isinstance(fields, dict):
            keys.update(fields)
            for value in fields.values():
                collect(value)

    collect(json.loads(encoded(recipe(style=Style(name="Oil", frame="{prompt}")))))
    assert {"prompt", "seed", "model_sha256", "part"} <= keys
    assert not {"member", "author", "server", "channel", "reply", "job_id", "id"} & keys


def test_the_file_says_in_standard_words_that_a_machine_made_it(tmp_path: Path) -> None:
    with Image.open(made(tmp_path, recipe())) as picture:
        packet = ET.fromstring(picture.info["xmp"])
    said = packet.find(f"{RDF}RDF/{RDF}Description")
    assert said is not None
    assert said.get(f"{IPTC}DigitalSourceType") == f"{SOURCES}trainedAlgorithmicMedia"


def test_what_the_web_ui_can_read_is_where_it_looks(tmp_path: Path) -> None:
    kinds = {
        content.split(b"\0")[0]: kind
        for kind, content in chunks_of(made(tmp_path, recipe()).read_bytes())
        if kind != b"IDAT"
    }
    assert kinds[b"parameters"] == b"tEXt"
    chinese = chunks_of(made(tmp_path, recipe("一座灯塔")).read_bytes())
    assert any(kind == b"iTXt" and content.startswith(b"parameters\0") for kind, content in chinese)


def test_a_picture_made_smaller_for_discord_still_says_how_it_was_made(tmp_path: Path) -> None:
    png = with_recipe(saved(corners()), recipe("一座灯塔"), FACTS)
    found = inscribed(tmp_path, shrunk(png, most_bytes=100_000))
    assert (found.kind, found.digital_source) == ("WEBP", DigitalSource.MODEL)
    assert found.parameters == parameters_of(recipe("一座灯塔"), width=96, height=64)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize(("start", "encoding"), [(b"UNICODE\0", "utf-16-be"), (b"ASCII\0\0\0", "ascii")])
def test_the_parameters_of_others_are_read(tmp_path: Path, kind: str, start: bytes, encoding: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = start + "a boat\nSteps: 4".encode(encoding)
    found = inscribed(tmp_path, saved(corners(), kind, exif=exif))
    assert (found.parameters, found.recipe) == ("a boat\nSteps: 4", None)


def test_pixels_are_not_decoded_to_look_behind_them(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0a boat"
    end = chunk(b"IEND", b"")
    last = chunk(b"eXIf", exif.tobytes()[6:]) + end
    found = inscribed(tmp_path, saved(corners()).removesuffix(end) + last)
    assert (found.kind, found.parameters) == ("PNG", None)


def test_a_picture_without_texts_has_no_recipe(tmp_path: Path) -> None:
    found = inscribed(tmp_path, photograph())
    assert (found.recipe, found.parameters, found.digital_source) == (None, None, None)
    assert (found.kind, found.width, found.height) == ("JPEG", 96, 64)


TEXTS_OF_STRANGERS = (
    "",
    "{",
    "null",
    "[]",
    '{"version": 1}',
    '{"version": 2, "request": {}}',
    "[" * 200_000,
    '{"version": ' + "1" * 5_000 + "}",
    encoded(recipe()).replace('"count": 4', '"count": 400'),
    encoded(recipe()).replace('"a lighthouse"', '" "'),
    encoded(recipe()).replace('"part": 0', '"part": "x"'),
    "x" * 10**6,
)


@pytest.mark.parametrize("text", TEXTS_OF_STRANGERS, ids=range(len(TEXTS_OF_STRANGERS)))
def test_what_only_calls_itself_our_recipe_is_none(tmp_path: Path, text: str) -> None:
    chunks = PngInfo()
    chunks.add_itxt(KEY, text)
    assert inscribed(tmp_path, saved(corners(), pnginfo=chunks)).recipe is None


def test_a_text_that_unpacks_to_too_much_is_told_to_the_host(tmp_path: Path) -> None:
    with pytest.raises(PictureUnreadableError, match="harm"):
        inscribed(tmp_path, text_bomb())


def test_many_texts_that_unpack_to_much_together_are_told_to_the_host(tmp_path: Path) -> None:
    content = saved(corners())
    for number in range(80):
        content = with_chunk(content, b"zTXt", f"k{number}\0\0".encode() + zlib.compress(bytes(2**20), 9))
    with pytest.raises(PictureUnreadableError, match="harm"):
        inscribed(tmp_path, content)


@pytest.mark.parametrize("name", ["text", "empty", "vector", "head_alone", "wrong_checksum", "animated_gif"])
def test_what_is_no_picture_that_carries_recipes_is_told_to_the_host(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureUnreadableError, match="no PNG, JPEG or WebP"):
        inscribed(tmp_path, BAD[name]())


def test_a_picture_that_says_it_is_huge_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(PictureUnreadableError, match="harm"):
        inscribed(tmp_path, bomb())


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_what_is_no_file_is_told_to_the_host(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureUnreadableError):
        inscription_of(tmp_path / name)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_file_with_some_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(with_recipe(saved(corners()), recipe(), FACTS))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        try:
            found = inscribed(Path(folder), bytes(content))
        except PictureUnreadableError:
            return
    assert found.recipe is None or isinstance(found.recipe, Recipe)
