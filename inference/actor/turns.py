"""Whose step comes next: start-time fair queueing between the batches that hold the device in turn."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def next_turn(served: Mapping[K, float]) -> K:
    """The one that was served least virtual time; the oldest of equals. `served` must not be empty."""
    return min(served, key=lambda key: served[key])


def entry_time(served: Mapping[K, float]) -> float:
    """The virtual time at which a newcomer enters: the least of those present, so that absence earns no credit."""
    return min(served.values(), default=0.0)


def charge(seconds: float, rows: int) -> float:
    """Virtual time for one step: the device's time by row, so that a batch is served in proportion to its runs."""
    return seconds / max(rows, 1)
