"""`/healthz` and `/metrics` of the real bot, while its parts do well and badly."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.studio import Moment, Studio
from tests.support.host import PATIENCE_SECONDS, Host

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.03"}
SECONDS_BETWEEN_LOOKS = 0.1
OF_FAKE = {"medium": "text", "model": "fake"}


class Page:
    """The monitor of a bot, as a host's watchdogs read it."""

    def __init__(self, browser: aiohttp.ClientSession, address: str) -> None:
        self.browser = browser
        self.address = address

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with self.browser.get(f"{self.address}/healthz") as answer:
            return answer.status, await answer.json()

    async def figure(self, name: str, **labels: str) -> float | None:
        async with self.browser.get(f"{self.address}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        samples = (sample for family in families for sample in family.samples)
        return next((one.value for one in samples if one.name == name and labels.items() <= one.labels.items()), None)

    async def becomes(self, status: int, **states: str) -> dict[str, Any]:
        """Ask again until the answer is this; what it was at last is the complaint."""
        found: tuple[int, dict[str, Any]] = (0, {})
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    found = code, body = await self.health()
                    if code == status and all(body["parts"][part]["state"] == state for part, state in states.items()):
                        return body
                    await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            raise AssertionError(found) from None

    async def shows(self, is_right: Callable[[float | None], bool], name: str, **labels: str) -> None:
        found: float | None = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    found = await self.figure(name, **labels)
                    if is_right(found):
                        return
                    await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            raise AssertionError((name, labels, found)) from None


class Cable:
    """What passes between the bot and the studio's gateway, until it is cut."""

    def __init__(self, studio: Studio) -> None:
        self.address = ""
        self._studio = studio
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._flows: list[asyncio.Task[None]] = []

    async def lay(self) -> None:
        self._server = await asyncio.start_server(self._plug_in, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"ws://127.0.0.1:{port}/gateway/ws"
        self._studio.gateway.address = self.address  # Where a client is told to resume.

    def cut(self) -> None:
        """First nobody can come back, then whoever is here goes."""
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.close()

    async def take_up(self) -> None:
        self.cut()
        for flow in self._flows:
            flow.cancel()
        await asyncio.gather(*self._flows, *(end.wait_closed() for end in self._ends), return_exceptions=True)

    async def _plug_in(self, near: asyncio.StreamReader, to_bot: asyncio.StreamWriter) -> None:
        far, to_studio = await asyncio.open_connection("127.0.0.1", self._studio.port)
        self._ends += [to_bot, to_studio]
        self._flows += [asyncio.create_task(flow(near, to_studio)), asyncio.create_task(flow(far, to_bot))]


async def flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(2**16):
            target.write(block)
            await target.drain()
    target.close()


@pytest.fixture
async def cable(studio: Studio) -> AsyncIterator[Cable]:
    cable = Cable(studio)
    await cable.lay()
    yield cable
    await cable.take_up()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def page_of(host: Host, browser: aiohttp.ClientSession) -> Page:
    return Page(browser, json.loads(await host.said("health and metrics are served"))["address"])


def actor_of(host: Host) -> psutil.Process:
    children = psutil.Process(host.pid).children(recursive=True)
    return next(child for child in children if "inference.actor" in " ".join(child.cmdline()))


async def test_a_bot_at_work_is_well_in_every_part(host: Host, browser: aiohttp.ClientSession) -> None:
    await host.start()
    page = await page_of(host, browser)
    body = await page.becomes(200, gateway="connected", database="answers", actor="alive", queue="at work")
    assert body["is_well"]
    assert "a-token" not in json.dumps(body)


async def test_a_finished_job_is_in_the_figures(host: Host, browser: aiohttp.ClientSession) -> None:
    await host.start()
    page = await page_of(host, browser)
    await host.work_of(await host.write())
    await page.shows(lambda depth: depth == 0, "atelier_queue_depth", state="undelivered")
    assert await page.figure("atelier_jobs_total", outcome="succeeded", **OF_FAKE) == 1
    assert await page.figure("atelier_job_wait_seconds_count", **OF_FAKE) == 1
    assert await page.figure("atelier_job_run_seconds_count", **OF_FAKE) == 1
    assert await page.figure("atelier_acknowledgement_seconds_count", kind="application_command") == 1
    assert await page.figure("atelier_actor_restarts_total") == 0
    await page.shows(lambda size: size is not None and size > 10 * 2**20, "atelier_resident_bytes", process="actor")
    assert (await page.figure("atelier_resident_bytes", process="bot") or 0) > 10 * 2**20


async def test_jobs_that_run_and_wait_are_counted_while_they_do(host: Host, browser: aiohttp.ClientSession) -> None:
    await host.start(**SLOW, ATELIER_BATCH_SIZE="2")
    page = await page_of(host, browser)
    for slug in ("ada", "lin", "mira"):
        await host.accepted(await host.write(slug, length=2000))
    await page.shows(lambda rows: rows == 2, "atelier_batch_rows")
    await page.shows(lambda depth: depth == 2, "atelier_queue_depth", state="running")
    await page.shows(lambda depth: depth == 1, "atelier_queue_depth", state="queued")
    await page.shows(bool, "atelier_edits_held_back_total")


async def test_a_killed_actor_is_a_restart_and_a_lost_attempt(host: Host, browser: aiohttp.ClientSession) -> None:
    await host.start(**SLOW)
    page = await page_of(host, browser)
    asked = await host.write(length=100)
    await host.under_way(asked)
    actor_of(host).send_signal(signal.SIGKILL)
    await host.work_of(asked)
    assert await page.figure("atelier_actor_restarts_total") == 1
    assert await page.figure("atelier_job_attempts_lost_total", **OF_FAKE) == 1
    assert await page.figure("atelier_job_wait_seconds_count", **OF_FAKE) == 1
    await page.becomes(200, actor="alive")


async def test_an_actor_that_stands_still_is_told_before_it_is_replaced(
    host: Host, browser: aiohttp.ClientSession
) -> None:
    await host.start()
    page = await page_of(host, browser)
    await page.becomes(200, actor="alive")
    actor = actor_of(host)
    os.kill(actor.pid, signal.SIGSTOP)
    body = await page.becomes(503, actor="silent")
    assert [part for part, state in body["parts"].items() if not state["is_well"]] == ["actor"]
    os.kill(actor.pid, signal.SIGCONT)
    await page.becomes(200, actor="alive")


async def test_a_gateway_that_is_gone_is_told(host: Host, browser: aiohttp.ClientSession, cable: Cable) -> None:
    await host.start(DISCORD_GATEWAY_URL=cable.address)
    page = await page_of(host, browser)
    await page.becomes(200, gateway="connected")
    cable.cut()
    body = await page.becomes(503, gateway="reconnecting")
    assert [part for part, state in body["parts"].items() if not state["is_well"]] == ["gateway"]


async def test_what_discord_refuses_is_counted_by_its_code(
    host: Host, browser: aiohttp.ClientSession, studio: Studio
) -> None:
    await host.start()
    page = await page_of(host, browser)
    studio.faults.answer("PATCH", "/webhooks/", status=500, times=2, moment=Moment.BEFORE)
    await host.work_of(await host.write())
    assert await page.figure("atelier_discord_errors_total", status="500") == 2


@pytest.mark.parametrize("name", ["attacker.example", "attacker.example:8422"])
async def test_another_name_for_this_machine_is_turned_away(
    host: Host, browser: aiohttp.ClientSession, name: str
) -> None:
    await host.start()
    page = await page_of(host, browser)
    for path in ("healthz", "metrics"):
        async with browser.get(f"{page.address}/{path}", headers={"Host": name}) as answer:
            assert answer.status == 403


async def test_a_busy_port_is_said_and_the_bot_works(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        await host.start(ATELIER_METRICS_PORT=str(port))
        line = json.loads(await host.said("no health and metrics"))
        assert (line["port"], line["setting"]) == (port, "ATELIER_METRICS_PORT")
        await host.work_of(await host.write())
