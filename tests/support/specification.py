"""Discord's own OpenAPI document, against which the requests of the bot are held.

`DISCORD_OPENAPI` is the path of the document (https://github.com/discord/discord-api-spec). Where it is not
set, nothing is validated, and `tests/journeys/test_specification.py` skips and says so.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import jsonschema_rs

from bot.studio.witness import Exchange

PATH: Final = os.environ.get("DISCORD_OPENAPI")
Schema: TypeAlias = dict[str, Any]

_PARAMETER: Final = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """One method of one path. A body of None: the operation takes none."""

    path: re.Pattern[str]
    literal_characters: int
    body: Schema | None
    query: Mapping[str, Schema]


class Specification:
    """Which requests Discord describes, and what their bodies and queries may hold."""

    def __init__(self, document: Schema) -> None:
        self._schemas = {"components": {"schemas": _lenient(document["components"]["schemas"])}}
        self._validators: dict[int, jsonschema_rs.Validator] = {}
        self._operations: dict[str, list[_Operation]] = {}
        for path, methods in document["paths"].items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                if isinstance(operation, dict):
                    self._operations.setdefault(method.upper(), []).append(self._operation(path, operation, shared))
        for operations in self._operations.values():  # `/users/@me` goes before `/users/{user_id}`.
            operations.sort(key=lambda each: -each.literal_characters)

    @staticmethod
    def _operation(path: str, operation: Schema, shared: list[Schema]) -> _Operation:
        literals = _PARAMETER.split(path)
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json") or content.get("multipart/form-data")
        parameters = [*shared, *operation.get("parameters", [])]
        return _Operation(
            path=re.compile("[^/]+".join(map(re.escape, literals))),
            literal_characters=sum(map(len, literals)),
            body=schema["schema"] if schema else None,
            query={each["name"]: each["schema"] for each in parameters if each["in"] == "query"},
        )

    def _validator(self, schema: Schema) -> jsonschema_rs.Validator:
        """Made when it is first asked for: the document has hundreds."""
        if id(schema) not in self._validators:
            self._validators[id(schema)] = jsonschema_rs.Draft202012Validator({**schema, **self._schemas})
        return self._validators[id(schema)]

    def complaints(self, exchange: Exchange) -> Iterator[str]:
        """What of a request Discord does not describe."""
        operation = next(
            (each for each in self._operations.get(exchange.method, []) if each.path.fullmatch(exchange.path)), None
        )
        if operation is None:
            yield "no such operation"
            return
        for name, text in exchange.query.items():
            if name not in operation.query:
                yield f"no such query parameter: {name}"
            elif not any(self._validator(operation.query[name]).is_valid(value) for value in _readings(text)):
                yield f"query parameter {name}: {text}"
        if exchange.body is None:
            return
        if operation.body is None:
            yield "a body where there is none"
        else:
            yield from map(_described, self._validator(operation.body).iter_errors(exchange.body))


@dataclass(slots=True)
class Witness:
    """Holds each request of a studio's bot against the specification; `complaints` names those that differ."""

    specification: Specification | None
    complaints: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, exchange: Exchange) -> None:
        self.seen += 1
        if self.specification is not None:
            found = self.specification.complaints(exchange)
            self.complaints += [f"{exchange.method} {exchange.path}: {complaint}" for complaint in found]


@cache
def specification() -> Specification | None:
    return Specification(json.loads(Path(PATH).read_bytes())) if PATH else None


def _lenient(schemas: Schema) -> Schema:
    """What the document leaves out, and Discord takes: ids as numbers, which discord.py sends, and media channels."""
    media_channels = {"title": "GUILD_MEDIA", "const": 16}
    return schemas | {
        "SnowflakeType": {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]},
        "ChannelTypes": {**schemas["ChannelTypes"], "oneOf": [*schemas["ChannelTypes"]["oneOf"], media_channels]},
    }


def _readings(text: str) -> Iterator[Any]:
    """What a query's text may stand for."""
    yield text
    if text in ("0", "1", "true", "false", "True", "False"):
        yield text.lower() in ("1", "true")
    if text.isdecimal():
        yield int(text)


def _described(error: jsonschema_rs.ValidationError) -> str:
    place = "/".join(map(str, error.instance_path))
    return f"{place}: {error.message[:300]}"
