"""Where the chance of a run begins, and that of each of its rows."""

import secrets
from collections.abc import Sequence

from inference.contract.mediums import MAX_SEED


def seed_of(seed: int | None) -> int:
    """The seed asked for, or one drawn from the system's chance, 0 to 2**32 - 1."""
    return secrets.randbelow(MAX_SEED + 1) if seed is None else seed


def seeds_from(seed: int, count: int) -> Sequence[int]:
    """One for each row: the seed and those that follow it, beginning anew after the last there is."""
    return [(seed + number) % (MAX_SEED + 1) for number in range(count)]
