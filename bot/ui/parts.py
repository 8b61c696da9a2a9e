"""Long texts as several messages, with nothing lost between them."""

import unicodedata
from collections.abc import Sequence
from typing import Final

# Where a reader minds a break least, best first.
_BREAKS: Final[Sequence[Sequence[str]]] = (
    ("\n\n",),
    ("\n",),
    (". ", "! ", "? ", "… ", "。", "！", "？"),
    (", ", "; ", "，", "；", "、"),
    (" ",),
)
_JOINER: Final = "\u200d"


def width(text: str) -> int:
    """Length as Discord's clients count it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts_of(text: str, *, limit: int) -> tuple[str, ...]:
    """Split a text into parts of at most `limit` in `width`.

    Joined, and white space at the seams aside, the parts are the text.
    """
    parts = []
    rest = text.strip()
    while width(rest) > limit:
        head = rest[: _break_within(rest, limit)]
        parts.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return (*parts, rest)


def clipped(text: str, *, limit: int) -> str:
    """The text in one line, cut with an ellipsis where it is longer than `limit`."""
    line = " ".join(text.split())
    if width(line) <= limit:
        return line
    return line[: _fitting(line, limit - 1)].rstrip() + "…"


def tail_of(text: str, *, limit: int) -> str:
    """The end of a text that is still being written, from a word on."""
    if width(text) <= limit:
        return text
    start = len(text) - _fitting(text[::-1], limit - 2)
    blank = text.find(" ", start, start + 40)
    return "… " + text[(blank + 1 if blank >= 0 else start) :]


def _fitting(text: str, limit: int) -> int:
    """How many characters of the beginning are at most `limit` wide."""
    room = limit
    for count, character in enumerate(text):
        room -= 1 if ord(character) < 0x10000 else 2
        if room < 0:
            return count
    return len(text)


def _break_within(text: str, limit: int) -> int:
    fitting = _fitting(text, limit)
    for marks in _BREAKS:
        end = max(text.rfind(mark, fitting // 2, fitting) + len(mark) for mark in marks)
        if end > fitting // 2 and text[:end].strip():
            return end
    while fitting > 1 and _belongs_to_the_one_before(text, fitting):
        fitting -= 1
    return fitting


def _belongs_to_the_one_before(text: str, index: int) -> bool:
    """Whether a cut here would take a sign apart: an accent from its letter, a half of an emoji from the other."""
    return _JOINER in (text[index], text[index - 1]) or unicodedata.category(text[index]) in ("Mn", "Mc", "Me", "Sk")
