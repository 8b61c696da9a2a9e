"""Listens to the requests that discord.py makes: what Discord refuses, and how soon interactions are acknowledged."""

import asyncio
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

import aiohttp
import discord

from bot.monitor.meters import Meters

_CALLBACK: Final = re.compile(r"/interactions/(\d+)/[^/]+/callback$")
_FIRST_ERROR: Final = 400
# Those that are never acknowledged, since the bot was too late or is broken, must not pile up.
_REMEMBERED: Final = 1000


class Traffic:
    """aiohttp's own trace hooks: every request passes here, retried ones too, whoever of discord.py makes it."""

    def __init__(self, meters: Meters, *, clock: Callable[[], float]) -> None:
        self._meters = meters
        self._clock = clock
        self._arrived: dict[int, tuple[str, float]] = {}
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._answered)
        self.trace.on_response_chunk_received.append(self._read)
        self.trace.on_request_exception.append(self._broken)

    async def interaction_came(self, interaction: discord.Interaction) -> None:
        """A listener of `on_interaction`, which runs before anything that was awaited has come back."""
        self._arrived[interaction.id] = (interaction.type.name, self._clock())
        if len(self._arrived) > _REMEMBERED:
            del self._arrived[next(iter(self._arrived))]

    async def _answered(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        context.status = request.response.status
        callback = _CALLBACK.search(request.url.path)
        if callback is None or context.status >= _FIRST_ERROR:
            return
        if (arrival := self._arrived.pop(int(callback[1]), None)) is not None:
            kind, came_at = arrival
            self._meters.acknowledged(kind, self._clock() - came_at)

    async def _read(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        """discord.py reads every answer, so that each refusal is counted here, once its code is known."""
        if context.status >= _FIRST_ERROR:
            self._meters.discord_failed(status=str(context.status), code=_code_in(answer.chunk))

    async def _broken(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams
    ) -> None:
        if not isinstance(request.exception, asyncio.CancelledError):
            self._meters.discord_failed(status="none", code=type(request.exception).__name__)


def _code_in(body: bytes) -> str:
    """Discord's own code; 0 where there is none, as in what its proxies say."""
    try:
        return str(int(json.loads(body)["code"]))
    except (ValueError, TypeError, KeyError):
        return "0"
