"""Words that the admins of a server do not want in requests, and the phrases in which they are fine.

Both sides are folded to one spelling, see `folded`. Where spaces part words, a rule is found as a whole word: "ass"
is not in "class". Where they do not, as in Chinese, or where words grow endings, as in Korean, it is found anywhere.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from ahocorasick_rs import AhoCorasick

# Thai, Lao, Burmese, Hangul, Khmer, kana, bopomofo and the ideographs.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_SPACE_WITHIN_UNSPACED: Final = re.compile(f"(?<=[{_UNSPACED}])[^\\S\n]+(?=[{_UNSPACED}])")
_SPACES: Final = re.compile(r"\s+")
# Accents over letters that Unicode knows only without them, variation selectors, fillers: strewn in to hide a word.
_STREWN: Final = re.compile("[\u0300-\u036f\u115f\u1160\u20d0-\u20ff\ufe00-\ufe0f]")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})  # Controls, joiners and the like, lone surrogates.

Span = tuple[int, int]  # Where in the text: from, and up to.


class WordRules:
    """Built once for a server's lists; asking is one pass over a text, whatever the number of rules.

    Takes time linear in the text and in what is found in it (Aho and Corasick, 1975).
    """

    def __init__(self, blocked: Iterable[str], allowed: Iterable[str] = ()) -> None:
        self._blocked = tuple(word for word in blocked if folded(word))
        self._finds_blocked = _finder(self._blocked)
        self._finds_allowed = _finder([word for word in allowed if folded(word)])

    def first_blocked(self, text: str) -> str | None:
        """The rule that the text breaks first, as the admins wrote it; None when it breaks none."""
        if not self._blocked:
            return None
        plain = folded(text)
        hits = sorted((*span, rule) for rule, span in _found(self._finds_blocked, plain))
        if not hits:
            return None
        excused = sorted(span for _, span in _found(self._finds_allowed, plain))
        starts = [start for start, _ in excused]
        furthest = list(accumulate((end for _, end in excused), max))  # Of the phrases that begin at or before one.
        for start, end, rule in hits:
            before = bisect_right(starts, start)
            if not before or furthest[before - 1] < end:
                return self._blocked[rule]
        return None


def folded(text: str) -> str:
    """One spelling for what reads alike: case, width and ligatures, invisible characters, strewn accents, spaces.

    Spaces between characters of scripts without spaces fall away; a line's end stays one.
    """
    # Twice, since folding the case can bring forth what is not normalised, and the other way round.
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = unicodedata.normalize("NFC", "".join(filter(_is_seen, plain)))
    bare = _STREWN.sub("", seen)
    return _SPACES.sub(" ", _SPACE_WITHIN_UNSPACED.sub("", bare)).strip()


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _UNSEEN


def _finder(words: Sequence[str]) -> AhoCorasick:
    return AhoCorasick(map(folded, words))


def _found(finder: AhoCorasick, plain: str) -> list[tuple[int, Span]]:
    return [
        (rule, (start, end))
        for rule, start, end in finder.find_matches_as_indexes(plain, overlapping=True)
        if _may_part(plain, start) and _may_part(plain, end)
    ]


def _may_part(plain: str, index: int) -> bool:
    """Whether a word can begin or end between the characters before and at `index`."""
    if index in (0, len(plain)):
        return True
    return not (_is_in_word(plain[index - 1]) and _is_in_word(plain[index]))


def _is_in_word(character: str) -> bool:
    """Whether its neighbours belong to the same word."""
    is_letter = character.isalnum() or unicodedata.category(character)[0] == "M"
    return is_letter and not _IS_UNSPACED.match(character)
