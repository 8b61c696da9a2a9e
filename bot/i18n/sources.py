"""What is to be translated, as it stands in the sources: gettext's extraction, for Python and for discord.py's names.

Babel's own extractor knows calls, but neither a command's name from its description nor an option's name, which is the
name of a parameter.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog

from bot.i18n.catalogues import NAME

BOT: Final = Path(__file__).parents[1]
# `t` by itself or as somebody's own; `texts_for(…)(…)` is the same without the name.
_TEXTS: Final = frozenset({"t", "_t"})
_COMMAND_MAKERS: Final = frozenset({"command", "Command", "Group", "GroupCog"})
_NAME_KEYWORDS: Final = frozenset({"name", "group_name"})


@dataclass(frozen=True, slots=True)
class Found:
    """One call in the sources; `message` is the pair of singular and plural where there are two."""

    line: int
    message: str | tuple[str, str]
    context: str | None = None


class NotLiteralError(ValueError):
    """A sentence that is put together in the code, which no translator would ever see."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path}:{line}: what is to be translated has to stand there as one literal")


class AlsoPluralError(ValueError):
    """A sentence that stands alone here and is the singular of another there: gettext keeps one of the two."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message!r} is used both by itself and as a singular; word one of them differently")


def template(folder: Path = BOT) -> Catalog:
    """All that is to be translated, with the files where it stands. Raises `NotLiteralError`, `AlsoPluralError`."""
    catalogue = Catalog(fuzzy=False)
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder.parent)
        if name.parts[1] == "studio":  # It speaks to developers, in English.
            continue
        for found in sorted(found_in(path), key=lambda each: each.line):
            known = catalogue.get(found.message, context=found.context)
            if known is not None and known.pluralizable is isinstance(found.message, str):
                raise AlsoPluralError(known.id if isinstance(known.id, str) else known.id[0])
            catalogue.add(found.message, context=found.context, locations=[(name.as_posix(), found.line)])
    return catalogue


def found_in(path: Path) -> Iterator[Found]:
    """What is to be translated in one file, in no particular order. Raises `NotLiteralError`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {id(name) for node in ast.walk(tree) for name in _names_given_by(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _found_in_call(path, node, NAME if id(node) in names else None)
        elif isinstance(node, ast.Constant) and id(node) in names:
            yield Found(node.lineno, str(node.value), NAME)
        elif isinstance(node, ast.AsyncFunctionDef):
            yield from _option_names(node)


def _found_in_call(path: Path, call: ast.Call, context: str | None) -> Iterator[Found]:
    match call:
        case ast.Call(func=ast.Name(id="locale_str") | ast.Attribute(attr="locale_str"), args=[message, *_]):
            yield Found(call.lineno, _literal(message, path), context)
        case ast.Call(func=ast.Attribute(value=receiver, attr="plural"), args=[one, many, *_]) if _is_texts(receiver):
            yield Found(call.lineno, (_literal(one, path), _literal(many, path)))
        case ast.Call(func=ast.Attribute(value=receiver, attr="of"), args=[kind, message, *_]) if _is_texts(receiver):
            yield Found(call.lineno, _literal(message, path), _literal(kind, path))
        case ast.Call(func=receiver, args=[message, *_]) if _is_texts(receiver):
            is_looked_up = isinstance(message, ast.Attribute) and message.attr == "message"  # Of a `locale_str`.
            if not is_looked_up:
                yield Found(call.lineno, _literal(message, path))


def _is_texts(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _TEXTS
        case ast.Call(func=ast.Name(id="texts_for")):
            return True
        case _:
            return False


def _names_given_by(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that name a command, a group or an option."""
    match node:
        case ast.Call(func=ast.Attribute(attr=maker) | ast.Name(id=maker), keywords=keywords):
            if maker == "rename":
                yield from (keyword.value for keyword in keywords)
            elif maker in _COMMAND_MAKERS:
                yield from (keyword.value for keyword in keywords if keyword.arg in _NAME_KEYWORDS)
        case ast.ClassDef(keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg in _NAME_KEYWORDS)
        case _:
            pass


def _option_names(function: ast.AsyncFunctionDef) -> Iterator[Found]:
    """The parameters of a command, but for `self`, the interaction and those that are renamed."""
    decorators = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    makers = {node.func.attr: node for node in decorators if isinstance(node.func, ast.Attribute)}
    if "command" not in makers:
        return
    renamed = {keyword.arg for keyword in makers["rename"].keywords} if "rename" in makers else set()
    parameters = [each.arg for each in function.args.args if each.arg != "self"][1:]
    parameters += [each.arg for each in function.args.kwonlyargs]
    for name in parameters:
        if name not in renamed:
            yield Found(function.lineno, name, NAME)


def _literal(node: ast.expr, path: Path) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise NotLiteralError(path, node.lineno)
