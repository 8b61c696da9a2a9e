"""What this machine brings along: its processor and its memory. What torch can tell stands in `engines.accelerator`."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CPU: Final = Path("/proc/cpuinfo")
_MEMORY: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/sys/fs/cgroup")  # Of version 2: where a container sees the limit that it was given.


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A device that models run on, and the memory that they share there."""

    name: str
    capability: str = ""  # Of CUDA, such as "8.6".
    total_bytes: int | None = None  # None: the system does not tell.
    free_bytes: int | None = None


def processor() -> Hardware:
    """The plain processor, with the machine's memory, or what a container has of it."""
    total, free = _memory()
    limit, used = _number(_GROUP / "memory.max"), _number(_GROUP / "memory.current")
    if limit is not None and (total is None or limit < total):
        left = limit - (used or 0)
        total, free = limit, left if free is None else min(free, left)
    return Hardware(name=_processor_name(), total_bytes=total, free_bytes=free)


def _memory() -> tuple[int | None, int | None]:
    try:
        kibibytes = dict(re.findall(r"^(\w+): +(\d+) kB$", _MEMORY.read_text(), flags=re.MULTILINE))
        return int(kibibytes["MemTotal"]) * 1024, int(kibibytes["MemAvailable"]) * 1024
    except (OSError, KeyError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None


def _processor_name() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", _CPU.read_text(), flags=re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _number(path: Path) -> int | None:
    """None also for "max", which is no limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
