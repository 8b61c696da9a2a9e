"""Reads a TOML table key by key, and says in one line which key is wrong."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from inference.contract.errors import AtelierError

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ABSENT: Final = object()

E = TypeVar("E", bound=StrEnum)


class CatalogBrokenError(AtelierError):
    """A catalog file says something that has no meaning; `key` is where."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"catalog: {key}: {reason}".replace("\n", " "))
        self.key = key
        self.reason = reason


class Table:
    """A view of one table that notices the keys that nobody asked for."""

    def __init__(self, entries: Mapping[str, Any], path: str = "") -> None:
        self._entries = entries
        self._path = path
        self._asked: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    @property
    def path(self) -> str:
        return self._path

    def path_of(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def close(self) -> None:
        """Raises `CatalogBrokenError` if a key was left unread: most likely it is misspelt."""
        for key in self._entries:
            if key not in self._asked:
                raise CatalogBrokenError(self.path_of(key), "unknown key")

    def text(self, key: str, default: object = None) -> str:
        value = self._take(key, _ABSENT if default is None else default)
        if not isinstance(value, str):
            raise CatalogBrokenError(self.path_of(key), "is not a text")
        return value

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        value = self._take(key, _ABSENT if default is None else list(default))
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise CatalogBrokenError(self.path_of(key), "is not a list of texts")
        return tuple(value)

    def sha256(self, key: str) -> str:
        value = self.text(key)
        if not _SHA256.fullmatch(value):
            raise CatalogBrokenError(self.path_of(key), "is not 64 lowercase hexadecimal digits")
        return value

    def choice(self, key: str, choices: type[E]) -> E:
        value = self.text(key)
        if value not in set(choices):
            raise CatalogBrokenError(self.path_of(key), f"{value!r} is none of {', '.join(choices)}")
        return choices(value)

    def choices(self, key: str, choices: type[E], default: Collection[E] | None = None) -> frozenset[E]:
        values = self.texts(key, None if default is None else sorted(default))
        for value in values:
            if value not in set(choices):
                raise CatalogBrokenError(self.path_of(key), f"{value!r} is none of {', '.join(choices)}")
        return frozenset(map(choices, values))

    def one_of(self, key: str, known: Collection[str], default: str) -> str:
        """The default need not be among those that are known."""
        value = self.text(key, default)
        if value != default and value not in known:
            raise CatalogBrokenError(self.path_of(key), f"{value!r} is none of {', '.join(sorted(known))}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise CatalogBrokenError(self.path_of(key), "is true or false")
        return value

    def whole(self, key: str, default: int | None = None, *, minimum: int, maximum: int | None = None) -> int:
        value = self._take(key, _ABSENT if default is None else default)
        if not _is_whole(value) or value < minimum or (maximum is not None and value > maximum):
            up_to = "" if maximum is None else f" to {maximum}"
            raise CatalogBrokenError(self.path_of(key), f"is not a whole number from {minimum}{up_to}")
        return int(value)

    def number(self, key: str, default: float | None = None, *, minimum: float, maximum: float = float("inf")) -> float:
        value = self._take(key, _ABSENT if default is None else default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not minimum <= value <= maximum:
            raise CatalogBrokenError(self.path_of(key), f"is not a number from {minimum:g} to {maximum:g}")
        return float(value)

    def table(self, key: str, default: Mapping[str, Any] | None = None) -> "Table":
        value = self._take(key, _ABSENT if default is None else default)
        if not isinstance(value, Mapping):
            raise CatalogBrokenError(self.path_of(key), "is not a table")
        return Table(value, self.path_of(key))

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        parent = self.table(key, {})
        return ((name, parent.table(name)) for name in parent)

    def list_of_tables(self, key: str, default: Sequence[Mapping[str, Any]] | None = None) -> Iterator["Table"]:
        """Not empty, save by default."""
        value = self._take(key, _ABSENT if default is None else default)
        is_list = isinstance(value, list) and (value or value is default)
        if not is_list or not all(isinstance(entry, Mapping) for entry in value):
            raise CatalogBrokenError(self.path_of(key), "is not a list of tables")
        return (Table(entry, f"{self.path_of(key)}[{number}]") for number, entry in enumerate(value))

    def sums(self) -> dict[str, str]:
        """The whole table, of file names and their sha256."""
        return {name: self.sha256(name) for name in self._entries}

    def flags_and_texts(self) -> dict[str, bool | str]:
        """The whole table, of true, false and texts."""
        return dict(self._all(bool | str, "neither true, false nor a text"))

    def flags_and_wholes(self) -> dict[str, bool | int]:
        """The whole table, of true, false and whole numbers."""
        return dict(self._all(int, "neither true, false nor a whole number"))  # To Python, flags are numbers.

    def plain(self) -> dict[str, bool | int | float | str]:
        """The whole table, of flags, numbers and texts."""
        return dict(self._all(int | float | str, "neither true, false, a number nor a text"))

    def _all(self, kinds: Any, refusal: str) -> Mapping[str, Any]:
        for key, value in self._entries.items():
            if not isinstance(value, kinds):
                raise CatalogBrokenError(self.path_of(key), f"is {refusal}")
        return self._entries

    def _take(self, key: str, default: object) -> Any:
        self._asked.add(key)
        value = self._entries.get(key, default)
        if value is _ABSENT:
            raise CatalogBrokenError(self.path_of(key), "is missing")
        return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
