"""Who a member was, for those alone who know the member already: what stays of a block after an erasure."""

import asyncio
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from inference.contract.identifiers import MemberId
from storage.faults import translated

PSEUDONYMS: Final = "pseudonyms.key"  # In the data folder.
_KEY_BYTES: Final = 32


class Pseudonyms:
    """Keyed hashes of member ids. The key lies beside the database, not in it: with it, ids could be tried out.

    Each call raises `StorageUnavailableError` or `DiskFullError` where the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    async def of(self, member: MemberId) -> MemberId:
        """A negative number, so that it is never taken for a member. The key is drawn when it is first needed."""
        if self._key is None:
            with translated():
                self._key = await asyncio.to_thread(_drawn, self._path)
        return _pseudonym(self._key, member)

    async def derived_key(self, purpose: str) -> bytes:
        """A key of its own for a purpose, from which neither ours nor another's can be told: HKDF, RFC 5869."""
        if self._key is None:
            with translated():
                self._key = await asyncio.to_thread(_drawn, self._path)
        drawn = hmac.digest(bytes(_KEY_BYTES), self._key, hashlib.sha256)  # No salt: as many noughts.
        return hmac.digest(drawn, purpose.encode() + b"\x01", hashlib.sha256)

    async def known(self, member: MemberId) -> MemberId | None:
        """As `of`; None when nobody was ever given a pseudonym here."""
        if self._key is None:
            with translated():
                self._key = await asyncio.to_thread(_read, self._path)
        return None if self._key is None else _pseudonym(self._key, member)


def _pseudonym(key: bytes, member: MemberId) -> MemberId:
    digest = hmac.digest(key, str(member).encode(), hashlib.sha256)
    return MemberId(-1 - int.from_bytes(digest[:8]) // 2)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _drawn(path: Path) -> bytes:
    half = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # Another process was faster: its key stands.
            path.hardlink_to(half)
        half.unlink()
    return path.read_bytes()
