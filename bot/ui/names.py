"""What our own terms are called where members read them."""

from typing import Final

from discord.app_commands import locale_str

from bot.i18n import Texts
from inference.contract.jobs import Relation
from inference.contract.requests import Genre, Medium

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

MEDIUM_NAMES: Final = {Medium.TEXT: locale_str("Text")}

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

_RELATION_NAMES: Final = {
    Relation.AGAIN: locale_str("made again"),
    Relation.REMIX: locale_str("remixed"),
    Relation.CONTINUATION: locale_str("continued"),
    Relation.REVISION: locale_str("revised"),
}

# By the fields of `ServerSettings`.
_SETTING_NAMES: Final = {
    "channels": locale_str("Where I work"),
    "moderators_channel": locale_str("Moderators' channel"),
    "limits": locale_str("Limits for each member"),
    "role_limits": locale_str("Limits by role"),
    "seeds_reactions": locale_str("Stars under new works"),
    "text_model": locale_str("Model that writes"),
    "language": locale_str("Language of public messages"),
    "blocked_words": locale_str("Words that I refuse"),
    "allowed_words": locale_str("Exceptions to the refused words"),
}

LANGUAGES: Final = tuple(_LANGUAGE_NAMES)


def genre_name(genre: Genre, t: Texts) -> str:
    return t(GENRE_NAMES[genre].message)


def medium_name(medium: Medium, t: Texts) -> str:
    return t(MEDIUM_NAMES[medium].message)


def relation_name(relation: Relation, t: Texts) -> str:
    """How a work comes from its parent, as a participle of the parent."""
    return t(_RELATION_NAMES[relation].message)


def setting_name(field: str, t: Texts) -> str:
    """What a server's admins choose with a field of `ServerSettings`; one that is no more stands for itself."""
    name = _SETTING_NAMES.get(field)
    return t(name.message) if name else field


def language_name(code: str, t: Texts) -> str:
    """The name of a BCP 47 primary subtag; one that we have no name for stands for itself."""
    name = _LANGUAGE_NAMES.get(code)
    return t(name.message) if name else code
