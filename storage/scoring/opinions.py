"""All opinions of a server at once, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinions:
    """Who thinks what of which work. Works and members are numbered from 0; one entry an opinion, by work, then rater.

    An author rates no work of their own.
    """

    work: Numbers
    rater: Numbers
    stars: Floats  # The mean over the axes.
    at: Numbers  # Milliseconds since any moment; the last of the axes.
    author: Numbers  # One entry a work: its member.
    members: int

    @property
    def works(self) -> int:
        return len(self.author)

    def __len__(self) -> int:
        return len(self.work)

    def by_work(self, each: Floats) -> Floats:
        """The sum of what belongs to each opinion, for every work."""
        return summed(self.work, each, self.works)

    def by_rater(self, each: Floats) -> Floats:
        return summed(self.rater, each, self.members)


def summed(of: Numbers, each: Floats, count: int) -> Floats:
    """The sum of what belongs to each number below `count`."""
    # Without a weight, a count would be of whole numbers.
    return np.bincount(of, weights=each, minlength=count).astype(np.float64, copy=False)
