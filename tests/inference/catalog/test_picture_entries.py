"""Entries of models that draw, and of those that make pictures larger."""

from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog
from inference.catalog.model import Adapter, PictureDefaults, Upscaling
from inference.catalog.reading import CatalogBrokenError
from inference.catalog.sources import HubSource, PartsSource
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, Option
from inference.contract.mediums import Basis, Medium

DRAWING = """
[models.mine]
title = "Mine"
medium = "image"
engine = "diffusers"
licence = "MIT"
memory_gib = 3
languages = ["en"]
bases = ["nothing", "reference"]
options = ["canvas", "steps"]
[models.mine.picture]
pipeline = "StableDiffusionPipeline"
reference_pipeline = "StableDiffusionImg2ImgPipeline"
canvas = { width = 512, height = 768 }
multiple_of = 64
least_pixels = 65_536
most_pixels = 589_824
steps = 4
guidance = 1.5
prompt_tokens = 77
scheduler = "LCMScheduler"
scheduler_options = { timestep_spacing = "trailing", steps_offset = 1 }
dtype = "float16"
variant = "fp16"
upscaler = "larger"
[[models.mine.picture.adapters]]
name = "quick"
repository = "a/adapters"
revision = "main"
file = "loras/quick.safetensors"
weight = 0.8
[models.mine.source]
kind = "hub"
repository = "a/b"
revision = "main"
"""
ENLARGING = """
[models.larger]
title = "Larger"
medium = "image"
engine = "realesrgan"
licence = "MIT"
memory_gib = 1
languages = []
bases = ["upscale"]
upscaling = { scale = 3, most_pixels = 10_000 }
[models.larger.source]
kind = "parts"
package = "larger"
version = "1.0"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
size_bytes = 5
beside = "starter/larger"
files = { "deep/model.bin" = "larger/a.bin" }
settings = { "deep/config.json" = { size = 3, is_deep = true } }
"""
MINE, LARGER = ModelName("mine"), ModelName("larger")


def loaded(folder: Path, text: str = DRAWING + ENLARGING) -> Catalog:
    path = folder / "mine.toml"
    path.write_text(text)
    return Catalog.load(path)


def test_an_entry_says_how_a_model_draws(tmp_path: Path) -> None:
    mine = loaded(tmp_path).get(MINE)

    assert mine.medium is Medium.IMAGE
    assert mine.bases == {Basis.NOTHING, Basis.REFERENCE}
    assert mine.options == {Option.CANVAS, Option.STEPS}
    assert mine.picture == PictureDefaults(
        canvas=Canvas(width=512, height=768),
        multiple_of=64,
        least_pixels=65_536,
        most_pixels=589_824,
        steps=4,
        guidance=1.5,
        prompt_tokens=77,
        pipeline="StableDiffusionPipeline",
        reference_pipeline="StableDiffusionImg2ImgPipeline",
        scheduler="LCMScheduler",
        scheduler_options={"timestep_spacing": "trailing", "steps_offset": 1},
        dtype="float16",
        variant="fp16",
        upscaler=LARGER,
        adapters=(
            Adapter(
                name="quick",
                source=HubSource(repository="a/adapters", revision="main"),
                file="loras/quick.safetensors",
                weight=0.8,
            ),
        ),
    )


def test_an_entry_says_how_much_larger_a_model_makes_a_picture(tmp_path: Path) -> None:
    catalog = loaded(tmp_path)

    larger = catalog.get(LARGER)

    assert larger.upscaling == Upscaling(scale=3, most_pixels=10_000)
    assert larger.picture is None
    assert catalog.scale_of(catalog.get(MINE)) == 3
    assert catalog.upscaler_of(catalog.get(MINE)) == larger
    assert catalog.upscaler_of(larger) == larger


def test_an_entry_names_the_files_of_a_wheel_and_what_is_changed_in_them(tmp_path: Path) -> None:
    source = loaded(tmp_path).get(LARGER).source

    assert isinstance(source, PartsSource)
    assert source.files == {"deep/model.bin": "larger/a.bin"}
    assert source.settings == {"deep/config.json": {"size": 3, "is_deep": True}}
    assert source.beside == "starter/larger"


