"""The two pages on loopback, and what they ask of the services."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Literal

import aiohttp
import structlog
from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.client import AtelierClient
from bot.monitor import health
from bot.monitor.health import Health, Part
from bot.monitor.meters import Meters, Reading
from bot.monitor.traffic import Traffic
from bot.studio.guard import guard
from inference.actor.memory import resident_bytes
from inference.actor.supervisor import Supervisor
from inference.contract.errors import StorageUnavailableError
from storage.survey import Backlog

log = structlog.get_logger(__name__)

HOST: Final = "127.0.0.1"
_DATABASE_SECONDS: Final = 2.0
_SHUTDOWN_SECONDS: Final = 1.0
_FRESH: Final = {"Cache-Control": "no-store"}

Port = int | Literal["off"]


class Monitor:
    """An observer: the bot works the same without it, and goes on when its port is taken."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._meters = Meters()
        self._traffic = Traffic(self._meters, clock=clock)

    @property
    def http_trace(self) -> aiohttp.TraceConfig:
        """For the client whose requests are to be counted."""
        return self._traffic.trace

    @asynccontextmanager
    async def watching(self, client: AtelierClient, actor: Supervisor, *, port: Port) -> AsyncIterator[None]:
        """Count what happens, and answer on `port` until the block ends; 0 takes a free one."""
        services = client.services
        services.queue.watch(self._meters.job_moved)
        services.courier.when_held_back(self._meters.edit_held_back)
        client.add_listener(self._traffic.interaction_came, "on_interaction")
        runner = web.AppRunner(self._site(Observed(client, actor)), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            if port != "off":
                await _listen(runner, port)
            yield
        finally:
            await runner.cleanup()

    def _site(self, observed: "Observed") -> web.Application:
        exposition = make_aiohttp_handler(self._meters.registry)

        async def metrics(request: web.Request) -> web.StreamResponse:
            self._meters.read(await observed.reading())
            return await exposition(request)

        async def healthz(_: web.Request) -> web.Response:
            found, _backlog = await observed.health()
            return web.json_response(found.as_json(), status=200 if found.is_well else 503, headers=_FRESH)

        site = web.Application(middlewares=[guard(allowed_host=HOST)])
        site.router.add_get("/metrics", metrics)
        site.router.add_get("/healthz", healthz)
        return site


class Observed:
    """The services, asked how they are."""

    def __init__(self, client: AtelierClient, actor: Supervisor) -> None:
        self._client = client
        self._actor = actor

    async def health(self) -> tuple[Health, Backlog | None]:
        """With the backlog, by which the database shows that it answers."""
        backlog = await self._backlog()
        socket = self._client.ws
        parts = {
            # Before the first connection there is no socket, though discord.py's annotation knows no such time.
            Part.GATEWAY: health.gateway(is_ready=self._client.is_ready(), is_open=bool(socket) and socket.open),
            Part.DATABASE: health.database(has_answered=backlog is not None),
            Part.ACTOR: health.actor(
                absent_seconds=self._actor.absent_seconds,
                silent_seconds=self._actor.silent_seconds,
                outage=self._actor.outage,
            ),
            Part.QUEUE: health.queue(is_at_work=self._client.services.queue.is_at_work),
        }
        return Health(parts=parts, gateway_latency_seconds=health.latency(self._client.latency)), backlog

    async def reading(self) -> Reading:
        found, backlog = await self.health()
        return Reading(
            health=found,
            backlog=backlog,
            rows=self._client.services.queue.rows,
            restarts=self._actor.restarts,
            resident_bytes=self._resident_bytes(),
            device_bytes=self._device_bytes(),
        )

    async def _backlog(self) -> Backlog | None:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                return await self._client.services.storage.survey.backlog()
        except (TimeoutError, StorageUnavailableError):
            return None

    def _resident_bytes(self) -> dict[str, int]:
        beat = self._actor.last_heartbeat if self._actor.is_ready else None
        return {"bot": resident_bytes()} | ({"actor": beat.resident_bytes} if beat else {})

    def _device_bytes(self) -> dict[str, int]:
        hello, beat = self._actor.hello, self._actor.last_heartbeat
        if hello is None or beat is None or beat.device_free_bytes is None:
            return {}
        total = hello.hardware.total_bytes
        return {"free": beat.device_free_bytes} | ({"total": total} if total is not None else {})


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        log.warning(
            "no health and metrics: the port cannot be had",
            port=port,
            reason=error.strerror,
            setting="ATELIER_METRICS_PORT",
        )
        return
    host, taken = runner.addresses[0][:2]
    log.info("health and metrics are served", address=f"http://{host}:{taken}")
