"""How a picture model is brought into memory."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from inference.catalog.model import Adapter, PictureDefaults
from inference.catalog.sources import FolderSource, HubSource
from inference.contract.errors import ModelMissingError
from inference.contract.events import Succeeded
from inference.contract.mediums import Basis
from inference.engines.engine import ModelBrokenError
from inference.engines.pictures.fitting import Fit, dtype_of, fit_of
from inference.engines.pictures.painter import Painter
from tests.inference.engines.pictures.conftest import Studio, difference, drawn, ends_of, engine_of
from tests.inference.engines.pictures.tiny import TINY, tiny_model

PIPELINE = "StableDiffusionPipeline"


@pytest.fixture
def folder(studio: Studio, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    copied = tmp_path / "model"
    shutil.copytree(studio.folder(PIPELINE), copied)
    return copied


def load(folder: Path, **changes: Any) -> Painter:
    model = tiny_model(changes.pop("pipeline", PIPELINE), folder, **changes)
    return Painter.load(model, folder, device="cpu", dtype=torch.float32, fit=Fit.WHOLE)


def test_a_model_that_is_not_here_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        load(tmp_path)


def test_a_folder_of_another_pipeline_than_the_catalog_names_is_not_loaded(folder: Path) -> None:
    with pytest.raises(ModelBrokenError, match="StableDiffusionXLPipeline"):
        load(folder, pipeline="StableDiffusionXLPipeline")


def test_a_component_with_code_of_its_own_is_never_loaded(folder: Path) -> None:
    config = folder / "text_encoder" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"auto_map": {"AutoModel": "evil.Evil"}}))
    (folder / "text_encoder" / "evil.py").write_text("raise SystemExit")

    with pytest.raises(ModelBrokenError, match="code"):
        load(folder)


def test_pickles_alone_are_never_loaded(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("diffusion_pytorch_model.bin"))

    with pytest.raises(ModelBrokenError, match="pickle"):
        load(folder)


def test_every_call_has_a_pipeline_and_a_scheduler_of_its_own_over_the_same_weights(studio: Studio) -> None:
    painter = load(studio.folder(PIPELINE))

    one, other = painter.open(Basis.NOTHING), painter.open(Basis.REFERENCE)

    assert one.scheduler is not other.scheduler
    assert one.unet is other.unet
    assert type(other) is diffusers.StableDiffusionImg2ImgPipeline
    assert next(one.unet.parameters()).dtype is torch.float32


def test_the_catalog_s_scheduler_is_used(studio: Studio) -> None:
    painter = load(
        studio.folder(PIPELINE), scheduler="LCMScheduler", scheduler_options={"original_inference_steps": 25}
    )

    scheduler = painter.open(Basis.NOTHING).scheduler

    assert type(scheduler) is diffusers.LCMScheduler
    assert scheduler.config.original_inference_steps == 25


def test_an_adapter_changes_what_is_drawn_and_stands_in_the_recipe(folder: Path, studio: Studio) -> None:
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    torch.manual_seed(1)
    unet.add_adapter(LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_k", "to_v"]))
    diffusers.StableDiffusionPipeline.save_lora_weights(
        folder / "adapters", unet_lora_layers=get_peft_model_state_dict(unet), weight_name="ink.safetensors"
    )
    adapter = Adapter(
        name="ink", source=HubSource(repository="somebody/ink", revision="0" * 40), file="ink.safetensors"
    )
    plain, faint, full = (
        engine_of(tiny_model(PIPELINE, folder, adapters=adapters))
        for adapters in ((), (replace(adapter, weight=0.0),), (adapter,))
    )

    unchanged, none, changed = (drawn(engine, studio.ask())[0][0] for engine in (plain, faint, full))

    assert difference(unchanged, none) <= 1
    assert difference(unchanged, changed) > 8
    (end,) = ends_of(full, studio.ask())
    assert isinstance(end, Succeeded)
    assert end.making.provenance.settings["adapters"] == "ink:1"


def test_a_tight_budget_tiles_and_the_pictures_stay_whole(studio: Studio) -> None:
    model = replace(studio.model(), memory_gib=0.9, source=FolderSource(path=studio.folder(PIPELINE)))
    engine = engine_of(model)

    (pictures,) = drawn(engine, studio.ask(count=2))

    assert len(pictures) == 2
    with engine.held(TINY) as painter:
        assert painter.fit is Fit.TILED
        assert painter.pipeline.vae.use_tiling


def test_a_model_that_is_taken_off_its_device_in_parts_draws_one_call_after_the_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = drawn(studio.engine(), studio.ask(count=2), studio.ask(steps=4))
    monkeypatch.setattr(
        "inference.engines.pictures.engine.fit_of", lambda *_: Fit.OFFLOADED
    )  # As no processor needs it.
    engine = studio.engine()

    found = drawn(engine, studio.ask(count=2), studio.ask(steps=4))

    pairs = [pair for one, other in zip(wanted, found, strict=True) for pair in zip(one, other, strict=True)]
    assert all(difference(*pair) <= 1 for pair in pairs)


@pytest.mark.parametrize(
    ("memory_gib", "device", "fit"),
    [
        (3.0, "cuda", Fit.WHOLE),
        (7.0, "cuda", Fit.TILED),
        (12.0, "cuda", Fit.OFFLOADED),
        (12.0, "cpu", Fit.TILED),
    ],
)
def test_what_does_not_fit_as_a_whole_is_parted(memory_gib: float, device: str, fit: Fit) -> None:
    assert fit_of(memory_gib, 8.0, device) is fit


def test_a_processor_computes_in_full_precision_unless_the_host_says_otherwise(studio: Studio) -> None:
    plain = studio.model().picture
    assert isinstance(plain, PictureDefaults)

    assert dtype_of("auto", plain, "cpu") is torch.float32
    assert dtype_of("auto", replace(plain, dtype="float16"), "cpu") is torch.float32
    assert dtype_of("bfloat16", plain, "cpu") is torch.bfloat16
    assert dtype_of("auto", replace(plain, dtype="float16"), "mps") is torch.float16
