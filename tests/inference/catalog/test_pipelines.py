"""Pulls of pipelines, which have a folder a component, from the hub that the tests serve; and of adapters."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog.errors import (
    ConfigurationBrokenError,
    FilesMissingError,
    PickledWeightsError,
    RemoteCodeError,
    SumMismatchError,
)
from inference.catalog.model import Adapter, Model, PictureDefaults
from inference.catalog.puller import is_present, pull
from inference.catalog.record import acknowledge, needs_acknowledgement, pin_of
from inference.catalog.sources import FolderSource, HubSource
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas
from inference.contract.mediums import Basis, Medium
from tests.inference.catalog.servers import ADAPTERS, COMMIT, LATER_COMMIT, REPOSITORY, Shelf, names_in
from tests.inference.catalog.tiny import NOON

ADAPTER = Adapter(
    name="quick",
    source=HubSource(repository=ADAPTERS, revision="main"),
    file="loras/quick.safetensors",
)
DRAWN = PictureDefaults(
    canvas=Canvas(width=64, height=64),
    multiple_of=8,
    least_pixels=4_096,
    most_pixels=4_096,
    steps=4,
    guidance=1.0,
    prompt_tokens=16,
    pipeline="StableDiffusionPipeline",
)
MODEL = Model(
    name=ModelName("tiny"),
    title="Tiny",
    medium=Medium.IMAGE,
    engine="diffusers",
    source=HubSource(repository=REPOSITORY, revision="main"),
    licence="Apache-2.0",
    memory_gib=0.1,
    languages=("en",),
    bases=frozenset({Basis.NOTHING}),
    picture=DRAWN,
)
IN_HALVES = replace(MODEL, picture=replace(DRAWN, variant="fp16"))
ADAPTED = replace(MODEL, picture=replace(DRAWN, adapters=(ADAPTER,)))
INDEX: dict[str, object] = {
    "_class_name": "StableDiffusionPipeline",
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "image_encoder": [None, None],
    "requires_safety_checker": True,
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
SHARDS = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
NEEDED = {
    "model_index.json": json.dumps(INDEX).encode(),
    "scheduler/scheduler_config.json": b"{}",
    "text_encoder/config.json": b"{}",
    "text_encoder/model-00001-of-00002.safetensors": b"first half",
    "text_encoder/model-00002-of-00002.safetensors": b"second half",
    "text_encoder/model.safetensors.index.json": json.dumps({"weight_map": SHARDS}).encode(),
    "tokenizer/merges.txt": b"a b",
    "tokenizer/vocab.json": b"{}",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": bytes(2_000_000),
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"weights of the autoencoder",
}
HALF = {"unet/diffusion_pytorch_model.fp16.safetensors": bytes(1_000_000)}
NOT_NEEDED = {
    "LICENSE/../../../out.txt": b"out of the folder",
    "README.md": b"hello",
    "everything.safetensors": bytes(9_000_000),
    "pipeline.py": b"print('remote code')",
    "safety_checker/config.json": b"{}",
    "safety_checker/model.safetensors": b"its opinions",
    "unet/../../../out.json": b"{}",
    "unet/deeper/config.json": b"{}",
    "unet/diffusion_pytorch_model.bin": b"a pickle",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"of the training",
    "unet/unet.onnx": b"of another library",
}


@pytest.fixture
def hub(shelf: Shelf) -> Shelf:
    shelf.files = {**NEEDED, **HALF, **NOT_NEEDED}
    shelf.adapters = {"loras/quick.safetensors": b"a small change", "README.md": b"hello"}
    shelf.in_lfs = frozenset(name for name in [*shelf.files, *shelf.adapters] if name.endswith(".safetensors"))
    return shelf


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def provided(tmp_path: Path) -> Path:
    """A pipeline in a folder of the host's own."""
    folder = tmp_path / "provided"
    for name, content in {**NEEDED, **NOT_NEEDED}.items():
        if ".." in name:
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def paths_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"model.json"}


def indexed(**changes: object) -> bytes:
    return json.dumps(INDEX | changes).encode()


async def test_each_component_comes_into_its_folder_and_nothing_else(hub: Shelf, models: Path) -> None:
    folder = await pull(MODEL, models, lambda _: None)

    assert is_present(MODEL, models)
    assert paths_in(folder) == set(NEEDED)
    assert all((folder / name).read_bytes() == content for name, content in NEEDED.items())
    assert names_in(models) == ["tiny", "tiny.json"]


async def test_a_component_without_the_variant_comes_as_it_is(hub: Shelf, models: Path) -> None:
    folder = await pull(IN_HALVES, models, lambda _: None)

    assert paths_in(folder) == set(NEEDED) - {"unet/diffusion_pytorch_model.safetensors"} | set(HALF)


