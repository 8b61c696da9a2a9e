"""Words that the admins of a server do not want in requests, and the phrases in which they are fine.

Both sides are folded to one spelling, see `folded`. Where spaces part words, a rule is found as a whole word: "ass"
is not in "class". Where they do not, as in Chinese, or where words grow endings, as in Korean, it is found anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from inference.safety.phrases import NONE, Phrases

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

# Stands in a text and in a rule wherever a word can begin or end; `folded` leaves none of these.
_SEAM: Final = "\x00"


class WordRules:
    """Built once for a server's lists; asking takes time linear in the text, whatever the rules are."""

    def __init__(self, blocked: Iterable[str], allowed: Iterable[str] = ()) -> None:
        self._blocked = tuple(word for word in blocked if folded(word))
        self._phrases = Phrases([_seamed(folded(word)) for word in self._blocked])
        self._excuses = Phrases([_seamed(folded(word)) for word in allowed if folded(word)])

    def first_blocked(self, text: str) -> str | None:
        """The rule that the text breaks first, as the admins wrote it; None when it breaks none.

        Of several that begin at one place, the shortest that no exception covers.
        """
        if not self._blocked:
            return None
        plain = _seamed(folded(text))
        longest = self._phrases.longest_at_each(plain)
        if max(longest, default=NONE) == NONE:
            return None
        covered = 0  # Up to where exceptions reach that begin here or before.
        for place, (rule, excuse) in enumerate(zip(longest, self._excuses.longest_at_each(plain), strict=True)):
            if excuse != NONE:
                covered = max(covered, place + self._excuses.length_of(excuse))
            if rule != NONE and place + self._phrases.length_of(rule) > covered:
                *_, shortest = self._uncovered(place, plain, covered)
                return self._blocked[shortest]
        return None

    def _uncovered(self, place: int, plain: str, covered: int) -> Iterator[int]:
        rules = self._phrases.all_at(place, plain)
        return (rule for rule in rules if place + self._phrases.length_of(rule) > covered)


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


def _seamed(plain: str) -> str:
    """With a seam wherever a word can begin or end.

    A rule has one at either end, so it is found as a word by being found at all. Between, the seams of a rule and of
    the text are the same: they are told from the characters on both sides.
    """
    parts = [_SEAM]
    for index, character in enumerate(plain, start=1):
        parts.append(character)
        if _may_part(plain, index):
            parts.append(_SEAM)
    return "".join(parts)


def _may_part(plain: str, index: int) -> bool:
    """Whether a word can begin or end between the characters before and at `index`."""
    if index in (0, len(plain)):
        return True
    return not (_is_in_word(plain[index - 1]) and _is_in_word(plain[index]))


def _is_in_word(character: str) -> bool:
    """Whether its neighbours belong to the same word."""
    is_letter = character.isalnum() or unicodedata.category(character)[0] == "M"
    return is_letter and not _IS_UNSPACED.match(character)
