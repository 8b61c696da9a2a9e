"""`python -m benchmarks.bare_release FROM TO`: what writing the same files takes at the least."""

import os
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq

_ROWS_A_GROUP = 1_000


def copy(source: Path, target: Path) -> None:
    """Parquet by pyarrow, all else byte by byte; each file is on the disk before the next."""
    for path in sorted(each for each in source.rglob("*") if each.is_file()):
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            _write_again(path, to)
        else:
            shutil.copyfile(path, to)
        with to.open("rb") as file:
            os.fsync(file.fileno())


def _write_again(path: Path, to: Path) -> None:
    with pq.ParquetFile(path) as file, pq.ParquetWriter(to, file.schema_arrow, compression="zstd") as writer:
        for batch in file.iter_batches(batch_size=_ROWS_A_GROUP):
            writer.write_batch(batch)


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
