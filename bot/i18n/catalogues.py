"""The catalogues as they stand on the disk: `.po` files alone, compiled in memory when a language is first spoken."""

import gettext
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LOCALES_FOLDER: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "atelier"
# The context of the names of commands and options: there, `write` is not a sentence's verb.
NAME: Final = "name"

# Without the dates and names that Babel adds, so that two branches differ only where their sentences do.
_HEADER: Final = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def path_of(language: str) -> Path:
    """Of a language such as "zh_CN"."""
    return LOCALES_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages() -> Sequence[str]:
    """Those that there is a catalogue of; English is the source and has none."""
    return sorted(path.parents[1].name for path in LOCALES_FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read(path: Path) -> Catalog:
    """Raises `babel.messages.pofile.PoFileError` for what is not a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, domain=DOMAIN, abort_invalid=True)


def compiled(path: Path) -> gettext.GNUTranslations:
    """What is empty or fuzzy is left out, and stays English."""
    file = io.BytesIO()
    write_mo(file, read(path))
    file.seek(0)
    return gettext.GNUTranslations(file)


def rendered(catalogue: Catalog) -> str:
    """The file's text: sentences in the order of the sources, without line numbers."""
    for message in catalogue:
        message.flags.discard("python-format")  # Babel takes "{percent}% done" for one; our placeholders are braces.
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    header = _HEADER.format(language=catalogue.locale_identifier, plurals=catalogue.plural_forms)
    return f"{catalogue.header_comment}\n{header}{body.getvalue().decode()}"
