"""Who hears each request of the bot's as it was read: for tests that hold them against Discord's documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request. `path` is without `/api/v10`; `body` is the JSON, None where there was none."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any


Witness = Callable[[Exchange], None]


def nobody(_: Exchange) -> None:
    return None
