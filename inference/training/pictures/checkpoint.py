"""What training goes on from after it ended, whatever ended it: written whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


def save(path: Path, state: dict[str, Any]) -> None:
    part = path.with_name(f"{path.name}.partial")
    torch.save(state, part)
    part.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """None where there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


class Saving:
    """Saves every so often, and at the end."""

    def __init__(self, *, every_seconds: float, clock: Callable[[], float]) -> None:
        self._every_seconds = every_seconds
        self._clock = clock
        self._saved = clock()

    def is_due(self) -> bool:
        if self._clock() - self._saved < self._every_seconds:
            return False
        self._saved = self._clock()
        return True
