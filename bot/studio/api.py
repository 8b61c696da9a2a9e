"""The REST interface as an HTTP application: faults, authorization, limits, errors and the record of requests."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiohttp import web

from bot.studio.errors import DiscordError, UnauthorizedError
from bot.studio.faults import Fault, Faults, Moment
from bot.studio.payloads import Payloads
from bot.studio.ratelimits import Bucket, RateLimiter, Verdict
from bot.studio.rest import ROUTES
from bot.studio.rest.call import Call, Route, read_body
from bot.studio.rest.messages import OLD, edit_message
from bot.studio.snowflakes import Snowflake, born_at
from bot.studio.witness import Exchange, Witness
from bot.studio.world import World

PREFIX = "/api/v10"
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was answered. `path` is without `/api/v10`; `status` 0: the connection was cut."""

    method: str
    path: str
    status: int
    at_seconds: float  # of the monotonic clock, when it came in


class _CutError(Exception):
    """The connection is to break off."""


class Api:
    """Answers requests to `/api/v10`; `requests` is the record of them, oldest first."""

    def __init__(
        self,
        world: World,
        payloads: Payloads,
        faults: Faults,
        limiter: RateLimiter,
        *,
        token: str | None,
        witness: Witness,
    ) -> None:
        self.requests: deque[Request] = deque(maxlen=_REMEMBERED)
        self.gateway_url = ""
        self._world = world
        self._payloads = payloads
        self._faults = faults
        self._limiter = limiter
        self.token = token
        self._witness = witness

    def add_routes(self, app: web.Application) -> None:
        for route in ROUTES:
            app.router.add_route(route.method, PREFIX + route.path, self._handler(route))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._unknown)

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._recorded(request, route)

        return handle

    async def _unknown(self, request: web.Request) -> web.Response:
        self._record(request, time.monotonic(), 404)
        return _answer(404, {"message": "404: Not Found", "code": 0})

    async def _recorded(self, request: web.Request, route: Route) -> web.Response:
        began = time.monotonic()
        try:
            response = await self._answered(request, route)
        except _CutError:
            self._record(request, began, 0)
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError from None
        self._record(request, began, response.status)
        return response

    def _record(self, request: web.Request, began: float, status: int) -> None:
        path = request.path.removeprefix(PREFIX)
        self.requests.append(Request(method=request.method, path=path, status=status, at_seconds=began))
        self._world.stir()

    async def _answered(self, request: web.Request, route: Route) -> web.Response:
        path = request.path.removeprefix(PREFIX)
        await self._faults.wait(request.method, path)
        if fault := self._faults.take(request.method, path, Moment.BEFORE):
            return _broken(fault)
        response = await self._effective(request, route)
        if fault := self._faults.take(request.method, path, Moment.AFTER):
            return _broken(fault)
        return response

    async def _effective(self, request: web.Request, route: Route) -> web.Response:
        headers: dict[str, str] = {}
        try:
            self._authorize(request, route)
            verdict = self._counted(request, route)
            if verdict.is_limited:
                return _limited(verdict)
            headers = verdict.headers
            body, uploads = await read_body(request)
            path = request.path.removeprefix(PREFIX)
            heard = body if request.body_exists else None
            self._witness(Exchange(method=request.method, path=path, query=dict(request.query), body=heard))
            call = Call(
                world=self._world,
                payloads=self._payloads,
                gateway_url=self.gateway_url,
                path=dict(request.match_info),
                query=dict(request.query),
                body=body,
                uploads=uploads,
            )
            answer = await route.handler(call)
        except DiscordError as error:
            return _answer(error.status, error.body(), headers)
        except UnauthorizedError:
            return _answer(401, {"message": "401: Unauthorized", "code": 0}, headers)
        return web.Response(status=204, headers=headers) if answer is None else _answer(200, answer, headers)

    def _authorize(self, request: web.Request, route: Route) -> None:
        if route.is_open:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bot" or not token or (self.token is not None and token != self.token):
            raise UnauthorizedError

    def _counted(self, request: web.Request, route: Route) -> Verdict:
        key = request.match_info.get(route.bucket_key, "")
        if route.handler is edit_message and self._is_old(request.match_info["message"]):
            verdict = self._limiter.count(Bucket.OLD_EDIT, key, is_global=False)
            if verdict.is_limited:
                return replace(verdict, code=30046)
        if route.bucket is Bucket.OTHER:
            key = f"{route.method} {route.path} {key}"
        return self._limiter.count(route.bucket, key, is_global=not route.is_open)

    def _is_old(self, message_id: str) -> bool:
        return message_id.isdecimal() and self._world.now() - born_at(Snowflake(int(message_id))) > OLD


def _broken(fault: Fault) -> web.Response:
    match fault.status:
        case None:
            raise _CutError
        case 429:
            return _limited(Verdict(is_limited=True, retry_after_seconds=fault.retry_after_seconds))
        case status:
            return _answer(status, {"message": f"{status}: made to fail", "code": 0})


def _limited(verdict: Verdict) -> web.Response:
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(verdict.retry_after_seconds, 3),
        "global": verdict.is_global,
        "code": verdict.code,
    }
    # Without Via, discord.py takes a 429 for a ban and does not try again.
    headers = {**verdict.headers, "Retry-After": str(max(1, round(verdict.retry_after_seconds))), "Via": "1.1 studio"}
    return _answer(429, body, headers)


def _answer(status: int, body: object, headers: dict[str, str] | None = None) -> web.Response:
    # The exact content type: with a charset discord.py reads text, and its login fails.
    return web.Response(
        status=status, body=json.dumps(body).encode(), headers={**(headers or {}), "Content-Type": "application/json"}
    )  # fmt: skip
