"""Which graphics card this machine has, found without torch, and why torch does not use it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.contract.environment import passed_on
from inference.contract.outage import Cause, Outage

_NVIDIA: Final = "0x10de"
_DISPLAYS: Final = ("0x0300", "0x0302")  # PCI classes: VGA and 3D controllers.
_ASKED: Final = ("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
_ANSWERED_WITHIN_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What the machine shows of NVIDIA's cards."""

    names: tuple[str, ...] = ()
    driver: str | None = None  # Its version; None: it is not loaded.
    may_open: bool = False  # Whether this process sees a device file of theirs.
    hidden_by: str = ""  # The variable that hides all of them from this process.


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchBuild:
    """What torch says of itself."""

    version: str
    cuda: str | None  # What it is built for, such as "12.8"; None: built without.
    sees_card: bool
    complaint: str = ""  # What it warned of while it looked.


def cards_of(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Cards:
    """By the driver's own files, else by its tool, else by the bus."""
    visible = environment.get("CUDA_VISIBLE_DEVICES", "0").strip()
    driver = _driver_of(root / "proc/driver/nvidia/version")
    names = _names_told(root / "proc/driver/nvidia/gpus")
    if not names and root == Path("/"):
        names, driver = _told_by_tool() or ((), driver)
    return Cards(
        names=names or _on_bus(root / "sys/bus/pci/devices"),
        driver=driver,
        may_open=any((root / "dev").glob("nvidia[0-9]*")) or (root / "dev/dxg").exists(),
        hidden_by="CUDA_VISIBLE_DEVICES" if visible in {"", "-1"} else "",
    )


def unused(found: Cards, torch: TorchBuild) -> Outage | None:
    """Why torch uses no card of NVIDIA's; None: it does."""
    if torch.sees_card:
        return None
    if torch.cuda is None:
        return Outage(cause=Cause.WRONG_BUILD, reason=f"torch {torch.version} is built without CUDA")
    if found.hidden_by:
        return Outage(cause=Cause.CARD_WITHHELD, reason=f"{found.hidden_by} hides every card")
    if "too old" in torch.complaint:
        driver = f"the driver {found.driver}" if found.driver else "the driver"
        reason = f"{driver} is too old for torch {torch.version}, which is built for CUDA {torch.cuda}"
        return Outage(cause=Cause.DRIVER_OLD, reason=reason)
    if not found.names:
        return Outage(cause=Cause.CARD_MISSING, reason="there is no graphics card that torch could use")
    if found.driver is None:
        return Outage(cause=Cause.DRIVER_MISSING, reason=f"the driver of the {found.names[0]} is not loaded")
    if not found.may_open:
        return Outage(cause=Cause.CARD_WITHHELD, reason="this process may not open it: there is no /dev/nvidia0 here")
    reason = f"the driver {found.driver} fails: {torch.complaint or 'torch does not say how'}"
    return Outage(cause=Cause.DRIVER_FAILS, reason=reason)


def passed_over(found: Cards, torch: TorchBuild) -> Outage | None:
    """The same where a card is present: what a host would like to know who asked for the best device."""
    return unused(found, torch) if found.names and not found.hidden_by else None


def _driver_of(version: Path) -> str | None:
    try:
        told = re.search(r"Kernel Module.*?\s(\d+\.[\d.]+)", version.read_text())
    except OSError:
        return None
    return told[1] if told else "of an unknown version"


def _names_told(folder: Path) -> tuple[str, ...]:
    names = []
    for told in sorted(folder.glob("*/information")):
        name = re.search(r"^Model:\s*(.+)$", told.read_text(), flags=re.MULTILINE)
        names.append(name[1].strip() if name else "NVIDIA card")
    return tuple(names)


def _told_by_tool() -> tuple[tuple[str, ...], str | None] | None:
    """As on WSL, where the driver's files are Windows' own."""
    if shutil.which(_ASKED[0]) is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- the words are ours.
            _ASKED, env=passed_on(), capture_output=True, text=True, check=True, timeout=_ANSWERED_WITHIN_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    rows = [line.rpartition(",") for line in done.stdout.splitlines() if "," in line]
    return tuple(name.strip() for name, _, _ in rows), rows[0][2].strip() if rows else None


def _on_bus(devices: Path) -> tuple[str, ...]:
    found = []
    for device in sorted(devices.glob("*")):
        try:
            vendor, kind = ((device / name).read_text().strip() for name in ("vendor", "class"))
        except OSError:
            continue
        if vendor == _NVIDIA and kind.startswith(_DISPLAYS):
            found.append("NVIDIA card")
    return tuple(found)
