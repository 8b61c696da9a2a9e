"""Reads JSON that a stranger wrote: as strict as the grammar, and no deeper than anything that Discord takes."""

import json
from typing import Any

DEPTH_LIMIT = 100


class BrokenJsonError(ValueError):
    """It is no JSON, or nested deeper than any body may be."""


def parsed(text: str | bytes) -> Any:
    """Raises `BrokenJsonError`."""
    try:
        value = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise BrokenJsonError from error
    if _is_deeper(value, DEPTH_LIMIT):
        raise BrokenJsonError
    return value


def _refused(constant: str) -> None:
    """NaN and the infinities, which Python takes and JSON does not know."""
    raise ValueError(constant)


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