async def test_a_variant_in_shards_is_fetched_with_its_index(hub: Shelf, models: Path) -> None:
    shard = "model.fp16-00001-of-00001.safetensors"
    halves = {
        "text_encoder/model.safetensors.index.fp16.json": json.dumps({"weight_map": {"a": shard}}).encode(),
        f"text_encoder/{shard}": b"all of it",
    }
    hub.files |= halves
    hub.in_lfs |= {f"text_encoder/{shard}"}

    folder = await pull(IN_HALVES, models, lambda _: None)

    assert {name for name in paths_in(folder) if name.startswith("text_encoder/")} == {
        "text_encoder/config.json",
        *halves,
    }


async def test_a_pipeline_that_broke_off_goes_on_where_it_was(hub: Shelf, models: Path) -> None:
    large = "unet/diffusion_pytorch_model.safetensors"
    hub.cuts[large] = 1_500_000

    folder = await pull(MODEL, models, lambda _: None)

    assert (folder / large).read_bytes() == NEEDED[large]
    first, then = [wish for name, wish in hub.ranges if name == large]
    assert first == ""
    assert then.startswith("bytes=1")


async def test_the_sums_are_written_down_by_path(hub: Shelf, models: Path) -> None:
    folder = await pull(MODEL, models, lambda _: None)

    marker = json.loads((folder / "model.json").read_text())
    assert marker["commit"] == COMMIT
    assert set(marker["sha256"]) == set(NEEDED)


async def test_another_pipeline_than_the_catalog_names_is_refused_before_its_weights(hub: Shelf, models: Path) -> None:
    hub.files["model_index.json"] = indexed(_class_name="KandinskyPipeline")

    with pytest.raises(ConfigurationBrokenError, match="KandinskyPipeline"):
        await pull(MODEL, models, lambda _: None)

    assert [name for name, _ in hub.ranges] == ["model_index.json"]
    assert names_in(models) == []


@pytest.mark.parametrize(
    "index",
    [
        indexed(unet=["my_unet", "MyUNet"]),
        indexed(unet=["os", "System"]),
        indexed(scheduler={"auto_map": "mine.Mine"}),
        indexed(custom_pipelines={"tiny": {}}),
    ],
)
async def test_a_pipeline_with_classes_of_its_own_is_refused(hub: Shelf, models: Path, index: bytes) -> None:
    hub.files["model_index.json"] = index

    with pytest.raises(RemoteCodeError):
        await pull(MODEL, models, lambda _: None)


@pytest.mark.parametrize("file", ["unet/config.json", "text_encoder/config.json", "tokenizer/tokenizer_config.json"])
async def test_a_component_with_code_of_its_own_is_refused_before_its_weights(
    hub: Shelf, models: Path, file: str
) -> None:
    hub.files[file] = json.dumps({"parts": [{"auto_map": {"AutoModel": "mine.Mine"}}]}).encode()

    with pytest.raises(RemoteCodeError):
        await pull(MODEL, models, lambda _: None)

    assert not any(name.endswith(".safetensors") for name, _ in hub.ranges)


@pytest.mark.parametrize(
    "index",
    [
        indexed(**{"../../out": ["diffusers", "AutoencoderKL"]}),
        indexed(unet=["diffusers", "../out"]),
        indexed(unet=["diffusers"]),
        indexed(unet=[["diffusers"], 3]),
        b"[]",
        b"[" * 100_000,
    ],
)
async def test_an_index_that_makes_no_sense_is_one_line(hub: Shelf, models: Path, index: bytes) -> None:
    hub.files["model_index.json"] = index

    with pytest.raises(ConfigurationBrokenError) as refusal:
        await pull(MODEL, models, lambda _: None)

    assert "\n" not in str(refusal.value)


async def test_a_component_in_a_pickle_is_refused_unread(hub: Shelf, models: Path) -> None:
    for name in (*HALF, "unet/diffusion_pytorch_model.safetensors"):
        del hub.files[name]

    with pytest.raises(PickledWeightsError):
        await pull(MODEL, models, lambda _: None)

    assert [name for name, _ in hub.ranges] == ["model_index.json"]


@pytest.mark.parametrize("missing", ["model_index.json", "tokenizer", "vae", "text_encoder/model-00002-of-00002"])
async def test_what_a_pipeline_lacks_is_named(hub: Shelf, models: Path, missing: str) -> None:
    hub.files = {name: content for name, content in hub.files.items() if not name.startswith(missing)}

    with pytest.raises(FilesMissingError, match=missing.rpartition("/")[2]):
        await pull(MODEL, models, lambda _: None)


