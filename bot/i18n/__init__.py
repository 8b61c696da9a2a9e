"""Every sentence that a member reads, through gettext: English is the source, a language one folder of `locales/`."""

import gettext
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.i18n import catalogues, spans

ENGLISH: Final = Locale("en")


class Texts:
    """The sentences of one language; what has no translation yet stays English."""

    def __init__(self, catalogue: gettext.NullTranslations, locale: Locale = ENGLISH) -> None:
        self._catalogue = catalogue
        self._locale = locale

    def __call__(self, message: str, /, **facts: object) -> str:
        """The translated message, its `{placeholders}` filled with the facts."""
        return _filled(self._catalogue.gettext(message), facts)

    def of(self, context: str, message: str, /, **facts: object) -> str:
        """As a call, for English that has several translations: `t.of("music", "Note")`."""
        return _filled(self._catalogue.pgettext(context, message), facts)

    def plural(self, one: str, many: str, count: int, /, **facts: object) -> str:
        """The form for `count`, which is also the placeholder `{count}`."""
        return self._catalogue.ngettext(one, many, count).format(count=count, **facts)

    def name(self, english: str) -> str:
        """What a command or an option is called in this language."""
        return self._catalogue.pgettext(catalogues.NAME, english)

    def number(self, number: float) -> str:
        """With the language's separators, and at most three decimals: "12,345.5"."""
        return format_decimal(number, locale=self._locale)

    def listed(self, parts: Sequence[str]) -> str:
        """As an enumeration: "A, B, and C"."""
        return format_list(parts, locale=self._locale)

    def day(self, day: date) -> str:
        """A date without its time: "Apr 24, 2026". Moments are left to Discord's own markup, which knows the zone."""
        return format_date(day, format="medium", locale=self._locale)

    def month_day(self, day: date) -> str:
        """A date whose year goes without saying: "Apr 24"."""
        return format_skeleton("MMMd", day, locale=self._locale)

    def locale(self, locale: str) -> str:
        """What one of Discord's locales such as "zh-CN" is called: "Simplified Chinese"."""
        try:
            known = Locale.parse(locale, sep="-")
        except (ValueError, UnknownLocaleError):
            return locale
        names = self._locale.languages
        return names.get(f"{known.language}_{known.script or known.territory}") or names.get(known.language) or locale

    def span(self, seconds: float) -> str:
        """About how long, in one unit: "about 2 minutes"."""
        return spans.span(seconds, self)

    def between(self, least_seconds: float, most_seconds: float) -> str:
        """How long an estimate says it takes, in one unit: "2 to 5 minutes"."""
        return spans.between(least_seconds, most_seconds, self)


@cache
def texts_for(locale: str) -> Texts:
    """The sentences for a Discord locale such as "en-US" or "zh-CN"."""
    for language in _from_special_to_general(locale):
        path = catalogues.path_of(language)
        if path.exists():
            return Texts(catalogues.compiled(path), Locale.parse(language))
    return Texts(gettext.NullTranslations())


def _from_special_to_general(locale: str) -> Sequence[str]:
    try:
        known = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        return []
    return [f"{known.language}_{known.territory}", known.language] if known.territory else [known.language]


def _filled(message: str, facts: dict[str, object]) -> str:
    return message.format(**facts) if facts else message
