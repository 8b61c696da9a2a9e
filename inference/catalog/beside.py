"""The files that Atelier's own folders add to a model, as they are now."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from inference.catalog.sources import PartsSource
from inference.catalog.sums import sha256_of, sum_over

PACKAGE: Final = Path(__file__).resolve().parents[1]  # inference


def sum_beside(source: PartsSource) -> str:
    """One sum over the files of Atelier's own folder; it changes with them."""
    return sum_over(sums_beside(source))


def sums_beside(source: PartsSource) -> Mapping[str, str]:
    """Of each file of Atelier's own folder. Read again only when one has changed."""
    if not source.beside:
        return {}
    folder = PACKAGE / source.beside
    stamps = {str(path.relative_to(folder)): path.stat() for path in sorted(folder.rglob("*")) if path.is_file()}
    return _sums_at(folder, tuple((file, stamp.st_size, stamp.st_mtime_ns) for file, stamp in stamps.items()))


@lru_cache(maxsize=8)
def _sums_at(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> Mapping[str, str]:
    return {file: sha256_of(folder / file) for file, _, _ in stamps}
