"""The sums that prove files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What proves a file: its sha256, or the name that git has for its content."""

    sha256: str | None = None
    git: str | None = None  # Of 40 digits; None with `sha256` None: nothing proves it.

    @property
    def digest(self) -> str:
        return self.sha256 or self.git or ""

    def mismatch(self, path: Path) -> str | None:
        """What the file has instead; None if it is the right one."""
        found = sha256_of(path) if self.sha256 else _git_name_of(path)
        return None if found == self.digest else found


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_over(sums: Mapping[str, str]) -> str:
    """One sum over many files: of the lines that sha256sum would write of them in the order of their names."""
    return hashlib.sha256("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()).hexdigest()


def _git_name_of(path: Path) -> str:
    """As `git hash-object` has it."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
