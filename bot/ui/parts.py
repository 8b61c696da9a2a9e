"""Long texts as several messages, with nothing lost between them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.ui.spans import CLOSING_WIDTH, OPENING_WIDTH, outside_marks, spans_in

# Where a reader minds a break least, best first.
_BREAKS: Final[Sequence[Sequence[str]]] = (
    ("\n\n",),
    ("\n",),
    (". ", "! ", "? ", "… ", "。", "！", "？"),
    (", ", "; ", "，", "；", "、"),
    (" ",),
)
_JOINER: Final = "\u200d"
_HALF_FLAGS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # Two letters make the flag of a country.
LEAST_FOR_MARKS: Final = 2 * (OPENING_WIDTH + CLOSING_WIDTH)  # Below it, they would leave no room for the text.


def width(text: str) -> int:
    """Length as Discord's clients count it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a text, with what opens again in front of it and closes behind it what it was cut out of."""

    text: str
    before: str = ""
    after: str = ""

    @property
    def shown(self) -> str:
        return f"{self.before}{self.text}{self.after}"


def parts_of(text: str, *, limit: int) -> tuple[str, ...]:
    """Split a text into parts of at most `limit` in `width`, each with whole code blocks and spoilers."""
    return tuple(part.shown for part in cut(text, limit=limit))


def cut(text: str, *, limit: int) -> Sequence[Part]:
    """As `parts_of`. Joined, and white space at the seams aside, their texts are the text."""
    text = text.strip()
    spans = spans_in(text) if limit >= LEAST_FOR_MARKS else ()
    parts: list[Part] = []
    start = 0
    while True:
        before = "".join(span.opening for span in spans if span.is_around(start))
        room = limit - width(before)
        if width(text[start:]) <= room:
            return [*parts, Part(text=text[start:], before=before)]
        if spans:
            room -= CLOSING_WIDTH
        seam = outside_marks(spans, start, start + _break_within(text[start:], room))
        around = [span for span in spans if span.is_around(seam)]
        end, following = _around_seam(text, seam, is_code=any(span.is_code for span in around))
        after = "".join(span.closing for span in reversed(around))
        parts.append(Part(text=text[start:end], before=before, after=after))
        start = following


def _around_seam(text: str, seam: int, *, is_code: bool) -> tuple[int, int]:
    """Where a part ends and the next begins: without white space between, of which code loses a line's end alone."""
    if not is_code:
        return len(text[:seam].rstrip()), len(text) - len(text[seam:].lstrip())
    if text[seam - 1] == "\n":
        return seam - 1, seam
    return seam, seam + (text[seam] == "\n")


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
    """Whether a cut here would part an accent from its letter, or the halves of an emoji or a flag."""
    if _JOINER in (text[index], text[index - 1]) or _is_tag(text[index]):
        return True
    if text[index] in _HALF_FLAGS:
        return (index - len(text[:index].rstrip(_HALF_FLAGS))) % 2 == 1
    return unicodedata.category(text[index]) in ("Mn", "Mc", "Me", "Sk")


def _is_tag(character: str) -> bool:
    """What the flags of regions, such as Scotland's, are spelt with behind a black flag."""
    return "\U000e0020" <= character <= "\U000e007f"
