"""What authors and raters are called in one release, so that nobody learns who they are, nor joins two releases."""

import base64
import hashlib
import hmac

from inference.contract.identifiers import MemberId, ServerId
from storage.pseudonyms import Pseudonyms

_BYTES = 10  # Of the hash: among a million members two are the same once in a million releases.


class Aliases:
    """Keyed hashes of member ids. A member has one as an author and as a rater, in this release."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[MemberId, str] = {}

    @classmethod
    async def of_release(cls, pseudonyms: Pseudonyms, server: ServerId, version: int) -> "Aliases":
        """Raises `StorageUnavailableError`, `DiskFullError`."""
        return cls(await pseudonyms.derived_key(f"atelier release {server} {version}"))

    def of(self, member: MemberId) -> str:
        """Sixteen letters and digits."""
        if member not in self._known:
            digest = hmac.digest(self._key, str(member).encode(), hashlib.sha256)
            self._known[member] = base64.b32encode(digest[:_BYTES]).decode().lower()
        return self._known[member]
