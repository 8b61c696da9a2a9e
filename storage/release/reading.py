"""Reads the rows of a release again, a few thousand at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from inference.contract.identifiers import CreationId
from storage.domain import Axis, Flag, Via
from storage.release.values import ReleasedRating, Split

_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredWork:
    """What figures are made from."""

    author: str
    raters: int
    score: float
    low: float
    high: float


def rows_of(root: Path, part: str, split: Split, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """In the order in which they were written; None: all columns."""
    for path in sorted((root / "data" / part).glob(f"{split}-*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS, columns=list(columns) if columns else None):
                yield from batch.to_pylist()


def scored_works(root: Path) -> Iterator[ScoredWork]:
    for split in Split:
        for row in rows_of(root, "works", split, ("author", "raters", "score", "low", "high")):
            yield ScoredWork(**row)


def ratings(root: Path) -> Iterator[ReleasedRating]:
    """Those of one work stand together."""
    for split in Split:
        for row in rows_of(root, "ratings", split):
            yield ReleasedRating(
                work=CreationId(row["work"]),
                split=split,
                rater=row["rater"],
                axis=Axis(row["axis"]),
                stars=row["stars"],
                rated_at=row["rated_at"],
                via=Via(row["via"]) if row["via"] else None,
                repeat=row["repeat"],
                severity=row["severity"],
                severity_deviation=row["severity_deviation"],
                weight=row["weight"],
                flags=tuple(Flag(flag) for flag in row["flags"]),
                remark=row["remark"],
            )