async def test_the_catalog_may_name_the_sum_of_a_component(hub: Shelf, models: Path) -> None:
    sums = {"vae/diffusion_pytorch_model.safetensors": "0" * 64}
    source = HubSource(repository=REPOSITORY, revision="main", sha256=sums)

    with pytest.raises(SumMismatchError):
        await pull(replace(MODEL, source=source), models, lambda _: None)


async def test_an_adapter_comes_along_under_its_own_name(hub: Shelf, models: Path) -> None:
    folder = await pull(ADAPTED, models, lambda _: None)

    assert (folder / ADAPTER.place).read_bytes() == b"a small change"
    assert paths_in(folder) == {*NEEDED, "adapters/quick.safetensors"}
    pin = pin_of(ADAPTED, models, ADAPTER)
    assert pin is not None
    assert (pin.repository, pin.commit) == (ADAPTERS, COMMIT)


async def test_another_adapter_or_none_is_another_model(hub: Shelf, models: Path) -> None:
    await pull(ADAPTED, models, lambda _: None)

    def with_adapter(**changes: object) -> Model:
        adapter = replace(ADAPTER, **changes)  # type: ignore[arg-type]  # As the caller says.
        return replace(MODEL, picture=replace(DRAWN, adapters=(adapter,)))

    assert is_present(with_adapter(weight=0.5), models)
    assert is_present(with_adapter(source=HubSource(repository=ADAPTERS, revision=COMMIT)), models)
    assert not is_present(MODEL, models)
    assert not is_present(with_adapter(name="slow"), models)
    assert not is_present(with_adapter(file="loras/other.safetensors"), models)
    assert not is_present(with_adapter(source=HubSource(repository=ADAPTERS, revision=LATER_COMMIT)), models)


async def test_an_adapter_whose_branch_moved_on_is_still_the_one_first_seen(hub: Shelf, models: Path) -> None:
    folder = await pull(ADAPTED, models, lambda _: None)
    (folder / "model.json").unlink()
    hub.commits["main"] = LATER_COMMIT

    await pull(ADAPTED, models, lambda _: None)

    assert json.loads((folder / "model.json").read_text())["adapters"]["quick"]["commit"] == COMMIT


async def test_an_adapter_that_is_not_there_is_named(hub: Shelf, models: Path) -> None:
    del hub.adapters["loras/quick.safetensors"]

    with pytest.raises(FilesMissingError, match=r"loras/quick\.safetensors"):
        await pull(ADAPTED, models, lambda _: None)


async def test_an_adapter_with_another_sum_than_the_hub_tells_is_refused(hub: Shelf, models: Path) -> None:
    hub.told_sums["loras/quick.safetensors"] = "0" * 64

    with pytest.raises(SumMismatchError):
        await pull(ADAPTED, models, lambda _: None)

    assert names_in(models) == []


async def test_the_sum_of_a_model_counts_its_adapters(hub: Shelf, models: Path) -> None:
    plain = json.loads((await pull(MODEL, models, lambda _: None) / "model.json").read_text())
    adapted = json.loads((await pull(ADAPTED, models, lambda _: None) / "model.json").read_text())

    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(NEEDED.items())]
    assert plain["source_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert adapted["source_sha256"] != plain["source_sha256"]


def test_who_agreed_to_a_model_agreed_to_its_adapters(models: Path) -> None:
    asking = replace(ADAPTED, acknowledgement="Be kind.")
    acknowledge(asking, models, at=NOON)

    other = replace(ADAPTER, source=HubSource(repository="someone/else", revision="main"))
    assert not needs_acknowledgement(asking, models)
    assert needs_acknowledgement(replace(asking, picture=replace(DRAWN, adapters=(other,))), models)


async def test_a_pipeline_in_a_folder_is_taken_as_it_is(provided: Path, models: Path) -> None:
    model = replace(MODEL, source=FolderSource(path=provided))

    assert await pull(model, models, lambda _: None) == provided
    assert is_present(model, models)


async def test_a_folder_with_code_for_a_component_is_refused(provided: Path, models: Path) -> None:
    (provided / "unet" / "diffusers.py").write_text("print('remote code')")
    model = replace(MODEL, source=FolderSource(path=provided))

    with pytest.raises(RemoteCodeError):
        await pull(model, models, lambda _: None)

    assert not is_present(model, models)


@pytest.mark.parametrize("missing", ["model_index.json", "vae/diffusion_pytorch_model.safetensors"])
async def test_a_folder_that_is_no_whole_pipeline_is_refused(provided: Path, models: Path, missing: str) -> None:
    (provided / missing).unlink()

    with pytest.raises(FilesMissingError):
        await pull(replace(MODEL, source=FolderSource(path=provided)), models, lambda _: None)
