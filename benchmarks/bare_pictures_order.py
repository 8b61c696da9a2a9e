"""What the bare diffusers loop is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    prompts: Sequence[str]
    count: int  # Pictures of each.


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    drawing_seconds: float
    finishing_seconds: float  # Making all of them larger, looking at them, and packing them as PNG.
