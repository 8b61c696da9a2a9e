"""Members' words where we quote them: letters to be read, whatever Discord would make of them."""

import re
from typing import Final

from bot.ui.parts import clipped

# Between two signs that would mean something together. It takes no room, and Discord keeps it.
_WEDGE: Final = "\N{ZERO WIDTH SPACE}"
_OPENING: Final = "\N{FIRST STRONG ISOLATE}"
_CLOSING: Final = "\N{POP DIRECTIONAL ISOLATE}"
_STEERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")  # What turns the direction of all that follows.
_SCHEME: Final = re.compile(r"(?<=:)(?=//)")
# Discord makes invitations of bare domains, and its filter of harmful links looks at them too.
_DOT: Final = re.compile(r"(?<=\w\.)(?=[^\W\d_]{2})")
_BRACKET: Final = re.compile(r"(?<=<)(?=\S)")  # <@1>, <#1>, </name:1>, <t:1>, <:name:1>, <id:guide>, <https://…>
_EVERYBODY: Final = re.compile(r"(?<=@)(?=everyone|here)")
# Anywhere, or where a line begins. A backslash before any sign of punctuation shows the sign.
_MARKUP: Final = re.compile(r"[\\*_~|`\[\]]|^[#>+-]|(?<=^\d)\.(?=\s)", re.MULTILINE)
_QUOTATION: Final = re.compile(f"{_OPENING}[^{_CLOSING}]*{_CLOSING}")


def quoted(words: str, *, limit: int) -> str:
    """A member's words inside a line of ours, dead, and with their direction kept to themselves."""
    escaped = dead(clipped(words, limit=limit))
    plain = clipped(escaped, limit=limit)
    if plain != escaped:  # Half an escape would escape what follows.
        plain = plain.removesuffix("…").rstrip("\\") + "…"
    return f"{_OPENING}{plain}{_CLOSING}"


def dead(words: str) -> str:
    """The same words without markup, mentions, links, and whatever else Discord would put in their place."""
    words = _STEERING.sub("", words)
    for seam in (_SCHEME, _DOT, _BRACKET, _EVERYBODY):
        words = seam.sub(_WEDGE, words)
    return _MARKUP.sub(r"\\\g<0>", words)


def quotations_in(content: str) -> int:
    """How many times members are quoted in a message."""
    return len(_QUOTATION.findall(content))


def without_quotations(content: str, which: frozenset[int]) -> str:
    """A message with some of what it quotes left out, counted from 0."""
    number = -1

    def kept(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{_OPENING}…{_CLOSING}" if number in which else match[0]

    return _QUOTATION.sub(kept, content)
