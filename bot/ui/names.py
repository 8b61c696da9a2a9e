"""What our own terms are called where members read them."""

from typing import Final

from discord.app_commands import locale_str

from bot.i18n import Texts
from inference.contract.requests import Genre

GENRE_NAMES: Final = {
    Genre.STORY: locale_str("Story"),
    Genre.POEM: locale_str("Poem"),
    Genre.LYRICS: locale_str("Lyrics"),
    Genre.SCRIPT: locale_str("Script"),
    Genre.DIALOGUE: locale_str("Dialogue"),
    Genre.ADVERTISEMENT: locale_str("Advertising copy"),
    Genre.STUDY_NOTES: locale_str("Study notes"),
    Genre.FREE: locale_str("Free writing"),
}

_LANGUAGE_NAMES: Final = {
    "am": locale_str("Amharic"),
    "ar": locale_str("Arabic"),
    "bn": locale_str("Bengali"),
    "de": locale_str("German"),
    "el": locale_str("Greek"),
    "en": locale_str("English"),
    "es": locale_str("Spanish"),
    "fr": locale_str("French"),
    "gu": locale_str("Gujarati"),
    "he": locale_str("Hebrew"),
    "hi": locale_str("Hindi"),
    "hy": locale_str("Armenian"),
    "id": locale_str("Indonesian"),
    "it": locale_str("Italian"),
    "ja": locale_str("Japanese"),
    "ka": locale_str("Georgian"),
    "km": locale_str("Khmer"),
    "kn": locale_str("Kannada"),
    "ko": locale_str("Korean"),
    "lo": locale_str("Lao"),
    "ml": locale_str("Malayalam"),
    "my": locale_str("Burmese"),
    "nl": locale_str("Dutch"),
    "pa": locale_str("Punjabi"),
    "pl": locale_str("Polish"),
    "pt": locale_str("Portuguese"),
    "ru": locale_str("Russian"),
    "si": locale_str("Sinhala"),
    "sv": locale_str("Swedish"),
    "ta": locale_str("Tamil"),
    "te": locale_str("Telugu"),
    "th": locale_str("Thai"),
    "tr": locale_str("Turkish"),
    "vi": locale_str("Vietnamese"),
    "zh": locale_str("Chinese"),
}


def genre_name(genre: Genre, t: Texts) -> str:
    return t(GENRE_NAMES[genre].message)


def language_name(code: str, t: Texts) -> str:
    """The name of a BCP 47 primary subtag; one that we have no name for stands for itself."""
    name = _LANGUAGE_NAMES.get(code)
    return t(name.message) if name else code
