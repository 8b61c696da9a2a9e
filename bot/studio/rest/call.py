"""One request to the REST interface, read and ready for its handler."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.studio.entities import Channel, Json, Upload
from bot.studio.errors import DiscordError
from bot.studio.forms import read_form
from bot.studio.jsontext import parsed
from bot.studio.payloads import Payloads
from bot.studio.permissions import Permission
from bot.studio.ratelimits import Bucket
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

_FILE = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler gets: the world, the parts of the path, the query, the body and the files."""

    world: World
    payloads: Payloads
    gateway_url: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    uploads: dict[int, Upload] = field(default_factory=dict)

    def id(self, name: str) -> Snowflake:
        """An id from the path; 50035 where it is no number."""
        if not self.path[name].isdecimal():
            raise DiscordError(50035, errors={name: _not_a_snowflake(self.path[name])})
        return Snowflake(int(self.path[name]))

    def fields(self) -> Json:
        """The body, where it is an object; 50109 otherwise."""
        if not isinstance(self.body, dict):
            raise DiscordError(50109)
        return self.body

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A number from the query, within its bounds; 50035 otherwise."""
        text = self.query.get(name, str(default))
        if not text.lstrip("-").isdecimal() or not least <= int(text) <= most:
            message = f"int value should be between {least} and {most}."
            raise DiscordError(50035, errors={name: {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": message}]}})
        return int(text)

    def optional_id(self, name: str) -> int | None:
        text = self.query.get(name)
        return int(text) if text is not None and text.isdecimal() else None

    def channel(self, needed: Permission = Permission.VIEW_CHANNEL) -> Channel:
        """The channel of the path, where the bot has what is needed; 10003, 50001 or 50013 otherwise."""
        channel = self.world.channel(self.id("channel"))
        self.world.require(self.world.bot.id, channel, needed)
        return channel


Handler = Callable[[Call], Awaitable[Json | list[Json] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route below `/api/v10`. A handler that gives None answers 204.

    `is_open`: the path itself carries a token, so no bot token is asked for, and the whole's limit does not count it.
    `bucket_key` names the part of the path that the bucket is counted by.
    """

    method: str
    path: str
    handler: Handler
    bucket: Bucket = Bucket.OTHER
    bucket_key: str = "channel"
    is_open: bool = False


async def read_body(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """The JSON body and the uploaded files, from JSON or from multipart with `payload_json` and `files[n]`.

    Raises:
        DiscordError: 40005 when it is larger than a request may be, 50109 when the JSON is broken.
    """
    try:
        if request.content_type == "multipart/form-data":
            return await _read_multipart(request)
        text = await request.text()
        return (parsed(text) if text else {}), {}
    except web.HTTPRequestEntityTooLarge as error:
        raise DiscordError(40005) from error
    except (ValueError, LookupError) as error:  # No text, no JSON, or a form without parts.
        raise DiscordError(50109) from error


async def _read_multipart(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    fields, files = await read_form(request)
    uploads = {int(match[1]): uploads[-1] for name, uploads in files.items() if (match := _FILE.fullmatch(name))}
    payload = fields.get("payload_json")
    return (parsed(payload) if payload is not None else {}), dict(sorted(uploads.items()))


def _not_a_snowflake(text: str) -> Json:
    return {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": f'Value "{text}" is not snowflake.'}]}
