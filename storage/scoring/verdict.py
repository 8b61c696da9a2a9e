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
from typing import Final, NamedTuple

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
    works: "array[int]"  # In order; the others have one entry for each.
    alike: "array[int]"  # The first of its near duplicates.
    figures: tuple["array[float]", ...]  # How it stands: `Figures`, by its fields.
    has_kin: bytes  # Whether there is another near duplicate.

    def of(self, work: int) -> "Outlook | None":
        """None: the work was made since."""
        place = bisect_left(self.works, work)
        if place == len(self.works) or self.works[place] != work:
            return None
        return Outlook(
            alike=self.alike[place],
            has_kin=bool(self.has_kin[place]),
            figures=Figures(*(column[place] for column in self.figures)),
        )


class Figures(NamedTuple):
    """How a work stands; the fields of an `Estimate`."""

    raters: float
    information: float
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a verdict says of one work."""

    alike: int
    has_kin: bool
    figures: Figures  # By the ratings that the verdict is of; to the last digit but for rare cases.


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
    figures = (column.tobytes() for column in verdict.figures)
    columns = (verdict.works.tobytes(), verdict.alike.tobytes(), *figures, verdict.has_kin)
    return b"".join((json.dumps(told).encode(), b"\n", *columns))


def unpacked(answer: bytes) -> Verdict:
    line, _, rest = answer.partition(b"\n")
    told = json.loads(line)
    size = told["works"] * NUMBER_BYTES
    columns = [rest[size * place : size * (place + 1)] for place in range(2 + len(Figures._fields))]
    return Verdict(
        scale=Scale(**told["scale"]),
        opinions=told["opinions"],
        raters=[Rater(**{**rater, "flags": tuple(map(Flag, rater["flags"]))}) for rater in told["raters"]],
        praises=[(rater, author) for rater, author in told["praises"]],
        works=array("q", columns[0]),
        alike=array("q", columns[1]),
        figures=tuple(array("d", column) for column in columns[2:]),
        has_kin=rest[size * len(columns) :],
    )
