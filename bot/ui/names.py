"""What our own terms are called where members read them."""

from typing import Final, assert_never

from discord.app_commands import locale_str

from bot.i18n import Texts
from inference.contract.image import Guard, ImageRequest, Option
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from inference.contract.text import Genre, TextRequest
from inference.safety.words import folded
from storage.domain import Axis

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

MEDIUM_NAMES: Final = {Medium.TEXT: locale_str("Text"), Medium.IMAGE: locale_str("Picture")}

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
    Relation.VARIATION: locale_str("varied"),
    Relation.REFERENCE: locale_str("used as reference"),
    Relation.UPSCALE: locale_str("enlarged"),
}

AXIS_NAMES: Final = {
    Axis.OVERALL: locale_str("On the whole"),
    Axis.BEAUTY: locale_str("Beauty"),
    Axis.FIT: locale_str("Fits the prompt"),
    Axis.FLAWLESSNESS: locale_str("Free of flaws"),
}

# What so many stars say on an axis.
STAR_NAMES: Final = {
    Axis.OVERALL: {
        1: locale_str("Poor"),
        2: locale_str("Weak"),
        3: locale_str("Fair"),
        4: locale_str("Good"),
        5: locale_str("Superb"),
    },
    Axis.BEAUTY: {
        1: locale_str("ugly"),
        2: locale_str("plain"),
        3: locale_str("pleasant enough"),
        4: locale_str("beautiful"),
        5: locale_str("breathtaking"),
    },
    Axis.FIT: {
        1: locale_str("something else"),
        2: locale_str("little of it"),
        3: locale_str("about half of it"),
        4: locale_str("nearly all of it"),
        5: locale_str("all of it"),
    },
    Axis.FLAWLESSNESS: {
        1: locale_str("broken"),
        2: locale_str("many flaws"),
        3: locale_str("some flaws"),
        4: locale_str("small flaws"),
        5: locale_str("not one flaw"),
    },
}

# What each is called among the options of a command.
_OPTION_NAMES: Final = {
    Option.AVOID: "avoid",
    Option.CANVAS: "size",
    Option.STEPS: "steps",
    Option.GUIDANCE: "guidance",
    Option.STRENGTH: "strength",
}

# Of the styles that come with Atelier, by their keys.
STYLE_NAMES: Final = {
    "photograph": locale_str("Photograph"),
    "film still": locale_str("Film still"),
    "watercolour": locale_str("Watercolour"),
    "oil painting": locale_str("Oil painting"),
    "ink wash": locale_str("Ink wash"),
    "ukiyo-e": locale_str("Ukiyo-e"),
    "art nouveau": locale_str("Art nouveau"),
    "storybook": locale_str("Storybook"),
    "anime": locale_str("Anime"),
    "comic": locale_str("Comic"),
    "line art": locale_str("Line art"),
    "pixel art": locale_str("Pixel art"),
    "low poly": locale_str("Low poly"),
    "isometric": locale_str("Isometric"),
    "clay": locale_str("Clay"),
    "cyberpunk": locale_str("Cyberpunk"),
    "3d emoji": locale_str("3D emoji"),
    "flat icon": locale_str("Flat icon"),
    "cartoon": locale_str("Cartoon"),
}

# What becomes of pictures that look unsafe; None: nothing was chosen.
GUARD_NAMES: Final = {
    Guard.HOLD: locale_str("Hold them until a moderator has looked at them"),
    Guard.BLUR: locale_str("Blur them until somebody clicks on them"),
    Guard.PASS: locale_str("Show them where the channel is age-restricted, blur them elsewhere"),
    None: locale_str("As usual: blur them where the channel is age-restricted, hold them elsewhere"),
}

# By the fields of `ServerSettings`, and what else the audit log tells as a setting.
_SETTING_NAMES: Final = {
    "channels": locale_str("Where I work"),
    "moderators_channel": locale_str("Moderators' channel"),
    "limits": locale_str("Limits for each member"),
    "role_limits": locale_str("Limits by role"),
    "seeds_reactions": locale_str("Stars under new works"),
    "text_model": locale_str("Model that writes"),
    "image_model": locale_str("Model that draws"),
    "guard": locale_str("Pictures that look unsafe"),
    "guards": locale_str("The same, by channel"),
    "styles": locale_str("Styles"),
    "language": locale_str("Language of public messages"),
    "blocked_words": locale_str("Words that I refuse"),
    "allowed_words": locale_str("Exceptions to the refused words"),
}

LANGUAGES: Final = tuple(_LANGUAGE_NAMES)


def kind_name(request: Request, t: Texts) -> str:
    """What sort of work is asked for: a genre, or else the medium."""
    match request:
        case TextRequest(genre=genre):
            return genre_name(genre, t)
        case ImageRequest(medium=medium):
            return medium_name(medium, t)
        case _:
            assert_never(request)


def genre_name(genre: Genre, t: Texts) -> str:
    return t(GENRE_NAMES[genre].message)


def medium_name(medium: Medium, t: Texts) -> str:
    return t(MEDIUM_NAMES[medium].message)


def relation_name(relation: Relation, t: Texts) -> str:
    """How a work comes from its parent, as a participle of the parent."""
    return t(_RELATION_NAMES[relation].message)


def option_name(option: Option, t: Texts) -> str:
    """What a member has chosen it with."""
    return t.name(_OPTION_NAMES[option])


def setting_name(field: str, t: Texts) -> str:
    """What a server's admins choose with a field of `ServerSettings`; one that is no more stands for itself."""
    name = _SETTING_NAMES.get(field)
    return t(name.message) if name else field


def axis_name(axis: Axis, t: Texts) -> str:
    return t(AXIS_NAMES[axis].message)


def star_name(axis: Axis, stars: int, t: Texts) -> str:
    """What so many stars say on an axis."""
    return t(STAR_NAMES[axis][stars].message)


def style_name(name: str, t: Texts) -> str:
    """One of our styles in the reader's language; one of a server's own stands for itself."""
    ours = STYLE_NAMES.get(folded(name))
    return t(ours.message) if ours else name


def guard_name(guard: Guard | None, t: Texts) -> str:
    """What becomes of pictures that look unsafe."""
    return t(GUARD_NAMES[guard].message)


def language_name(code: str, t: Texts) -> str:
    """The name of a BCP 47 primary subtag; one that we have no name for stands for itself."""
    name = _LANGUAGE_NAMES.get(code)
    return t(name.message) if name else code
