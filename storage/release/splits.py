"""Train, validation and test that have nothing in common by which a model could know the one from the other."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from storage.release.values import Split
from storage.scoring.likeness import components
from storage.scoring.opinions import Marks, Numbers

SPLITS: Final = (Split.TRAIN, Split.VALIDATION, Split.TEST)  # In arrays, a split is its place here.
NONE: Final = -1
_SHARES: Final = np.array((0.8, 0.1, 0.1))
# A component that is larger leaves too little for the other two: then authors are what is dealt out.
LARGEST_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ties:
    """Works, numbered from 0, and what they have in common: equal numbers are equal authors, prompts, kinds, trees."""

    author: Numbers
    prompt: Numbers
    alike: Numbers  # Near duplicates have the same.
    lineage: Numbers  # Works that come from one another, however far, have the same.

    def __len__(self) -> int:
        return len(self.author)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dealt:
    """Into which split each work goes."""

    split: Numbers  # A place in `SPLITS`; `NONE`: it would tie two of them together.
    is_by_author: bool

    @property
    def crossing(self) -> Marks:
        found: Marks = self.split == NONE
        return found


def dealt(ties: Ties) -> Dealt:
    """About 80, 10 and 10 in a hundred. Equal ties are dealt out equally: there is no chance in it."""
    whole = _tied(len(ties), ties.author, ties.prompt, ties.alike, ties.lineage)
    if not len(ties) or np.bincount(whole).max() <= LARGEST_SHARE * len(ties) or len(np.unique(ties.author)) == 1:
        return Dealt(split=_dealt_out(whole), is_by_author=False)
    split = _dealt_out(_tied(len(ties), ties.author))
    bonds = _tied(len(ties), ties.prompt, ties.alike, ties.lineage)
    return Dealt(split=_without_crossing(split, bonds), is_by_author=True)


def _tied(works: int, *keys: Numbers) -> Numbers:
    """For each work the first of those that it is tied to by any of the keys, or by several steps."""
    edges = [np.empty((0, 2), dtype=np.int64)]
    for key in keys:
        _, first, kind = np.unique(key, return_index=True, return_inverse=True)
        edges.append(np.stack((np.arange(works), first[kind]), axis=1))
    return components(works, np.concatenate(edges))


def _dealt_out(component: Numbers) -> Numbers:
    """Components as a whole, the largest first, each to the split that lacks most."""
    works = len(component)
    first, kind, size = np.unique(component, return_inverse=True, return_counts=True)
    lack = _SHARES * works
    place = np.empty(len(first), dtype=np.int64)
    for one in np.lexsort((first, -size)):
        place[one] = int(np.argmax(lack))
        lack[place[one]] -= size[one]
    return place[kind] if works else np.empty(0, dtype=np.int64)


def _without_crossing(split: Numbers, bonds: Numbers) -> Numbers:
    """Of works that are tied to each other, only those of the split that has most of them stay; of equals the first."""
    first, kind = np.unique(bonds, return_inverse=True)
    counts = np.zeros((len(first), len(SPLITS)), dtype=np.int64)
    np.add.at(counts, (kind, split), 1)
    return np.where(counts.argmax(axis=1)[kind] == split, split, NONE)
