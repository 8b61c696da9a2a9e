"""Reads the rows of a release again, a few thousand at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from storage.release.values import Split

_ROWS: Final = 2_000


def rows_of(root: Path, part: str, split: Split, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """In the order in which they were written; None: all columns."""
    for path in sorted((root / "data" / part).glob(f"{split}-*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS, columns=list(columns) if columns else None):
                yield from batch.to_pylist()
