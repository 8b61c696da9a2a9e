"""Puts what was trained together as a folder that diffusers loads, in half precision and without its text encoder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import diffusers
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

from inference.training.pictures.denoiser import STEPS_OF_NOISE
from inference.training.pictures.wording import Wording

RECORD: Final = "training.json"
_FOR_ALL: Final = 0o644
_INDEX: Final = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": diffusers.__version__,
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "BertModel"],
    "tokenizer": ["transformers", "BertTokenizerFast"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How much the committed weights have learned from, since the very beginning."""

    denoiser_pictures: int = 0
    decoder_pictures: int = 0


def scheduler() -> DDIMScheduler:
    """Begins from pure noise, as the denoiser learned to; of latents nothing is clipped."""
    return DDIMScheduler(
        num_train_timesteps=STEPS_OF_NOISE,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        clip_sample=False,
        timestep_spacing="trailing",
        steps_offset=1,  # Of no effect with this spacing; the pipeline warns of any other.
    )


def assemble(folder: Path, *, unet: UNet2DConditionModel, vae: AutoencoderKL, record: Record) -> None:
    """Write the model's folder. The two models are cast to half precision in place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in (("unet", unet), ("vae", vae)):
        part.half().save_pretrained(folder / name)
        _forget_place(folder / name / "config.json")
        for weights in (folder / name).glob("*.safetensors"):
            weights.chmod(_FOR_ALL)  # They are written as a temporary file, for their owner alone.
    scheduler().save_pretrained(folder / "scheduler")
    _write(folder / "model_index.json", _INDEX)
    _write(folder / RECORD, asdict(record))


def record_of(folder: Path) -> Record:
    """Of a folder that `assemble` wrote."""
    path = folder / RECORD
    return Record(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Record()


def pipeline(folder: Path, wording: Wording) -> StableDiffusionPipeline:
    """The assembled model in float32, with its text encoder."""
    made = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(folder / "vae").float().eval(),
        text_encoder=wording.encoder,
        tokenizer=wording.tokenizer,
        unet=UNet2DConditionModel.from_pretrained(folder / "unet").float().eval(),
        scheduler=DDIMScheduler.from_pretrained(folder / "scheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.set_progress_bar_config(disable=True)
    return made


def _forget_place(path: Path) -> None:
    """Takes out where the weights were read from on this machine."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings.pop("_name_or_path", None)
    _write(path, settings)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
