"""What a backup holds, in a file beside it whose own hash stands beside that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from storage.backup import disk
from storage.backup.errors import BackupDamagedError

FORM: Final = 1  # Of the manifest; one of a later form is refused.
_MANIFEST: Final = "manifest.json"
_HASH: Final = "manifest.sha256"  # In the form that `sha256sum --check` reads.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file: of the backup's own folder by its name, of the pool by where it stood in the data folder."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    taken_at: datetime
    why: str
    version: str  # Of Atelier.
    kind: str  # "sqlite" or "postgresql".
    revision: str | None
    database: str | None  # Its id; None of one that is older than the ids.
    counts: Mapping[str, int]  # Rows of each table.
    own: tuple[Kept, ...]  # In the backup's own folder.
    pooled: tuple[Kept, ...]
    gone: int  # Files whose rows were deleted while the backup was taken.
    lost: tuple[str, ...]  # Files that were missing or damaged before.

    def write(self, folder: Path) -> None:
        """Raises `OSError`."""
        facts = {"form": FORM} | asdict(self) | {"taken_at": self.taken_at.isoformat()}
        content = json.dumps(facts, indent=1, ensure_ascii=False).encode()
        disk.write(folder / _MANIFEST, content)
        disk.write(folder / _HASH, _hash_line(content))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises `BackupDamagedError`, `OSError`."""
        try:
            content, hash_line = (folder / _MANIFEST).read_bytes(), (folder / _HASH).read_bytes()
        except FileNotFoundError as error:
            raise BackupDamagedError(folder, [f"{Path(error.filename).name} is missing"]) from error
        if hash_line != _hash_line(content):
            raise BackupDamagedError(folder, ["the manifest is not what was written"])
        facts = json.loads(content)
        if facts.pop("form") != FORM:
            raise BackupDamagedError(folder, ["its manifest is of another version of Atelier"])
        facts["taken_at"] = datetime.fromisoformat(facts["taken_at"])
        facts |= {part: tuple(Kept(**each) for each in facts[part]) for part in ("own", "pooled")}
        return cls(**facts | {"lost": tuple(facts["lost"])})


def _hash_line(content: bytes) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()}  {_MANIFEST}\n".encode()