@pytest.mark.parametrize(
    ("found", "put", "key"),
    [
        ('bases = ["nothing", "reference"]\n', "", "models.mine.bases"),
        ('bases = ["nothing", "reference"]', "bases = []", "models.mine.bases"),
        ('bases = ["nothing", "reference"]', 'bases = ["continuation"]', "models.mine.bases"),
        ('bases = ["nothing", "reference"]', 'bases = ["nothing"]', "models.mine.picture.reference_pipeline"),
        ('bases = ["nothing", "reference"]', 'bases = ["nothing", "upscale"]', "models.mine.upscaling"),
        ('bases = ["upscale"]', 'bases = ["upscale", "nothing"]', "models.larger.picture"),
        ('"canvas", "steps"', '"canvas", "colour"', "models.mine.options"),
        ('"StableDiffusionPipeline"', '"MyPipeline"', "models.mine.picture.pipeline"),
        ('pipeline = "StableDiffusionPipeline"\n', "", "models.mine.picture.pipeline"),
        ('"StableDiffusionImg2ImgPipeline"', '"StableDiffusionPipeline"', "models.mine.picture.reference_pipeline"),
        ('"LCMScheduler"', '"MyScheduler"', "models.mine.picture.scheduler"),
        ('{ timestep_spacing = "trailing"', "{ timestep_spacing = []", "picture.scheduler_options.timestep_spacing"),
        ('"float16"', '"float8"', "models.mine.picture.dtype"),
        ('variant = "fp16"', 'variant = "../fp16"', "models.mine.picture.variant"),
        ("height = 768", "height = 760", "models.mine.picture.canvas"),
        ("height = 768", "height = 20_000", "models.mine.picture.canvas"),
        ("height = 768", "height = 768, depth = 3", "models.mine.picture.canvas.depth"),
        ("589_824", "262_144", "models.mine.picture.canvas"),
        ("steps = 4", "steps = 0", "models.mine.picture.steps"),
        ("steps = 4", "steps = 101", "models.mine.picture.steps"),
        ("guidance = 1.5", "guidance = -1", "models.mine.picture.guidance"),
        ("guidance = 1.5", "guidance = 1.5\nguidance_argument = 'scale'", "models.mine.picture.guidance_argument"),
        ("guidance = 1.5", "guidance = 1.5\nstrength = 2", "models.mine.picture.strength"),
        ("guidance = 1.5", "guidance = 1.5\nsharpness = 2", "models.mine.picture.sharpness"),
        ('upscaler = "larger"', 'upscaler = "mine"', "models.mine.picture.upscaler"),
        ('upscaler = "larger"', 'upscaler = "nobody"', "models.mine.picture.upscaler"),
        ("weight = 0.8", "weight = 3", "models.mine.picture.adapters[0].weight"),
        ('name = "quick"', 'name = "../quick"', "models.mine.picture.adapters[0].name"),
        ("loras/quick.safetensors", "../quick.safetensors", "models.mine.picture.adapters[0].file"),
        ("loras/quick.safetensors", "loras/quick.bin", "models.mine.picture.adapters[0].file"),
        ('kind = "hub"\nrepository = "a/b"\nrevision = "main"', 'kind = "folder"\npath = "a"', "mine.picture.adapters"),
        ("scale = 3", "scale = 1", "models.larger.upscaling.scale"),
        ('"deep/model.bin"', '"../model.bin"', "models.larger.source.files.../model.bin"),
        ('"deep/model.bin"', '"/model.bin"', "models.larger.source.files./model.bin"),
        ('"starter/larger"', '"../larger"', "models.larger.source.beside"),
        ("is_deep = true", 'is_deep = "very"', "models.larger.source.settings.deep/config.json.is_deep"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_key(tmp_path: Path, found: str, put: str, key: str) -> None:
    assert found in DRAWING + ENLARGING

    with pytest.raises(CatalogBrokenError) as refusal:
        loaded(tmp_path, (DRAWING + ENLARGING).replace(found, put, 1))

    assert key in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_two_adapters_of_one_name_are_refused(tmp_path: Path) -> None:
    adapter = DRAWING[DRAWING.index("[[models") : DRAWING.index("[models.mine.source]")]

    with pytest.raises(CatalogBrokenError, match=r"models\.mine\.picture\.adapters"):
        loaded(tmp_path, (DRAWING + ENLARGING).replace(adapter, adapter * 2))


def test_a_model_that_writes_does_not_draw(tmp_path: Path) -> None:
    writing = 'medium = "text"\ncontext_tokens = 512\nbases = ["nothing"]\noptions = []'
    text = DRAWING.replace('medium = "image"', writing)
    text = text.replace('bases = ["nothing", "reference"]\noptions = ["canvas", "steps"]\n', "")

    with pytest.raises(CatalogBrokenError, match=r"models\.mine\.picture"):
        loaded(tmp_path, text + ENLARGING)
