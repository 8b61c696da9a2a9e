"""How a model is brought into a device's memory: in which dtype, and whether as a whole."""

from enum import StrEnum
from typing import Final

import torch

from inference.catalog.model import PictureDefaults

_DTYPES: Final = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
_SLICED_FROM_PIXELS: Final = 512 * 512  # From here on one picture keeps a decoder busy.
_TIGHT: Final = 0.75  # Of the budget. What a model takes beyond this leaves too little for a decoder at work.


class Fit(StrEnum):
    """Acts on the modules of a model, and so on every call that shares them."""

    WHOLE = "whole"
    TILED = "tiled"  # The autoencoder works on tiles of a picture, whose seams are blended.
    OFFLOADED = "offloaded"  # Besides, only the part at work is on the device: one call at a time.


def dtype_of(wish: str, drawn: PictureDefaults, device: str) -> torch.dtype:
    """What the host wants, else what the model bears, else what the device likes, as far as the device can do it."""
    named = wish if wish != "auto" else drawn.dtype
    dtype = _DTYPES[named] if named else _liked_by(device)
    if wish != "auto" or _can(device, dtype):
        return dtype
    return torch.float32


def fit_of(memory_gib: float, budget_gib: float, device: str) -> Fit:
    """`budget_gib` is what models may take of the device."""
    if memory_gib <= _TIGHT * budget_gib:
        return Fit.WHOLE
    if memory_gib <= budget_gib or device == "cpu":
        return Fit.TILED
    return Fit.OFFLOADED


def is_sliced(drawn: PictureDefaults) -> bool:
    """Whether the autoencoder takes the pictures of a call one by one."""
    return drawn.canvas.width * drawn.canvas.height >= _SLICED_FROM_PIXELS


def _liked_by(device: str) -> torch.dtype:
    match device:
        case "cpu":
            return torch.float32
        case "cuda" if not torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.float16
        case "mps":
            return torch.float16
        case _:
            return torch.bfloat16


def _can(device: str, dtype: torch.dtype) -> bool:
    """In hardware: what a processor imitates takes many times as long as float32."""
    if device != "cpu" or dtype is torch.float32:
        return True
    return dtype is torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001, torch has no public name.
