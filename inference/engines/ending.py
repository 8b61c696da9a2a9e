"""When a text is long enough, where it may end, and how one that will not end is cut: pure functions of the text."""

import re
from dataclasses import dataclass
from typing import Final

from inference.engines.writing import count_words

STOPS: Final = ".!?\u2026\u3002\uff01\uff1f"
_CLOSING: Final = "\"'\u201d\u2019\u00bb)\\]*_\uff09\u300d\u300f\u300b"
_SENTENCE_END: Final = re.compile(rf"[{re.escape(STOPS)}][{_CLOSING}]*(?=\s|$|[^\x00-\x7f])")
_ENDS_SENTENCE: Final = re.compile(rf"[{re.escape(STOPS)}][{_CLOSING}]*\s*$")
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)\W*(?:\d+|[A-Za-z])\.\s*$")
_LAST_BLANK: Final = re.compile(r"\s+\S*$")

# Shares of the words asked for.
_MAY_END: Final = 0.88  # The model may end by itself from here on.
_LONG_ENOUGH: Final = 0.95  # The first clean ending from here on is taken.
_TOO_LONG: Final = 1.2
_SHORTEST_CUT: Final = 0.6  # A cut that leaves less than this loses too much.
_URGENT_FROM: Final = 0.9
_URGENCY_PER_SHARE: Final = 30.0  # Of the logits of sentence ends: 6 when the text is a tenth over its length.


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a text is to be."""

    words: int
    tokens: int  # Never more than these, whatever they spell.
    has_lines: bool  # Verse and scripts: a line's end is as good as a sentence's.

    def may_end(self, words: int) -> bool:
        return words >= _MAY_END * self.words

    def urgency(self, words: int) -> float:
        """How much to add to the logits of the tokens that end a sentence."""
        return max(0.0, words / self.words - _URGENT_FROM) * _URGENCY_PER_SHARE

    def is_met(self, text: str, words: int) -> bool:
        """Whether the text may stop here."""
        return words >= _LONG_ENOUGH * self.words and self._is_clean(text)

    def is_spent(self, words: int, tokens: int) -> bool:
        """Whether the text must stop here, clean or not."""
        return words >= _TOO_LONG * self.words or tokens >= self.tokens

    def cut(self, text: str) -> str:
        """The text up to its last clean ending, if that leaves most of it; else up to its last whole word."""
        if self._is_clean(text):
            return text.rstrip()
        ends = [match.end() for match in _SENTENCE_END.finditer(text)]
        if self.has_lines:
            ends += [match.start() for match in re.finditer(r"\n", text)]
        for end in sorted(ends, reverse=True):
            kept = text[:end].rstrip()
            if not kept or count_words(kept) < _SHORTEST_CUT * min(self.words, count_words(text)):
                break
            if not _LIST_NUMBER.search(kept):
                return kept
        return (_LAST_BLANK.sub("", text.rstrip()) or text.strip()) + "\u2026"

    def _is_clean(self, text: str) -> bool:
        if self.has_lines and text.endswith("\n"):
            return True
        return bool(_ENDS_SENTENCE.search(text)) and not _LIST_NUMBER.search(text) and not _is_quoting(text)


def _is_quoting(text: str) -> bool:
    """Whether a quotation is open in the last paragraph."""
    paragraph = text.rstrip().rpartition("\n")[2]
    return paragraph.count('"') % 2 == 1 or paragraph.count("\u201c") > paragraph.count("\u201d")
