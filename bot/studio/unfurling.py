"""Which links of a text Discord's crawler follows, and what it puts under the message."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.studio.entities import Json

PREVIEWS = 5
_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_KEPT_QUIET = re.compile(r"<https?://[^\s<>]+>")
_LINK = re.compile(r"https?://[^\s<>)\]]+", re.IGNORECASE)


def previews_of(text: str) -> tuple[Json, ...]:
    """An embed for each link, in order; none for one in code, or in angle brackets."""
    return tuple({"type": "link", "url": link, "title": urlsplit(link).netloc} for link in _followed(text))[:PREVIEWS]


def _followed(text: str) -> Iterator[str]:
    open_text = _KEPT_QUIET.sub(" ", _CODE.sub(" ", text))
    yield from dict.fromkeys(match[0] for match in _LINK.finditer(open_text) if urlsplit(match[0]).netloc)
