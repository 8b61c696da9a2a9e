"""Why a backup cannot be taken or brought back. Each is one line for the host."""

from collections.abc import Sequence
from pathlib import Path

from inference.contract.errors import AtelierError


class BackupError(AtelierError):
    """The root of them."""


class BackupUnderWayError(BackupError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"another command is at work in the backups of {folder}")
        self.folder = folder


class BackupForeignError(BackupError):
    """The folder holds backups of another database: two in one place would prune each other."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds the backups of another database: name a folder of its own")
        self.folder = folder


class BackupDamagedError(BackupError):
    """A backup is not what was written."""

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
        super().__init__(f"the backup {folder} is damaged: {faults[0]}{more}")
        self.folder = folder
        self.faults = faults


class BackupNotFoundError(BackupError):
    def __init__(self, folder: Path, name: str | None) -> None:
        super().__init__(f"{folder} holds no backup" + (f" {name}" if name else ""))
        self.folder = folder
        self.name = name


class NothingToBackUpError(BackupError):
    def __init__(self) -> None:
        super().__init__("there is no database yet, and so nothing to back up")


class DatabaseUnsoundError(BackupError):
    """The copy of the database is not whole, which means that the database is not."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"the copy of {name} is not sound, so no backup was made: {fault}")
        self.name = name
        self.fault = fault


class ToolMissingError(BackupError):
    """PostgreSQL's own programs do the work on its databases."""

    def __init__(self, tool: str) -> None:
        super().__init__(f"{tool} is not here: install PostgreSQL's client programs, of the server's version or later")
        self.tool = tool


class ToolFailedError(BackupError):
    def __init__(self, tool: str, said: str) -> None:
        super().__init__(f"{tool} failed: {said}")
        self.tool = tool


class KindMismatchError(BackupError):
    def __init__(self, *, backup: str, target: str) -> None:
        super().__init__(f"the backup is of {backup}, and ATELIER_DATABASE_URL names {target}")


class TargetTakenError(BackupError):
    """Something is there already, and the host has not said that it may be moved aside."""

    def __init__(self, folder: Path, example: str) -> None:
        super().__init__(f"{folder} is in use ({example}): say --over, and what is there is moved aside")
        self.folder = folder
        self.example = example


class KeyLostError(BackupError):
    """The list of erasures names members under a key that is neither in the backup nor in the data folder."""

    def __init__(self, erasures: int) -> None:
        super().__init__(
            f"{erasures} erasures stand in the list under another pseudonyms.key: put that file into the data folder"
        )
        self.erasures = erasures


class RestoreUnfinishedError(BackupError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"a restore into {folder} was cut off: run it again, with --over")
        self.folder = folder
