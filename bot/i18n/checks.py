"""What is wrong with a catalogue: for the test that keeps it whole, and for who translates."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Final

from babel.messages.catalog import Catalog, Message

from bot.i18n.catalogues import NAME

MAX_NAME_CHARACTERS: Final = 32
# Code, and a command that is named without being set as code, where Discord shows no markup.
_CODE: Final = re.compile(r"`([^`]+)`|(?<![\w<:/`])(/\w+)")
_PLAIN_MARKUP: Final = ("**", "-# ", "<@", "\n")


def problems(catalogue: Catalog, template: Catalog) -> Sequence[str]:
    """One line for each thing that keeps a catalogue from saying what the sources say."""
    found = [f"obsolete: {_shown(message)}" for message in _sentences(catalogue) if _twin(message, template) is None]
    for wanted in _sentences(template):
        message = _twin(wanted, catalogue)
        if message is None:
            found.append(f"not in the catalogue: {_shown(wanted)}")
        else:
            found += [f"{problem}: {_shown(message)}" for problem in _problems_of(message, wanted, catalogue)]
    return found


def _problems_of(message: Message, wanted: Message, catalogue: Catalog) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    if message.pluralizable != wanted.pluralizable:
        yield "has other plural forms than the source"
        return
    translated = forms(message)
    if len(translated) != (catalogue.num_plurals if message.pluralizable else 1) or not all(translated):
        yield "not translated"
        return
    for form in translated:
        yield from _problems_of_form(message, form, catalogue)


def _problems_of_form(message: Message, form: str, catalogue: Catalog) -> Iterator[str]:
    source = _source(message)
    if _placeholders(form) != _placeholders(source) and not _may_omit_count(message, form, catalogue):
        yield "other placeholders"
    if message.context == NAME:
        if not is_command_name(form):
            yield "not a name that Discord takes"
        return
    if sorted(_code_in(form)) != sorted(_localised(code, catalogue) for code in _code_in(source)):
        yield "names other commands"
    if any(form.count(mark) != source.count(mark) for mark in _PLAIN_MARKUP):
        yield "other markup"
    if form != form.strip():
        yield "blanks at its ends"


def is_command_name(name: str) -> bool:
    """Discord's rule: letters and digits of any script, `-`, `_` and `'`, in lower case where the script has one."""
    return 1 <= len(name) <= MAX_NAME_CHARACTERS and name == name.lower() and all(map(_is_name_character, name))


def _is_name_character(character: str) -> bool:
    is_devanagari_or_thai = "\u0900" <= character <= "\u097f" or "\u0e01" <= character <= "\u0e5b"
    return character in "-_'" or unicodedata.category(character)[0] in "LN" or is_devanagari_or_thai


def _may_omit_count(message: Message, form: str, catalogue: Catalog) -> bool:
    """A form for one number alone may say it in words, where the language has several forms."""
    missing = _placeholders(_source(message)) ^ _placeholders(form)
    return message.pluralizable and catalogue.num_plurals > 1 and missing == {"count"}


def _placeholders(sentence: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    except ValueError:
        return {"a brace without its other half"}


def _code_in(sentence: str) -> Iterator[str]:
    return (match[1] or match[2] for match in _CODE.finditer(sentence))


def _localised(code: str, catalogue: Catalog) -> str:
    """`/history medium:` as the language's members see it in their list of commands."""
    if not code.startswith("/"):
        return code
    return "/" + " ".join(_name_in(catalogue, word) for word in code[1:].split(" "))


def _name_in(catalogue: Catalog, word: str) -> str:
    english, colon, value = word.partition(":")
    name = catalogue.get(english, context=NAME)
    return f"{(name.string if name else None) or english}{colon}{value}"


def _sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _twin(message: Message, catalogue: Catalog) -> Message | None:
    return catalogue.get(message.id, context=message.context)


def _source(message: Message) -> str:
    return str(message.id[1] if message.pluralizable else message.id)


def forms(message: Message) -> Sequence[str]:
    """The translation: one text, or one for each of the language's plural forms."""
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string or "",)


def _shown(message: Message) -> str:
    context = f"[{message.context}] " if message.context else ""
    return f"{context}{_source(message)!r}"
