"""Which language a prompt is in, as far as it takes to say that a model does not speak it.

A wrong refusal is worse than a poor text, so a Latin-script prompt counts as foreign only when it is long enough and
the detector is all but sure; another script than the model's is sure by itself.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Final

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from inference.contract.errors import LanguageNotSpokenError

MIN_WORDS: Final = 4
MIN_LETTERS: Final = 20
SURE: Final = 0.99

# By the first word of a letter's Unicode name. Several languages share a script; the detector tells which.
_SCRIPTS: Final = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
}
_SCRIPTS_BY_LANGUAGE: Final = {
    "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}),
    "zh": frozenset({"CJK", "LATIN"}),
    "ko": frozenset({"HANGUL", "CJK", "LATIN"}),
    "ru": frozenset({"CYRILLIC"}),
    "uk": frozenset({"CYRILLIC"}),
    "bg": frozenset({"CYRILLIC"}),
    "sr": frozenset({"CYRILLIC", "LATIN"}),
    "el": frozenset({"GREEK"}),
    "ar": frozenset({"ARABIC"}),
    "fa": frozenset({"ARABIC"}),
    "ur": frozenset({"ARABIC"}),
    "he": frozenset({"HEBREW"}),
    "th": frozenset({"THAI"}),
    "hi": frozenset({"DEVANAGARI"}),
}
_LATIN: Final = frozenset({"LATIN"})
_TOLD_APART: Final = (
    Language.ENGLISH,
    Language.FRENCH,
    Language.GERMAN,
    Language.SPANISH,
    Language.PORTUGUESE,
    Language.ITALIAN,
    Language.DUTCH,
    Language.SWEDISH,
    Language.POLISH,
    Language.TURKISH,
    Language.INDONESIAN,
    Language.VIETNAMESE,
)


def require_spoken(*texts: str | None, model: str, spoken: tuple[str, ...], language: str | None = None) -> None:
    """Raise `LanguageNotSpokenError` for what the model cannot write, or cannot read.

    That is a `language` asked for that is none of those that it speaks, or one of the texts that it is given (those
    that are not None) surely in none of them. `spoken` holds BCP 47 primary subtags; empty means any language.
    """
    if not spoken:
        return
    foreign = [language] if language is not None and language not in spoken else []
    foreign += [found for text in texts if text is not None and (found := foreign_language(text, spoken))]
    if foreign:
        raise LanguageNotSpokenError(language=foreign[0], model=model, spoken=spoken)


def foreign_language(prompt: str, spoken: Collection[str]) -> str | None:
    """The prompt's language, when it is surely none of `spoken`; None when it is one of them, or open."""
    script = _leading_script(prompt)
    if script is None:
        return None
    readable = frozenset[str]().union(*map(_scripts_of, spoken))
    if script in _SCRIPTS and script not in readable:
        return _SCRIPTS[script]
    if script != "LATIN" or len(prompt.split()) < MIN_WORDS or sum(map(str.isalpha, prompt)) < MIN_LETTERS:
        return None
    best = _detector().compute_language_confidence_values(prompt)[0]
    code = best.language.iso_code_639_1.name.lower()
    return code if best.value >= SURE and code not in spoken else None


def _scripts_of(language: str) -> frozenset[str]:
    own = frozenset(script for script, leading in _SCRIPTS.items() if leading == language)
    return _SCRIPTS_BY_LANGUAGE.get(language) or own or _LATIN


def prepare() -> None:
    """Load the detector's tables (some 20 MB, a tenth of a second) before a member waits for them."""
    _detector().compute_language_confidence_values("ready")


def _leading_script(text: str) -> str | None:
    """The script of most letters; one ideograph or syllable weighs as two letters, since it says as much."""
    weights: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            script = unicodedata.name(character, "").partition(" ")[0]
            weights[script] += 1 if script == "LATIN" else 2
    return weights.most_common(1)[0][0] if weights else None


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(*_TOLD_APART).with_low_accuracy_mode().build()
