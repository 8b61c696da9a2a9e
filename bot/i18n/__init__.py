"""Every sentence that a member reads, through gettext: English is the source, a language one folder of `locales/`."""

import gettext
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

LOCALES_FOLDER: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "atelier"


class Texts:
    """The sentences of one language; what has no translation yet stays English."""

    def __init__(self, catalogues: gettext.NullTranslations) -> None:
        self._catalogues = catalogues

    def __call__(self, message: str, /, **facts: object) -> str:
        """The translated message, its `{placeholders}` filled with the facts."""
        translated = self._catalogues.gettext(message)
        return translated.format(**facts) if facts else translated

    def plural(self, one: str, many: str, count: int, /, **facts: object) -> str:
        """The form for `count`, which is also the placeholder `{count}`."""
        return self._catalogues.ngettext(one, many, count).format(count=count, **facts)

    def has(self, message: str) -> bool:
        return self._catalogues.gettext(message) != message


@cache
def texts_for(locale: str) -> Texts:
    """The sentences for a Discord locale such as "en-US" or "zh-CN"."""
    return Texts(gettext.translation(DOMAIN, LOCALES_FOLDER, languages=_from_special_to_general(locale), fallback=True))


def _from_special_to_general(locale: str) -> Sequence[str]:
    language, _, region = locale.partition("-")
    return [f"{language}_{region}", language] if region else [language]
