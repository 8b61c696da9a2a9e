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
    "ar": locale_str("Arabic"),
    "de": locale_str("German"),
    "el": locale_str("Greek"),
    "en": locale_str("English"),
    "es": locale_str("Spanish"),
    "fr": locale_str("French"),
    "he": locale_str("Hebrew"),
    "hi": locale_str("Hindi"),
    "id": locale_str("Indonesian"),
    "it": locale_str("Italian"),
    "ja": locale_str("Japanese"),
    "ko": locale_str("Korean"),
    "nl": locale_str("Dutch"),
    "pl": locale_str("Polish"),
    "pt": locale_str("Portuguese"),
    "ru": locale_str("Russian"),
    "sv": locale_str("Swedish"),
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
