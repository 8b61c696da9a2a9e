"""A release of ten and of a hundred thousand works: its memory, and its time against a bare copy of the same."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.community.filling import fill
from benchmarks.processes import ROOT
from benchmarks.table import Table
from benchmarks.workplace import Workplace

SIZES: Final = (10_000, 100_000)
QUICK_SIZES: Final = (500, 2_000)
_WORKS_A_RATER: Final = 100
_AIM: Final = 2.0  # With the most works: the others are mostly the starts of processes.
_BETWEEN_LOOKS_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took."""

    seconds: float
    mebibytes: float  # Resident, at the peak, with the processes that it starts.


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of one community."""

    works: int
    size_bytes: int
    files: int
    made: Cost
    verified: Cost
    bare: Cost


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    measured = []
    for size in QUICK_SIZES if is_quick else SIZES:
        workplace.say(f"releases: a community of {size:,} works")
        with workplace.data_folder() as folder:
            await fill(folder, works=size, raters=max(20, size // _WORKS_A_RATER), seed=7)
            workplace.say("releases: made, verified, copied")
            measured.append(await asyncio.to_thread(_measured, folder, size))
    return table(measured)


def _measured(folder: Path, works: int) -> Measured:
    out, copy = folder / "out", folder / "copy"
    made = _run(folder, "bot", "release", "make", "--progress", "json", "--out", str(out))
    verified = _run(folder, "bot", "release", "verify", str(out))
    bare = _run(folder, "benchmarks.bare_release", str(out), str(copy))
    files = [path for path in out.rglob("*") if path.is_file()]
    shutil.rmtree(copy)
    return Measured(
        works=works,
        size_bytes=sum(path.stat().st_size for path in files),
        files=len(files),
        made=made,
        verified=verified,
        bare=bare,
    )


def _run(folder: Path, module: str, *arguments: str) -> Cost:
    """Raises `RuntimeError` where it did not come to a good end."""
    began = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _mebibytes(process.pid))
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    if process.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {process.returncode}")
    return Cost(seconds=time.perf_counter() - began, mebibytes=peak)


def _mebibytes(pid: int) -> float:
    """Of the process and those that it started; 0 for one that has just ended."""
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def _environment(folder: Path) -> Mapping[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ATELIER_", "DISCORD_"))}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "ATELIER_DATA_DIR": str(folder),
        "ATELIER_TEXT_MODEL": "fake",
        "ATELIER_IMAGE_MODEL": "fake-pictures",
    }


def table(measured: Sequence[Measured]) -> Table:
    def row(name: str, cost: str) -> tuple[str, ...]:
        costs: list[Cost] = [getattr(one, cost) for one in measured]
        return name, *(f"{one.seconds:.1f} s, {one.mebibytes:.0f} MiB" for one in costs)

    quotients = [one.made.seconds / one.bare.seconds for one in measured]
    growth = measured[-1].made.mebibytes / measured[0].made.mebibytes
    return Table(
        title="Releases",
        ran=(
            "`atelier release make` over a simulated community (`python -m benchmarks.community`; three works in four "
            "are accepted, little pictures and texts), then `verify`, each with the peak of resident memory of its "
            "processes. *Bare* reads the finished Parquet and writes it again with pyarrow, copies every other "
            "file, and brings each to the disk: no database, no scrubbing, no hashes, no recipes in pictures, no card."
        ),
        columns=("works in the community", *(f"{one.works:,}" for one in measured)),
        rows=[
            ("files, MiB", *(f"{one.files:,}, {one.size_bytes / 2**20:.0f}" for one in measured)),
            row("made", "made"),
            row("verified", "verified"),
            row("bare", "bare"),
            ("made ÷ bare", *(f"{quotient:.2f}" for quotient in quotients)),
        ],
        notes=(
            f"Aim: at most {_AIM:.0f} times bare; {'reached' if quotients[-1] <= _AIM else 'missed'}.",
            f"{measured[-1].works // measured[0].works} times the works take {growth:.2f} times the memory.",
        ),
    )
