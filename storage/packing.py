"""Zip archives of a bounded size, one filled after the other."""

import tempfile
import zipfile
import zlib
from io import BufferedRandom
from pathlib import Path
from typing import Final

# What an archive says of each file besides its bytes and its name, which stands there twice; and what it ends with.
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_ENTRY_BYTES: Final = 200
_END_BYTES: Final = 200


class Packer:
    """Its files have no name on the disk: they are gone when closed, or when the process dies.

    Each call is as slow as the disk: for a thread. Raises `OSError`.
    """

    def __init__(self, folder: Path, limit_bytes: int | None) -> None:
        self.left_out: list[str] = []  # What is too large for any archive.
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._begin()

    def is_full_for(self, name: str, content: bytes | Path) -> bool:
        """Whether this goes into the next archive; not what would not fit there either."""
        return not self._fits(name, content, self._filled_bytes) and self._fits(name, content, _END_BYTES)

    def add(self, name: str, content: bytes | Path) -> None:
        if not self._fits(name, content, self._filled_bytes):
            self.left_out.append(name)
            return
        if isinstance(content, Path):
            try:
                self._zip.write(content, name)
            except FileNotFoundError:
                return  # The work was deleted meanwhile.
        else:
            self._zip.writestr(name, content)
        self._filled_bytes += self._zip.getinfo(name).compress_size + _overhead_bytes(name)

    def finish(self) -> BufferedRandom:
        """The archive, at its beginning, and now the caller's to close; another one is begun."""
        self._zip.close()
        finished = self._file
        finished.seek(0)
        self._begin()
        return finished

    def close(self) -> None:
        """Throw away what was begun."""
        self._zip.close()
        self._file.close()

    def _begin(self) -> None:
        self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 -- whoever takes the archive closes it.
        # Not strict: a file that a backup brought back with the time 0 is older than what a zip archive can say.
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)
        self._filled_bytes = _END_BYTES

    def _fits(self, name: str, content: bytes | Path, filled_bytes: int) -> bool:
        if self._limit_bytes is None:
            return True
        return filled_bytes + _overhead_bytes(name) + _packed_bytes(content) <= self._limit_bytes


def _overhead_bytes(name: str) -> int:
    return _ENTRY_BYTES + 2 * len(name.encode())


def _packed_bytes(content: bytes | Path) -> int:
    """At most, once it is packed; of a file, what it is if it does not pack at all."""
    if isinstance(content, bytes):
        return len(zlib.compress(content)) + 64
    size = content.stat().st_size if content.exists() else 0
    return size + size // 1000 + 64
