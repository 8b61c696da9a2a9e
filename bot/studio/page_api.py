"""What the page asks and does: JSON below `/studio/api`, and one WebSocket with a person's events."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.studio.entities import Channel, Json, Message, Upload
from bot.studio.errors import ClientRefusedError, DiscordError
from bot.studio.events import Event
from bot.studio.forms import read_form
from bot.studio.jsontext import parsed
from bot.studio.payloads import Payloads
from bot.studio.people import Person
from bot.studio.snowflakes import Snowflake
from bot.studio.viewer import Viewer
from bot.studio.world import World

_PAGE = Path(__file__).parent / "page"
_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_QUEUED_FRAMES = 5000


class PageApi:
    """The routes of the page. Whoever reaches the loopback address may be any of the people."""

    def __init__(self, world: World, payloads: Payloads, people: Mapping[str, Person]) -> None:
        self._world = world
        self._payloads = payloads
        self._people = people
        self._sockets: set[web.WebSocketResponse] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._page)
        app.router.add_get("/studio/page/{name}", self._page)
        app.router.add_get("/studio/ws", self._listen)
        for method, path, handler in (
            ("GET", "world", self._get_world),
            ("GET", "messages", self._get_messages),
            ("GET", "commands", self._get_commands),
            ("GET", "interaction", self._get_interaction),
            ("POST", "command", self._command),
            ("POST", "autocomplete", self._autocomplete),
            ("POST", "message-command", self._message_command),
            ("POST", "press", self._press),
            ("POST", "select", self._select),
            ("POST", "submit", self._submit),
            ("POST", "react", self._react),
            ("POST", "say", self._say),
            ("POST", "delete", self._delete),
        ):
            app.router.add_route(method, f"/studio/api/{path}", _answering(handler))

    async def close(self) -> None:
        for each in list(self._sockets):
            await each.close(code=1001)

    # The page itself

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        # Only names that lie in the folder are served: no path is built from what was asked.
        for path in _PAGE.iterdir():
            if path.name == name and path.suffix in _MEDIA_TYPES:
                headers = {"Content-Type": f"{_MEDIA_TYPES[path.suffix]}; charset=utf-8", "Cache-Control": "no-cache"}
                return web.Response(body=path.read_bytes(), headers=headers)
        raise web.HTTPNotFound

    # Events

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        viewer = self._viewer(request.query)
        feed = web.WebSocketResponse(heartbeat=30)
        frames: deque[Json] = deque(maxlen=_QUEUED_FRAMES)
        stirred = asyncio.Event()

        def hear(event: Event) -> None:
            if (frame := viewer.frame(event)) is not None:
                frames.append(frame)
                stirred.set()

        unsubscribe = self._world.subscribe(hear)
        await feed.prepare(request)
        self._sockets.add(feed)
        writer = asyncio.create_task(_write(feed, frames, stirred))
        try:
            while (await feed.receive()).type is WSMsgType.TEXT:
                continue
        finally:
            unsubscribe()
            self._sockets.discard(feed)
            writer.cancel()
        return feed

    # Reading

    async def _get_world(self, request: web.Request) -> Json:
        viewer = self._viewer(request.query)
        return {
            "people": [
                {
                    "slug": slug,
                    "name": each.user.global_name,
                    "locale": each.user.locale,
                    "id": str(each.id),
                    "roles": self._roles_of(each),
                }
                for slug, each in self._people.items()
            ],
            "roles": [
                self._payloads.role(role) for guild in self._world.guilds.values() for role in guild.roles.values()
            ],
            "bot": self._payloads.user(self._world.bot),
            "attachment_limit_bytes": self._world.attachment_limit_bytes,
            "guilds": [{"id": str(guild.id), "name": guild.name} for guild in self._world.guilds.values()],
            "channels": [
                self._payloads.channel(channel) | {"permissions": str(int(viewer.permissions(channel)))}
                for channel in self._world.channels.values()
                if channel.guild_id is not None and viewer.may_see(channel)
            ],
        }

    def _roles_of(self, person: Person) -> list[str]:
        """The names of what somebody is beyond a member, on any of the servers."""
        memberships = [
            (guild, guild.members[person.id]) for guild in self._world.guilds.values() if person.id in guild.members
        ]
        return [guild.roles[role_id].name for guild, member in memberships for role_id in member.role_ids]

    async def _get_messages(self, request: web.Request) -> list[Json]:
        viewer = self._viewer(request.query)
        channel = self._channel(request.query)
        if not viewer.may_see(channel):
            raise DiscordError(50001)
        limit = min(int(request.query.get("limit", "100")), 200)
        before = int(request.query.get("before", str(1 << 63)))
        seen = [message for message in viewer.person.messages(channel) if message.id < before]
        return [viewer.message(message) for message in seen[-limit:]]

    async def _get_commands(self, request: web.Request) -> list[Json]:
        return self._viewer(request.query).person.commands(self._channel(request.query))

    async def _get_interaction(self, request: web.Request) -> Json:
        viewer = self._viewer(request.query)
        interaction = self._world.interactions.get(Snowflake(int(request.query["interaction"])))
        if interaction.user_id != viewer.person.id:
            raise DiscordError(10062)
        return viewer.interaction(interaction)

    # Acting

    async def _command(self, request: web.Request) -> Json:
        fields, files = await _read(request)
        viewer = self._viewer(fields)
        options = {**fields.get("options", {}), **{name: uploads[0] for name, uploads in files.items()}}
        asked = await viewer.person.command(fields["name"], options, self._channel(fields))
        return viewer.interaction(asked)

    async def _autocomplete(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        chosen = {name: Upload(name, b"") for name in fields.get("files", [])}
        options = {**fields.get("options", {}), **chosen}
        choices = await self._viewer(fields).person.autocomplete(
            fields["name"], fields["option"], fields["partial"], options, self._channel(fields)
        )
        return {"choices": choices}

    async def _message_command(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        viewer = self._viewer(fields)
        return viewer.interaction(await viewer.person.message_command(fields["name"], self._message(fields)))

    async def _press(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        viewer = self._viewer(fields)
        return viewer.interaction(await viewer.person.press(self._message(fields), fields["custom_id"]))

    async def _select(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        viewer = self._viewer(fields)
        chosen = await viewer.person.select(self._message(fields), fields["custom_id"], fields["values"])
        return viewer.interaction(chosen)

    async def _submit(self, request: web.Request) -> Json:
        fields, files = await _read(request)
        viewer = self._viewer(fields)
        opened = self._world.interactions.get(Snowflake(int(fields["interaction"])))
        if opened.user_id != viewer.person.id:
            raise ClientRefusedError("somebody else's modal")
        return viewer.interaction(await viewer.person.submit(opened, {**fields["fields"], **files}))

    async def _react(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        person = self._viewer(fields).person
        act = person.react if fields["is_on"] else person.unreact
        await act(self._message(fields), fields["emoji"])
        return {}

    async def _say(self, request: web.Request) -> Json:
        fields, files = await _read(request)
        viewer = self._viewer(fields)
        uploads = [each for named in files.values() for each in named]
        said = await viewer.person.say(fields["text"], self._channel(fields), uploads)
        return viewer.message(said)

    async def _delete(self, request: web.Request) -> Json:
        fields, _ = await _read(request)
        await self._viewer(fields).person.delete(self._message(fields))
        return {}

    # Finding

    def _viewer(self, fields: Mapping[str, Any]) -> Viewer:
        slug = str(fields.get("person", ""))
        if slug not in self._people:
            raise web.HTTPNotFound(text="no such person")
        return Viewer(self._world, self._payloads, self._people[slug])

    def _channel(self, fields: Mapping[str, Any]) -> Channel:
        return self._world.channel(Snowflake(int(fields["channel"])))

    def _message(self, fields: Mapping[str, Any]) -> Message:
        return self._world.messages.get(self._channel(fields).id, Snowflake(int(fields["message"])))


async def _write(feed: web.WebSocketResponse, frames: deque[Json], stirred: asyncio.Event) -> None:
    while True:
        await stirred.wait()
        stirred.clear()
        while frames:
            await feed.send_str(json.dumps(frames.popleft()))


async def _read(request: web.Request) -> tuple[Json, dict[str, list[Upload]]]:
    """The fields of a JSON body, or of a form's `fields` with files by option name."""
    files: dict[str, list[Upload]] = {}
    if request.content_type == "application/json":
        fields = parsed(await request.text())
    else:
        texts, files = await read_form(request)
        fields = parsed(texts["fields"])
    if not isinstance(fields, dict):
        raise TypeError("fields must be an object")
    return fields, files


def _answering(
    handler: Callable[[web.Request], Awaitable[Json | list[Json]]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turns refusals into JSON that the page can show."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except ClientRefusedError as error:
            return web.json_response({"problem": str(error)}, status=400)
        except DiscordError as error:
            return web.json_response({"problem": error.message}, status=error.status)
        except TimeoutError:
            return web.json_response({"problem": "The application did not respond"}, status=504)
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"problem": f"Not understood: {error!r}"}, status=400)

    return answer
