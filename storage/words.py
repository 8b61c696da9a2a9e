"""What is looked for in prompts, and how: whole words where a script has spaces, pairs of characters where it has none.

After Manning, Raghavan, Schütze: "Introduction to Information Retrieval", chapter 2, and Lucene's CJK analyser.
"""

import re
import unicodedata
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Final

MAX_TERM_CHARACTERS: Final = 32  # What a database's index takes has an end; longer words are compared in full later.

# Scripts that set no spaces between words, or hang particles on them, and pictographs, which stand for words.
_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Tibetan, Burmese, Khmer
    "\u2600-\u27bf\U0001f000-\U0001faff"  # Pictographs
    "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u31f0-\u31ff"  # Kana, Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"  # Han
    "\uac00-\ud7a3"  # Hangul
)
# Vowel signs and accents belong to the letters before them; Python's `\w` leaves them out.
_MARKS: Final = "".join(
    character for character in map(chr, range(0x300, 0xFE00)) if unicodedata.category(character) in ("Mn", "Mc")
)
_PARTS: Final = re.compile(rf"(?P<run>[{_UNSPACED}]+)|(?P<word>(?:[^\W_{_UNSPACED}]|[{_MARKS}])+)")
# Joiners, direction marks and variation selectors: nobody sees or types them.
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a work's terms must hold: one term, or any that begins so."""

    term: str
    is_prefix: bool = False


@dataclass(frozen=True)
class Search:
    """A member's words, taken apart.

    A prompt matches when it has each of the words, the last one as the beginning of a word, since it may still be being
    typed; and each run of characters without spaces as it stands.
    """

    words: tuple[str, ...]
    beginning: str | None  # Of the last word.
    runs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Search":
        parts = [(match["run"], match["word"]) for match in _PARTS.finditer(folded(text))]
        words = [word for _, word in parts if word]
        ends_in_word = bool(parts and parts[-1][1])
        return cls(
            words=tuple(words[:-1] if ends_in_word else words),
            beginning=words[-1] if ends_in_word else None,
            runs=tuple(run for run, _ in parts if run),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for: it would match everything."""
        return not (self.words or self.beginning or self.runs)

    @cached_property
    def conditions(self) -> AbstractSet[Condition]:
        """What the terms of every prompt that matches hold."""
        found = {Condition(word[:MAX_TERM_CHARACTERS]) for word in self.words}
        if self.beginning:
            found.add(Condition(self.beginning[:MAX_TERM_CHARACTERS], is_prefix=True))
        for run in self.runs:
            found |= {Condition(pair) for pair in _pairs(run)} if len(run) > 1 else {Condition(run, is_prefix=True)}
        return found

    @cached_property
    def is_exact(self) -> bool:
        """Whether the conditions hold for no other prompt: pairs may stand apart, and of long words a part is known."""
        every_word = (*self.words, self.beginning or "")
        return all(len(run) <= 2 for run in self.runs) and all(len(word) < MAX_TERM_CHARACTERS for word in every_word)

    def matches(self, prompt: str) -> bool:
        text = folded(prompt)
        words = {match["word"] for match in _PARTS.finditer(text) if match["word"]}
        if not words.issuperset(self.words):
            return False
        if self.beginning and not any(word.startswith(self.beginning) for word in words):
            return False
        return all(run in text for run in self.runs)


def terms_of(prompt: str) -> AbstractSet[str]:
    """What the index holds of a prompt: its words, and of runs without spaces each pair and the last character.

    With the last one every character begins some term, so that a single one is found as a beginning.
    """
    terms: set[str] = set()
    for match in _PARTS.finditer(folded(prompt)):
        if word := match["word"]:
            terms.add(word[:MAX_TERM_CHARACTERS])
        else:
            terms |= {*_pairs(match["run"]), match["run"][-1]}
    return terms


def units_of(text: str) -> Sequence[str]:
    """The words of a text in their order, and of runs without spaces each character."""
    units: list[str] = []
    for match in _PARTS.finditer(folded(text)):
        if word := match["word"]:
            units.append(word)
        else:
            units += match["run"]
    return units


def _pairs(run: str) -> AbstractSet[str]:
    return {run[start : start + 2] for start in range(len(run) - 1)}


def folded(text: str) -> str:
    """As good as Unicode's NFKC_Casefold: full width, ligatures and capitals are no difference."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFKC", visible.casefold())
