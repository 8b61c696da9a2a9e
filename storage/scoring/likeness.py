"""Which works are nearly the same: by 64-bit fingerprints that differ in few bits."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from storage.scoring.opinions import Numbers
from storage.scoring.verdict import Kind

Bits = NDArray[np.uint64]

BITS: Final = 64
# Measured on 120 pictures by the starter model, 6 of each of 20 prompts: scaled, as JPEG or with noise, none is farther
# than 2 bits from itself, darkened none than 4; of other prompts none is nearer than 12, of the same prompt by another
# seed one pair in 300 is at 4 and looks it.
NEAR_PICTURES: Final = 4
# Measured on 400 texts of 200 words: with one word replaced nine in ten are within 5 bits, with four half; texts that
# have nothing to do with each other are 30 apart, with a standard deviation of 4.
NEAR_TEXTS: Final = 5
# In a bucket that is larger, each is compared with so many of its neighbours by value: it holds what has hardly any
# bits of its own, such as blank pictures, and comparing all of them with all would take hours.
_MOST_COMPARED: Final = 64

_BOUNDS: Final = {Kind.FILE: 0, Kind.PICTURE: NEAR_PICTURES, Kind.TEXT: NEAR_TEXTS}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prints:
    """Fingerprints, and to which work each belongs; works are numbered from 0."""

    work: Numbers
    bits: Bits


def prints_of(works: Numbers, files: Numbers) -> list[tuple[Prints, int]]:
    """By kind, the fingerprints and how near they are alike; works numbered by their place in `works`, others left out.

    `files`: a row a file, of work, kind and fingerprint as a signed number.
    """
    files = files[np.isin(files[:, 0], works)]
    work, kind, bits = np.searchsorted(works, files[:, 0]), files[:, 1], np.ascontiguousarray(files[:, 2])
    return [
        (Prints(work=work[kind == one], bits=bits[kind == one].view(np.uint64)), bound)
        for one, bound in _BOUNDS.items()
    ]


def firsts(works: int, *some: tuple[Prints, int]) -> Numbers:
    """For each work the first of those that are alike, or itself.

    `some`: fingerprints of one kind, and in how many bits two of them differ at most. Works are alike when any of their
    files are, and when both are alike to a third.
    """
    edges = [_edges(prints, bound) for prints, bound in some]
    return components(works, np.concatenate([np.empty((0, 2), dtype=np.int64), *edges]))


def _edges(prints: Prints, bound: int) -> Numbers:
    """Pairs of works that tie all together that are alike."""
    unique, first, kind = np.unique(prints.bits, return_index=True, return_inverse=True)
    same = np.stack((prints.work, prints.work[first][kind]), axis=1)
    near = [prints.work[first][pairs] for pairs in near_pairs(unique, bound)] if bound else []
    return np.concatenate((same[same[:, 0] != same[:, 1]], *near))


def near_pairs(bits: Bits, bound: int) -> Iterator[Numbers]:
    """Places of two fingerprints that differ in at most `bound` bits; a pair may come several times.

    Of `bound` + 2 bands, at least two are the same in both (Manku, Jain, Das Sarma, "Detecting near-duplicates for web
    crawling", WWW 2007): what agrees in two bands is compared, for every choice of two.
    """
    edges = np.linspace(0, BITS, bound + 3).round().astype(int).tolist()
    bands = [np.uint64((1 << end) - (1 << start)) for start, end in pairwise(edges)]
    for one, other in combinations(bands, 2):
        key = bits & (one | other)
        order = np.lexsort((bits, key))
        yield from _near_in_buckets(bits[order], key[order], order, bound)


def _near_in_buckets(bits: Bits, key: Bits, order: Numbers, bound: int) -> Iterator[Numbers]:
    """Each with the next one of its bucket, the one after that, and so on."""
    begin = np.arange(len(bits))
    for lag in range(1, _MOST_COMPARED + 1):
        begin = begin[begin < len(bits) - lag]
        begin = begin[key[begin] == key[begin + lag]]
        if not len(begin):
            return
        is_near = np.bitwise_count(bits[begin] ^ bits[begin + lag]) <= bound
        yield np.stack((order[begin[is_near]], order[begin[is_near] + lag]), axis=1)


def components(count: int, edges: Numbers) -> Numbers:
    """The lowest number that each is tied to: a union-find over whole arrays, hooked to the lower, paths halved."""
    first = np.arange(count)
    one, other = edges[:, 0], edges[:, 1]
    while True:
        lower = np.minimum(first[one], first[other])
        before = first.copy()
        # The root of each takes the lower of the two.
        np.minimum.at(first, first[one], lower)
        np.minimum.at(first, first[other], lower)
        first = first[first]
        if np.array_equal(first, before):
            return first
