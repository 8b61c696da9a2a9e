"""The recipe as one text in the form of AUTOMATIC1111's web UI, which galleries and other tools for pictures read."""

import json
import re
from collections.abc import Iterator
from typing import Final

from inference.provenance.recipe import Recipe

KEY: Final = "parameters"  # Of the text in the file.
_HASH_DIGITS: Final = 10
# What the web UI calls those schedulers of diffusers that it has as well.
_SAMPLERS: Final = {
    "DDIMScheduler": "DDIM",
    "DPMSolverMultistepScheduler": "DPM++ 2M",
    "DPMSolverSDEScheduler": "DPM++ SDE",
    "EulerAncestralDiscreteScheduler": "Euler a",
    "EulerDiscreteScheduler": "Euler",
    "HeunDiscreteScheduler": "Heun",
    "KDPM2DiscreteScheduler": "DPM2",
    "LCMScheduler": "LCM",
    "LMSDiscreteScheduler": "LMS",
    "PNDMScheduler": "PLMS",
    "UniPCMultistepScheduler": "UniPC",
}
_BREAKING: Final = frozenset('\n,:"')
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # Of Unicode's Cc, without tab and newline.


def parameters_of(recipe: Recipe, *, width: int, height: int) -> str:
    """The prompt as the model read it, a line of what was avoided, and a line of figures.

    Source: `create_infotext` and `quote` of https://github.com/AUTOMATIC1111/stable-diffusion-webui.
    """
    avoided = recipe.provenance.settings.get("avoid")
    lines = [_prompt(recipe)]
    if avoided:
        lines.append(f"Negative prompt: {avoided}")
    lines.append(", ".join(f"{name}: {_quoted(figure)}" for name, figure in _figures(recipe, width, height)))
    return _CONTROLS.sub("", "\n".join(lines))


def _prompt(recipe: Recipe) -> str:
    prompt = str(recipe.provenance.settings.get("translation", recipe.request.prompt))
    return recipe.request.style.framed(prompt) if recipe.request.style else prompt


def _figures(recipe: Recipe, width: int, height: int) -> Iterator[tuple[str, float | str]]:
    provenance = recipe.provenance
    used = provenance.settings
    for name, setting in (("Steps", "steps"), ("Sampler", "scheduler"), ("CFG scale", "guidance")):
        if setting in used:
            figure = used[setting]
            yield name, _SAMPLERS.get(str(figure), figure)
    yield "Seed", recipe.seed
    yield "Size", f"{width}x{height}"
    if provenance.model_sha256:
        yield "Model hash", provenance.model_sha256[:_HASH_DIGITS]
    yield "Model", provenance.model
    if "strength" in used:
        yield "Denoising strength", used["strength"]
    yield "Version", " ".join(filter(None, ("Atelier", provenance.versions.get("atelier"))))


def _quoted(figure: float | str) -> str:
    text = str(figure)
    return json.dumps(text, ensure_ascii=False) if _BREAKING & set(text) else text
