"""What a pipeline of diffusers is called with: the same wishes under the names that each class has for them."""

import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import torch
from PIL import Image

from inference.catalog.model import PictureDefaults
from inference.engines.pictures.plan import Plan
from inference.engines.pictures.sheet import Row

_TRUE_GUIDANCE: Final = "true_cfg_scale"  # Counts only where there is something to avoid, be it a blank.


def arguments_of(pipeline: type, plan: Plan, rows: Sequence[Row], drawn: PictureDefaults) -> dict[str, Any]:
    """Row n of the call is `rows[n]`; rows of one sheet stand side by side."""
    takes = _parameters(pipeline)
    wishes: dict[str, Any] = {
        "prompt": [row.sheet.prompt for row in rows],
        "width": plan.width,
        "height": plan.height,
        "num_inference_steps": plan.steps,
        drawn.guidance_argument: plan.guidance,
        "negative_prompt": _avoided(plan, rows, drawn),
        # On the processor whatever the device: one seed, one chance, everywhere.
        "generator": [torch.Generator().manual_seed(row.seed) for row in rows],
        "output_type": "np",  # Whether all of it are numbers cannot be seen any more in a picture.
        "max_sequence_length": drawn.prompt_tokens,
        "use_resolution_binning": False,  # The plan keeps to what the model draws.
        "clean_caption": False,
    }
    if plan.strength is not None:
        wishes |= {"image": _pictures(plan, rows), "strength": plan.strength}
    else:
        wishes |= _shared(rows, wishes)
    return {name: wish for name, wish in wishes.items() if name in takes and wish is not None} | _own(takes, plan)


def _avoided(plan: Plan, rows: Sequence[Row], drawn: PictureDefaults) -> list[str] | None:
    if plan.guidance <= 1:
        return None
    if plan.has_avoid:
        return [row.sheet.avoid for row in rows]
    return [" "] * len(rows) if drawn.guidance_argument == _TRUE_GUIDANCE else None


def _pictures(plan: Plan, rows: Sequence[Row]) -> list[Image.Image | None]:
    sources = [row.sheet.source for row in rows]
    return sources[:1] if plan.reference else sources


def _shared(rows: Sequence[Row], wishes: dict[str, Any]) -> dict[str, Any]:
    """Rows of one sheet have one prompt, which need not be encoded for each of them."""
    sheets = list(dict.fromkeys(row.sheet for row in rows))
    count = len(rows) // len(sheets)
    if [row.sheet for row in rows] != [sheet for sheet in sheets for _ in range(count)]:
        return {}
    shared = {"prompt": wishes["prompt"][::count], "num_images_per_prompt": count}
    if wishes["negative_prompt"]:
        shared["negative_prompt"] = wishes["negative_prompt"][::count]
    return shared


def _own(takes: frozenset[str], plan: Plan) -> dict[str, Any]:
    """Sana-Sprint has a time for the one step between its two, and takes it ill where there are more or fewer."""
    if "intermediate_timesteps" in takes and plan.steps != 2:
        return {"intermediate_timesteps": None}
    return {}


@lru_cache(maxsize=64)
def _parameters(pipeline: type) -> frozenset[str]:
    call: Any = pipeline.__call__
    return frozenset(inspect.signature(call).parameters)
