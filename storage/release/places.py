"""Where releases stand, also after the data folder was moved: one in the data folder is named by its place in there."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Places:
    folder: Path  # Of the releases of this data folder; absolute.

    def stored(self, release: Path) -> str:
        """How a row names the folder of a release."""
        return str(release.relative_to(self.folder) if release.is_relative_to(self.folder) else release)

    def named(self, stored: str) -> Path:
        """The folder that a row names; one outside the data folder is named by its absolute path."""
        return self.folder / stored

    def found(self, stored: str, manifest_sha256: str) -> Path:
        """Where the release stands: in this data folder, if it does so although the row names another place.

        Earlier rows name every folder by its absolute path, and the data folder may have been moved since.
        """
        named = self.named(stored)
        moved = self.folder / named.name
        return moved if named != moved and manifest_sha256_of(moved) == manifest_sha256 else named


def manifest_sha256_of(release: Path) -> str | None:
    """None: there is no such folder."""
    try:
        return hashlib.sha256((release / MANIFEST).read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
