"""A file that stands in a data folder while a restore changes it: nobody else may work with half of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from storage.backup import disk
from storage.backup.errors import RestoreUnfinishedError

_BEGUN: Final = "restore-begun"


@contextmanager
def begun(data: Path) -> Iterator[None]:
    """Whoever is cut off in the block leaves the mark. Raises `OSError`."""
    disk.write(data / _BEGUN, b"")
    disk.sync(data)
    yield
    (data / _BEGUN).unlink()
    disk.sync(data)


def require_whole(data: Path) -> None:
    """Raises `RestoreUnfinishedError`."""
    if (data / _BEGUN).exists():
        raise RestoreUnfinishedError(data)
