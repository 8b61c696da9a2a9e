"""The machine and the versions that figures were taken with; without them figures say nothing."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from benchmarks.table import Table

_LIBRARIES: Final = ("torch", "transformers", "discord.py", "aiohttp", "SQLAlchemy", "aiosqlite")
_CPU: Final = Path("/proc/cpuinfo")
# Whether the processor multiplies in bfloat16 by itself, which decides how a batch of rows pays on it.
_BFLOAT16: Final = ("avx512_bf16", "amx_bf16", "bf16")


def machine() -> Table:
    """As it is now, with its load."""
    return Table(
        title="The machine",
        ran="As it was when the measurements began.",
        columns=("", ""),
        rows=_facts(),
    )


def _facts() -> Sequence[Sequence[str]]:
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    return (
        ("Processor", f"{_cpu_model()}, {os.cpu_count()} cores, {_bfloat16()}"),
        ("Memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("System", f"{_system()}, Linux {platform.release()}" if platform.system() == "Linux" else _system()),
        ("Python", platform.python_version()),
        *((library, version(library)) for library in _LIBRARIES),
        ("Load before (1, 5, 15 minutes)", loads),
    )


def _cpu_model() -> str:
    return _cpu_field("model name") or platform.processor() or platform.machine()


def _bfloat16() -> str:
    flags = _cpu_field("flags") or _cpu_field("Features")
    if not flags:
        return "bfloat16 unknown"
    return "with bfloat16" if set(_BFLOAT16) & set(flags.split()) else "without bfloat16"


def _cpu_field(name: str) -> str:
    """The first core's, as the kernel has it; empty on other systems."""
    try:
        lines = _CPU.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"
