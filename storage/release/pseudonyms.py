"""What authors and raters are called in one release, so that nobody learns who they are, nor joins two releases."""

import base64
import hashlib
import hmac

from inference.contract.identifiers import MemberId, ServerId
from storage.pseudonyms import Pseudonyms

_BYTES = 10  # Of the hash: among a million members two are the same once in a million releases.


class Aliases:
    """Keyed hashes of member ids, in this release alone.

    A member has three: as an author, as who reacts, and as who rates in private. Who saw a work posted knows its
    author, and everybody in a channel sees who reacts to what: by one name for all, either would tell what the member
    says in forms, duels and remarks, which nobody else sees.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[str, MemberId], str] = {}

    @classmethod
    async def of_release(cls, pseudonyms: Pseudonyms, server: ServerId, version: int) -> "Aliases":
        """Raises `StorageUnavailableError`, `DiskFullError`."""
        return cls(await pseudonyms.derived_key(f"atelier release {server} {version}"))

    def of_author(self, member: MemberId) -> str:
        """Sixteen letters and digits."""
        return self._of("author", member)

    def of_reactor(self, member: MemberId) -> str:
        """Of ratings by reactions. Likewise."""
        return self._of("reactor", member)

    def of_rater(self, member: MemberId) -> str:
        """Of ratings that nobody else sees, remarks and duels. Likewise."""
        return self._of("rater", member)

    def of_opinions(self, member: MemberId) -> frozenset[str]:
        """All names under which the member's ratings and duels stand."""
        return frozenset((self.of_reactor(member), self.of_rater(member)))

    def _of(self, role: str, member: MemberId) -> str:
        if (known := self._known.get((role, member))) is not None:
            return known
        digest = hmac.digest(self._key, f"{role} {member}".encode(), hashlib.sha256)
        return self._known.setdefault((role, member), base64.b32encode(digest[:_BYTES]).decode().lower())
