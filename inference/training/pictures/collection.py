"""All drawings in memory, cached in one file, with how often each is to be learned from."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor

from inference.training.pictures.captions import Style, Thing
from inference.training.pictures.drawings import Pixels, drawings

_OBJECTS: Final = frozenset({3, 4, 5, 6, 7})  # Nature, food, places, activities, objects.
_SHARE_BY_GROUP: Final = {1: 0.1, 8: 0.15}  # People in every trade, and signs.


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    pixels: Pixels  # (n, 64, 64, 3)
    things: tuple[Thing, ...]
    styles: tuple[Style, ...]

    @classmethod
    def of(cls, tarballs: Path, cache: Path) -> Self:
        """From the cache, which is made if it is missing (half a minute)."""
        if not cache.exists():
            found = list(drawings(tarballs))
            words = [asdict(drawing.thing) | {"style": drawing.style} for drawing in found]
            pixels = np.stack([drawing.pixels for drawing in found])
            part = cache.with_name(f"{cache.name}.partial")
            with part.open("wb") as file:
                np.savez(file, pixels=pixels, words=np.array(json.dumps(words)))
            part.replace(cache)
        with np.load(cache) as held:
            words = json.loads(str(held["words"]))
            return cls(
                pixels=held["pixels"],
                things=tuple(Thing(label=w["label"], tags=tuple(w["tags"]), group=w["group"]) for w in words),
                styles=tuple(Style(w["style"]) for w in words),
            )

    def as_input(self, rows: Sequence[int]) -> Tensor:
        """Shape (len(rows), 3, 64, 64), from -1 to 1."""
        return as_input(self.pixels[list(rows)])


def as_input(pixels: Pixels) -> Tensor:
    """From (n, 64, 64, 3) to shape (n, 3, 64, 64), from -1 to 1."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def nouns(collection: Collection, vocabulary: Mapping[str, int]) -> list[str]:
    """What people ask for most: objects of one word that every style has, the commonest first.

    BERT's vocabulary is ordered by how common a word is, so a word's place in it stands for that.
    """
    styles_of = defaultdict[str, set[Style]](set)
    for thing, style in zip(collection.things, collection.styles, strict=True):
        if thing.group in _OBJECTS and thing.label in vocabulary:
            styles_of[thing.label].add(style)
    return sorted((label for label in styles_of if len(styles_of[label]) == len(Style)), key=vocabulary.__getitem__)


def weights(collection: Collection, common: Sequence[str]) -> list[float]:
    """How often each drawing is learned from: a common noun up to some ten times as often as a rare thing."""
    rank_of = {label: rank for rank, label in enumerate(common)}
    return [_weight(thing, rank_of.get(thing.label)) for thing in collection.things]


def _weight(thing: Thing, rank: int | None) -> float:
    if rank is not None:
        return 1.5 + 10 * math.exp(-rank / 100)
    return _SHARE_BY_GROUP.get(thing.group, 0.5) * (1.0 if len(thing.label.split()) <= 2 else 0.5)
