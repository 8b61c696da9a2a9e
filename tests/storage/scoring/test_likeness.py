"""Which fingerprints belong together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.scoring.likeness import Bits, Prints, firsts

fingerprints = st.integers(0, 2**64 - 1)


def prints_of(*bits: int) -> Prints:
    """Of one work each."""
    return Prints(work=np.arange(len(bits)), bits=np.array(bits, dtype=np.uint64))


def one_by_one(bits: Bits, bound: int) -> list[int]:
    """Each with each, and again until nothing changes."""
    first = list(range(len(bits)))
    for _ in bits:
        for one in range(len(bits)):
            for other in range(len(bits)):
                if int(bits[one] ^ bits[other]).bit_count() <= bound:
                    first[one] = first[other] = min(first[one], first[other])
    return first


@st.composite
def crowds(draw: st.DrawFn) -> Prints:
    """Fingerprints of which many are near to others."""
    bits: list[int] = draw(st.lists(fingerprints, min_size=1, max_size=6))
    for _ in range(draw(st.integers(0, 12))):
        changed = draw(st.lists(st.integers(0, 63), max_size=7, unique=True))
        bits.append(draw(st.sampled_from(bits)) ^ sum(1 << place for place in changed))
    return prints_of(*draw(st.permutations(bits)))


@settings(max_examples=150, deadline=None)
@given(crowds(), st.integers(1, 6))
def test_bands_find_what_comparing_each_with_each_does(prints: Prints, bound: int) -> None:
    assert firsts(len(prints.work), (prints, bound)).tolist() == one_by_one(prints.bits, bound)


def test_works_are_alike_when_any_of_their_pictures_are() -> None:
    prints = Prints(work=np.array([0, 0, 1, 2]), bits=np.array([1, 2**40, 2**63 + 7, 2**40 + 1], dtype=np.uint64))
    assert firsts(3, (prints, 2)).tolist() == [0, 1, 0]


def test_without_a_distance_only_equals_are_alike() -> None:
    assert firsts(3, (prints_of(5, 4, 5), 0)).tolist() == [0, 1, 0]


def test_kinds_tie_works_together_and_are_not_compared_with_each_other() -> None:
    pictures = Prints(work=np.array([0, 1]), bits=np.array([9, 9], dtype=np.uint64))
    texts = Prints(work=np.array([1, 2, 3]), bits=np.array([7, 7, 9], dtype=np.uint64))
    assert firsts(4, (pictures, 0), (texts, 0)).tolist() == [0, 0, 0, 3]


def test_works_without_files_are_like_nothing() -> None:
    assert firsts(3, (prints_of(), 4)).tolist() == [0, 1, 2]


def test_a_long_chain_is_one_kind() -> None:
    # Each is one bit from the next, and the last far from the first.
    bits = [0]
    for place in np.random.default_rng(1).permutation(60).tolist():
        bits.append(bits[-1] ^ 1 << place)
    assert set(firsts(len(bits), (prints_of(*bits), 1)).tolist()) == {0}


@pytest.mark.parametrize("bound", [4, 5])
def test_strangers_stay_apart_and_near_duplicates_are_found_among_many(bound: int) -> None:
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2**64, 50_000, dtype=np.uint64)
    bits[-100:] = bits[:100] ^ np.uint64(2**bound - 1 << 20)

    found = firsts(len(bits), (prints_of(*bits.tolist()), bound))

    assert found[-100:].tolist() == list(range(100))
    assert found[:-100].tolist() == list(range(len(bits) - 100))
