import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from inference.training.pictures.assembling import Record, pipeline, record_of
from inference.training.pictures.sampling import Sampling, sampled
from inference.training.pictures.wording import Wording
from inference.training.pictures.workshop import Workshop

QUICK = Sampling(steps=3, guidance=3.0)


def test_what_is_assembled_is_in_half_precision_and_says_what_it_is(tiny_weights: Path) -> None:
    index = json.loads((tiny_weights / "model_index.json").read_text())
    assert index["_class_name"] == "StableDiffusionPipeline"
    scheduler = json.loads((tiny_weights / "scheduler" / "scheduler_config.json").read_text())
    assert scheduler["prediction_type"] == "v_prediction"
    for part in ("unet", "vae"):
        weights = load_file(tiny_weights / part / "diffusion_pytorch_model.safetensors")
        assert {tensor.dtype for tensor in weights.values()} == {torch.float16}


def test_a_picture_depends_on_its_prompt_and_seed_alone(tiny_weights: Path) -> None:
    made = pipeline(tiny_weights, Wording.of(tiny_weights))
    both = sampled(made, ["dog", "cat"], [1, 2], QUICK)
    assert both.shape == (2, 64, 64, 3)
    (alone,) = sampled(made, ["cat"], [2], QUICK)
    assert np.abs(both[1].astype(int) - alone).max() <= 1
    (other,) = sampled(made, ["cat"], [3], QUICK)
    assert np.abs(other.astype(int) - alone).max() > 1


def test_the_pipeline_reads_prompts_as_training_did(tiny_weights: Path) -> None:
    wording = Wording.of(tiny_weights)
    made = pipeline(tiny_weights, wording)
    read, _ = made.encode_prompt("a dog", "cpu", 1, False)
    assert read[0].tolist() == [pytest.approx(row, abs=2e-3) for row in wording.states(["a dog"])[0].tolist()]


def test_assembling_writes_what_training_reached(workshop: Workshop, tmp_path: Path) -> None:
    reached = workshop.denoiser()
    reached.pictures = 4711
    with torch.no_grad():
        reached.average.conv_out.bias.fill_(0.5)
    reached.save(workshop.denoiser_checkpoint)
    written = Workshop(
        folder=workshop.folder, committed=workshop.committed, models=tmp_path, text_encoder=workshop.text_encoder
    )
    target = tmp_path / "committed"
    written.assemble(target)
    assert record_of(target) == Record(denoiser_pictures=4711)
    assert str(tmp_path.parent) not in (target / "unet" / "config.json").read_text()
    made = pipeline(target, workshop.wording)
    assert made.unet.conv_out.bias.tolist() == [0.5] * 4
