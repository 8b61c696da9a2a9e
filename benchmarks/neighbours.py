"""How much of the machine other programs took while something was measured."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil


@dataclass(slots=True)
class Neighbours:
    """`cores` is known once the measurement has ended: 1.0 is one core all the time."""

    cores: float = 0.0


@contextmanager
def watched() -> Iterator[Neighbours]:
    """For a block that ends every process that it starts: only then does the system add their time to ours."""
    neighbours = Neighbours()
    began, busy, ours = time.monotonic(), _busy_seconds(), _our_seconds()
    try:
        yield neighbours
    finally:
        theirs = (_busy_seconds() - busy) - (_our_seconds() - ours)
        neighbours.cores = max(0.0, theirs / (time.monotonic() - began))


def _busy_seconds() -> float:
    """Of all cores, what a host takes from a virtual machine (steal) included."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # A guest's time is part of the user's.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)


def _our_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
