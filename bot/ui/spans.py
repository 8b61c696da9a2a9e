"""Code blocks and spoilers of a text as Discord reads them: what a cut through it has to close and to open again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_FENCE: Final = "```"
_SPOILER: Final = "||"
# An escaped sign, a code block with its language, code in a line, the mark of a spoiler.
_TOKENS: Final = re.compile(
    r"\\.|(?P<fence>```(?P<language>[\w+#.-]{0,20}(?=\n))?.*?```)|`[^`\n]+`|(?P<spoiler>\|\|)", re.DOTALL
)
# What closing and opening again takes at most: "\n```||", and "||```", a language and a line's end.
CLOSING_WIDTH: Final = len(f"\n{_FENCE}{_SPOILER}")
OPENING_WIDTH: Final = len(f"{_SPOILER}{_FENCE}\n") + 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From its first mark to behind its last. What has no second mark is none."""

    start: int
    end: int
    body: tuple[int, int]  # What lies between the marks.
    opening: str
    closing: str
    is_code: bool

    def is_around(self, index: int) -> bool:
        return self.start < index < self.end


def spans_in(text: str) -> Sequence[Span]:
    """In order of their beginnings, so that the outer come first."""
    return sorted(_spans(text), key=lambda span: span.start)


def _spans(text: str) -> Iterator[Span]:
    opened: int | None = None
    for token in _TOKENS.finditer(text):
        if token["fence"]:
            yield _code(text, token.start(), token.end(), token["language"])
        elif token["spoiler"] and opened is None:
            opened = token.start()
        elif token["spoiler"] and opened is not None:
            body = (opened + len(_SPOILER), token.start())
            yield Span(
                start=opened, end=token.end(), body=body, opening=_SPOILER, closing=_SPOILER, is_code=False
            )  # fmt: skip
            opened = None


def _code(text: str, start: int, end: int, language: str | None) -> Span:
    begins, ends = start + len(_FENCE), end - len(_FENCE)
    if language is not None:
        begins += len(language) + 1
    if ends > begins and text[ends - 1] == "\n":
        ends -= 1
    opening = f"{_FENCE}{language or ''}\n"
    return Span(start=start, end=end, body=(begins, ends), opening=opening, closing=f"\n{_FENCE}", is_code=True)


def outside_marks(spans: Sequence[Span], start: int, index: int) -> int:
    """Where to cut instead, so that no mark is taken apart and nothing empty is closed or opened again."""
    moved = True
    while moved:
        moved = False
        for span in spans:
            begins, ends = span.body
            if span.start < index <= begins and span.start > start:
                index, moved = span.start, True
            elif span.start < index < begins:
                index, moved = begins, True
            elif ends <= index < span.end and index > span.start:
                index, moved = span.end, True
    return index
