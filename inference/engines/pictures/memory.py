"""Gives back what a device's allocator keeps for later."""

import gc

import torch


def free_cache(device: str) -> None:
    """After modules or the tensors of a call were dropped, which sit in reference cycles."""
    gc.collect()
    match device:
        case "cuda":
            torch.cuda.empty_cache()
        case "mps":
            torch.mps.empty_cache()
        case _:
            pass
