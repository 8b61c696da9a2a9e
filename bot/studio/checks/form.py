"""Collects what is wrong with a request body into Discord's tree of form errors."""

from typing import Any

from bot.studio.errors import DiscordError

Path = tuple[str | int, ...]


def width(text: str) -> int:
    """Length as Discord counts it: UTF-16 code units, of which most emoji take two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Form:
    """Problems by their place in the body; `close` raises 50035 with all of them, if there are any."""

    def __init__(self) -> None:
        self._errors: dict[str, Any] = {}

    @property
    def is_clean(self) -> bool:
        return not self._errors

    def problem(self, path: Path, code: str, message: str) -> None:
        node = self._errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def required(self, path: Path) -> None:
        self.problem(path, "BASE_TYPE_REQUIRED", "This field is required")

    def text(self, path: Path, value: object, *, least: int = 0, most: int) -> bool:
        """Notes a problem unless the value is a string whose `width` lies between least and most."""
        if not isinstance(value, str):
            self.problem(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif width(value) > most:
            self.problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif width(value) < least:
            self.problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        else:
            return True
        return False

    def listing(self, path: Path, value: object, *, least: int = 0, most: int) -> list[Any]:
        """The list, where it is one of least to most entries; else notes the problem and gives an empty one."""
        if not isinstance(value, list):
            self.problem(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        elif not least <= len(value) <= most:
            self.problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        else:
            return value
        return []

    def mapping(self, path: Path, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.problem(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return {}

    def choice(self, path: Path, value: object, allowed: frozenset[Any]) -> bool:
        if isinstance(value, (int, str)) and not isinstance(value, bool) and value in allowed:
            return True
        self.problem(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(str, sorted(allowed)))}}}.")
        return False

    def close(self) -> None:
        if self._errors:
            raise DiscordError(50035, errors=self._errors)
