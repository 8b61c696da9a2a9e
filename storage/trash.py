"""Where files of the media folder lie before they go for good: `trash/<day>/<name>`, under the day of their arrival."""

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Final

from storage.faults import translated

TRASH: Final = "trash"


class Trash:
    """On the media's disk, so that a file comes and goes by being renamed.

    Every call but `erase` raises `StorageUnavailableError` or `DiskFullError` where the disk refuses.
    """

    def __init__(self, media_folder: Path) -> None:
        self.folder = media_folder / TRASH

    async def files(self) -> Sequence[Path]:
        with translated():
            return await asyncio.to_thread(_files, self.folder)

    async def take(self, paths: Iterable[Path], *, at: datetime) -> None:
        """Move files in."""
        with translated():
            await asyncio.to_thread(_move, [(path, self._day(at) / path.name) for path in paths])

    async def give_back(self, moves: Iterable[tuple[Path, Path]]) -> int:
        """Move files out, each to its place, unless an equal one lies there. Returns how many."""
        with translated():
            return await asyncio.to_thread(_move, [(path, place) for path, place in moves if not place.exists()])

    async def empty(self, *, before: datetime) -> int:
        """Remove for good what came before then. Returns how many files."""
        with translated():
            return await asyncio.to_thread(_empty, self.folder, before.date())

    async def erase(self, names: Iterable[str]) -> None:
        """Remove files of these names, whenever they came; a disk that does not let go of one is left with it."""
        await asyncio.to_thread(_erase, self.folder, set(names))

    def _day(self, at: datetime) -> Path:
        return self.folder / at.date().isoformat()


def _days(folder: Path) -> list[tuple[date, Path]]:
    """What is not called after a day is not ours."""
    days: list[tuple[date, Path]] = []
    for path in sorted(folder.glob("????-??-??")):
        with suppress(ValueError):
            days.append((date.fromisoformat(path.name), path))
    return days


def _files(folder: Path) -> list[Path]:
    return [path for _, day in _days(folder) for path in day.iterdir()]


def _move(moves: Iterable[tuple[Path, Path]]) -> int:
    moved = 0
    for path, place in moves:
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # Whoever removed it was faster.
            path.replace(place)
            moved += 1
    return moved


def _empty(folder: Path, before: date) -> int:
    gone = 0
    for day, path in _days(folder):
        if day < before:
            gone += sum(1 for _ in path.iterdir())
            shutil.rmtree(path)
    return gone


def _erase(folder: Path, names: set[str]) -> None:
    if not names:
        return
    for _, day in _days(folder):
        for name in names:
            with suppress(OSError):
                (day / name).unlink(missing_ok=True)
