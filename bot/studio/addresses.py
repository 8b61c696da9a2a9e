"""Addresses of attachments, signed and good for a day, as Discord's are."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from bot.studio.entities import Attachment
from bot.studio.snowflakes import Clock, Snowflake

LIFE_SECONDS = 24 * 60 * 60
_ISSUED_EVERY_SECONDS = 60 * 60
PROXY = "/media"


class Addresses:
    """Writes addresses under `base`, and knows its own again."""

    def __init__(self, clock: Clock) -> None:
        self.base = ""
        self._clock = clock
        self._secret = secrets.token_bytes()

    def of(self, attachment: Attachment, place: Snowflake, *, is_ephemeral: bool) -> tuple[str, str]:
        """The address and that of the media proxy. `place` is the channel; the application where it is ephemeral."""
        folder = "ephemeral-attachments" if is_ephemeral else "attachments"
        path = f"/{folder}/{place}/{attachment.id}/{quote(attachment.filename)}"
        issued = int(self._clock().timestamp()) // _ISSUED_EVERY_SECONDS * _ISSUED_EVERY_SECONDS
        expires = issued + LIFE_SECONDS
        signed = f"{path}?ex={expires:x}&is={issued:x}&hm={self._signature(path, f'{expires:x}')}&"
        return self.base + signed, self.base + PROXY + signed

    def is_good(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether the path (without the proxy's prefix) was signed here, and not too long ago."""
        expires = query.get("ex", "")
        if not hmac.compare_digest(query.get("hm", "").encode(), self._signature(path, expires).encode()):
            return False
        return self._clock().timestamp() < int(expires, 16)

    def _signature(self, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()
