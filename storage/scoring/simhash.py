"""A fingerprint of a text, of which little changes when little of the text does."""

from hashlib import blake2b
from itertools import pairwise
from typing import Final

from storage.words import units_of

_BYTES: Final = 8
_LANE: Final = 32  # Bits: how often a bit was set is counted for eight of them in one number.
_LANES: Final = tuple(sum(1 << _LANE * bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def simhash(text: str) -> str | None:
    """64 bits as 16 hexadecimal digits; None: there is no word in it.

    Charikar's hash ("Similarity estimation techniques from rounding algorithms", STOC 2002) of the different words and
    of each two that follow each other, where a script sets no spaces of its characters: each bit is as in most of their
    own hashes. Case, width and punctuation make no difference.
    """
    units = units_of(text)
    if not units:
        return None
    features = {*units, *map(" ".join, pairwise(units))}
    counts = [0] * _BYTES
    for feature in features:
        for place, byte in enumerate(blake2b(feature.encode("utf-8", "replace"), digest_size=_BYTES).digest()):
            counts[place] += _LANES[byte]
    most = len(features) / 2
    return bytes(
        sum(1 << bit for bit in range(8) if (count >> _LANE * bit) & (2**_LANE - 1) > most) for count in counts
    ).hex()
