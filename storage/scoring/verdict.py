"""What a server's ratings come to, and how it passes between the bot and the process that finds it out.

That process gets frames: a header, then rows of whole numbers; and answers with a line of JSON, then columns of them.
"""

import json
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Final

from storage.domain import Flag
from storage.scoring.posterior import Scale

HEADER: Final = struct.Struct("=BQ")  # Of a frame: what it is of, and how many bytes follow.
NUMBER_BYTES: Final = 8


class Frame(IntEnum):
    WORKS = 0  # Work, author. Of these and of opinions, all that are sent are in order.
    OPINIONS = 1  # Work, rater, sum of stars, number of axes, when, in milliseconds.
    FILES = 2  # Work, kind, fingerprint as a signed number.

    @property
    def width(self) -> int:
        """Numbers a row."""
        return (2, 5, 3)[self]


class Kind(IntEnum):
    """Of fingerprints; those of one kind are compared."""

    FILE = 0  # Of a file that has none: a part of its hash, which is like its equals alone.
    PICTURE = 1
    TEXT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """What is known of a member as a rater; stars."""

    member: int
    severity: float
    deviation: float
    weight: float
    ratings: int
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What the ratings of a server come to."""

    scale: Scale
    opinions: int
    raters: Sequence[Rater]
    praises: Sequence[tuple[int, int]]  # A rater and an author, who praise each other; both ways round.
    works: "array[int]"  # In order; the next two have one entry for each.
    alike: "array[int]"  # The first of its near duplicates.
    has_kin: bytes  # Whether there is another one.

    def kind_of(self, work: int) -> tuple[int, bool] | None:
        """What a work is alike to, and whether anything else is; None: it was made since."""
        place = bisect_left(self.works, work)
        if place == len(self.works) or self.works[place] != work:
            return None
        return self.alike[place], bool(self.has_kin[place])


def framed(frame: Frame, rows: Iterable[Iterable[int]]) -> bytes:
    numbers = array("q", (number for row in rows for number in row)).tobytes()
    return HEADER.pack(frame, len(numbers)) + numbers


def packed(verdict: Verdict) -> bytes:
    told = {
        "scale": asdict(verdict.scale),
        "opinions": verdict.opinions,
        "raters": [asdict(rater) for rater in verdict.raters],
        "praises": verdict.praises,
        "works": len(verdict.works),
    }
    return b"".join(
        (json.dumps(told).encode(), b"\n", verdict.works.tobytes(), verdict.alike.tobytes(), verdict.has_kin)
    )


def unpacked(answer: bytes) -> Verdict:
    line, _, columns = answer.partition(b"\n")
    told = json.loads(line)
    size = told["works"] * NUMBER_BYTES
    return Verdict(
        scale=Scale(**told["scale"]),
        opinions=told["opinions"],
        raters=[Rater(**{**rater, "flags": tuple(map(Flag, rater["flags"]))}) for rater in told["raters"]],
        praises=[(rater, author) for rater, author in told["praises"]],
        works=array("q", columns[:size]),
        alike=array("q", columns[size : 2 * size]),
        has_kin=columns[2 * size :],
    )
