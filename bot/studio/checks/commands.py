"""The limits of application commands."""

import unicodedata
from collections import Counter

from bot.studio.checks.form import Form, Path, width
from bot.studio.checks.locales import check_localizations, check_unique
from bot.studio.entities import Json

SLASH, USER, MESSAGE = 1, 2, 3
COMMANDS_A_SCOPE = {SLASH: 100, USER: 15, MESSAGE: 15}
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, PERSON, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
LARGEST_INTEGER = 2**53
_CHOOSABLE = frozenset({STRING, INTEGER, NUMBER})
_LEAF_OPTIONS = frozenset(range(STRING, ATTACHMENT + 1))


def checked_commands(value: object) -> list[Json]:
    """The commands of one scope, ready to be registered; DiscordError 50035 otherwise."""
    form = Form()
    commands = form.listing((), value, most=sum(COMMANDS_A_SCOPE.values()))
    for index, each in enumerate(commands):
        _check_command(form, (index,), form.mapping((index,), each))
    form.close()
    kinds = Counter(each.get("type", SLASH) for each in commands)
    for kind in kinds:
        check_unique(
            form,
            (),
            {index: each for index, each in enumerate(commands) if each.get("type", SLASH) == kind},
            code="APPLICATION_COMMANDS_DUPLICATE_NAME",
            message="Application command names must be unique",
        )
    if any(number > COMMANDS_A_SCOPE[kind] for kind, number in kinds.items()):
        form.problem((), "BASE_TYPE_BAD_LENGTH", "Maximum number of application commands reached")
    form.close()
    return [{"type": SLASH, **each} for each in commands]


def _check_command(form: Form, path: Path, command: Json) -> None:
    kind = command.get("type", SLASH)
    if not form.choice((*path, "type"), kind, frozenset(COMMANDS_A_SCOPE)):
        return
    if kind == SLASH:
        _check_named(form, path, command)
        _check_options(form, path, command.get("options"), depth=0)
        if _weight(command) > 8000:
            form.problem(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    else:
        form.text((*path, "name"), command.get("name"), least=1, most=32)
        check_localizations(form, path, command, "name", lambda place, name: form.text(place, name, least=1, most=32))
        if command.get("description"):
            form.problem((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Cannot have one.")
        if command.get("options"):
            form.problem((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", "Cannot have any.")
    for name, allowed in (("contexts", frozenset({0, 1, 2})), ("integration_types", frozenset({0, 1}))):
        for index, each in enumerate(form.listing((*path, name), command.get(name) or [], most=3)):
            form.choice((*path, name, index), each, allowed)


def _check_named(form: Form, path: Path, part: Json) -> None:
    _check_name(form, (*path, "name"), part.get("name"))
    form.text((*path, "description"), part.get("description"), least=1, most=100)
    check_localizations(form, path, part, "name", lambda place, name: _check_name(form, place, name))
    check_localizations(
        form, path, part, "description", lambda place, text: form.text(place, text, least=1, most=100)
    )  # fmt: skip


def _check_name(form: Form, path: Path, name: object) -> None:
    if form.text(path, name, least=1, most=32) and not is_command_name(str(name)):
        _bad_name(form, path)


def _bad_name(form: Form, path: Path) -> None:
    form.problem(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def is_command_name(name: str) -> bool:
    """Lower-case letters and digits of any script, `-`, `_` and `'`."""
    if name != name.lower():
        return False
    return all(each in "-_'" or unicodedata.category(each)[0] in "LN" or _is_mark(each) for each in name)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M") and "\u0900" <= character <= "\u0e7f"


def _check_options(form: Form, path: Path, value: object, *, depth: int) -> None:
    options = form.listing((*path, "options"), value or [], most=25)
    parts = [form.mapping((*path, "options", index), each) for index, each in enumerate(options)]
    check_unique(
        form,
        (*path, "options"),
        dict(enumerate(parts)),
        code="APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        message="Option names must be unique",
    )
    nested = [each for each in parts if each.get("type") in (SUBCOMMAND, GROUP)]
    if nested and len(nested) != len(parts):
        form.problem((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Subcommands stand alone")
    is_optional_seen = False
    for index, each in enumerate(parts):
        place = (*path, "options", index)
        _check_option(form, place, each, depth=depth)
        if each.get("required") and is_optional_seen:
            form.problem(
                place,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        is_optional_seen |= not each.get("required", False)


def _check_option(form: Form, path: Path, option: Json, *, depth: int) -> None:
    _check_named(form, path, option)
    allowed = _LEAF_OPTIONS | {0: {SUBCOMMAND, GROUP}, 1: {SUBCOMMAND}}.get(depth, set())
    if not form.choice((*path, "type"), option.get("type"), frozenset(allowed)):
        return
    if option["type"] in (SUBCOMMAND, GROUP):
        _check_options(form, path, option.get("options"), depth=1 if option["type"] == GROUP else 2)
        return
    if option["type"] not in _CHOOSABLE and (option.get("choices") or option.get("autocomplete")):
        form.problem((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only text and numbers have choices.")
    if option.get("channel_types") and option["type"] != CHANNEL:
        form.problem((*path, "channel_types"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only channels have types.")
    choices = form.listing((*path, "choices"), option.get("choices") or [], most=25)
    if choices and option.get("autocomplete"):
        form.problem((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE", "Cannot have choices too.")
    check_choices(form, (*path, "choices"), choices, option["type"])
    check_unique(
        form,
        (*path, "choices"),
        {index: choice for index, choice in enumerate(choices) if isinstance(choice, dict)},
        code="APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        message="Choice names must be unique",
    )
    _check_range(form, path, option)


def check_choices(form: Form, path: Path, choices: list[Json], kind: int) -> None:
    """The choices of an option, fixed or from autocompletion."""
    for index, choice in enumerate(choices):
        part = form.mapping((*path, index), choice)
        form.text((*path, index, "name"), part.get("name"), least=1, most=100)
        check_localizations(
            form, (*path, index), part, "name", lambda place, name: form.text(place, name, least=1, most=100)
        )  # fmt: skip
        check_value(form, (*path, index, "value"), part.get("value"), kind)


def check_value(form: Form, path: Path, value: object, kind: int) -> None:
    """A value of one option's kind: text, whole number within 2**53, or number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == STRING:
        form.text(path, value, least=1, most=100)
    elif kind == INTEGER and not (is_number and isinstance(value, int)):
        form.problem(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    elif kind == NUMBER and not is_number:
        form.problem(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')
    elif isinstance(value, (int, float)) and abs(value) > LARGEST_INTEGER:
        form.problem(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {LARGEST_INTEGER}.")


def _check_range(form: Form, path: Path, option: Json) -> None:
    for name in ("min_value", "max_value"):
        if option.get(name) is not None and option["type"] in (INTEGER, NUMBER):
            check_value(form, (*path, name), option[name], option["type"])
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = option.get(name)
        if length is not None and not (isinstance(length, int) and least <= length <= 6000):
            form.problem((*path, name), "NUMBER_TYPE_MAX", f"int value should lie between {least} and 6000.")


def _weight(part: Json) -> int:
    own = width(part.get("name") or "") + width(part.get("description") or "")
    for choice in part.get("choices") or []:
        own += width(str(choice.get("name"))) + width(str(choice.get("value")))
    return own + sum(_weight(each) for each in part.get("options") or [] if isinstance(each, dict))
