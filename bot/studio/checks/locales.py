"""Names and descriptions in other languages, and that no two names are the same in any of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain

from bot.studio.checks.form import Form, Path
from bot.studio.entities import Json

# https://discord.com/developers/docs/reference#locales
# fmt: off
LOCALES = frozenset({
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN",
    "zh-TW",
})
# fmt: on

Check = Callable[[Path, object], object]


def check_localizations(form: Form, path: Path, part: Json, name: str, check: Check) -> None:
    """Look at what `part` is called (`name` "name") or described by in each language; `check` looks at one text."""
    key = f"{name}_localizations"
    place = (*path, key)
    for locale, text in form.mapping(place, part.get(key) or {}).items():
        if locale in LOCALES:
            check((*place, locale), text)
        else:
            form.problem(
                (*place, locale), "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(sorted(LOCALES))}}}."
            )


def check_unique(form: Form, path: Path, parts: Mapping[int, Json], *, code: str, message: str) -> None:
    """No two of the parts, by their places, may be called the same in any language.

    What has no name in a language is called there as it is elsewhere.
    """
    localized = set(chain.from_iterable(each.get("name_localizations") or {} for each in parts.values()))
    for locale in (None, *sorted(localized)):
        step: Path = ("name",) if locale is None else ("name_localizations", locale)
        names = {index: _name_in(locale, each) for index, each in parts.items()}
        times = Counter(names.values())
        for index, name in names.items():
            if times[name] > 1:
                form.problem((*path, index, *step), code, message)


def _name_in(locale: str | None, part: Json) -> str:
    localized: Json = part.get("name_localizations") or {}
    return str(localized.get(locale or "", part.get("name")))
