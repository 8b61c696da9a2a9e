"""Where a model is made ready: a folder beside the finished ones, whose downloads outlive a pull that was cut off."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import aiohttp

from inference.catalog.errors import PullUnderWayError, RefusedError
from inference.catalog.transfer import Wanted, fetch, require_room
from inference.contract.identifiers import ModelName

_PREFIX: Final = ".pulling-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    bytes: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Converting:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    folder: Path


PullEvent = Downloading | Verifying | Converting | Ready
Listener = Callable[[PullEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """`files` has the downloads, `model` is what will be the model's folder."""

    parts: Path
    on_progress: Listener

    @classmethod
    @contextmanager
    def open(cls, name: ModelName, models: Path, on_progress: Listener) -> Iterator[Self]:
        """Raises `PullUnderWayError`. Gone in the end if the pull succeeded, or there is nothing to come back to."""
        with _alone_in(models):
            place = cls(parts=models / f"{_PREFIX}{name}", on_progress=on_progress)
            place.files.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(place.model, ignore_errors=True)
            try:
                yield place
            except RefusedError:
                shutil.rmtree(place.parts)
                raise
            shutil.rmtree(place.parts)

    @property
    def files(self) -> Path:
        return self.parts / "files"

    @property
    def model(self) -> Path:
        return self.parts / "model"

    def sweep(self, wanted: Sequence[Wanted]) -> None:
        """Of what earlier tries have fetched, keep what this one wants."""
        kept = {path for file in wanted for path in (file.path, file.partial)}
        for path in self.files.iterdir():
            if path not in kept:
                path.unlink()

    async def fetch(self, session: aiohttp.ClientSession, files: Sequence[Wanted], *, of: Sequence[Wanted]) -> None:
        """Fetch `files`, telling how much is here `of` all."""
        total = sum(file.size_bytes for file in of)

        def tell() -> None:
            self.on_progress(Downloading(bytes=min(total, sum(file.bytes_here for file in of)), total=total))

        require_room(of, self.parts)
        tell()
        for file in files:
            await fetch(session, file, tell)
        tell()


def bytes_begun(name: ModelName, models: Path) -> int:
    """What a pull that was cut off has left of a model."""
    return sum(path.stat().st_size for path in (models / f"{_PREFIX}{name}" / "files").glob("*"))


@contextmanager
def _alone_in(models: Path) -> Iterator[None]:
    """One pull at a time: the lock is on the folder itself, and ends with the process."""
    models.mkdir(parents=True, exist_ok=True)
    folder = os.open(models, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullUnderWayError(models) from None
        yield
    finally:
        os.close(folder)
