"""The studio as a process of its own, and people who act through the page's interface."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl

from bot.studio.cast import STUDIO_CHANNEL_ID
from tests.studio.running import sample_intents
from tests.studio.sample_bot import SampleBot


@pytest.fixture
async def addresses() -> AsyncIterator[dict[str, str]]:
    """Of a studio in a child process."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.studio", "--port", "0", "--token", "right", stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    lines = [(await child.stdout.readline()).decode().split() for _ in range(3)]
    yield {line[0]: line[1] for line in lines}
    child.terminate()
    await child.communicate()


async def test_a_bot_in_another_process_answers_the_page(
    addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", addresses["api"])
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(addresses["gateway"]))
    here = {"person": "ada", "channel": str(STUDIO_CHANNEL_ID)}
    page = addresses["page"]
    async with SampleBot(intents=sample_intents()) as bot, aiohttp.ClientSession() as session:
        running = asyncio.create_task(bot.start("right"))
        await asyncio.wait_for(_ready(bot), timeout=15)
        async with session.ws_connect(f"{page}studio/ws?person=ada") as feed:
            began = time.monotonic_ns()
            asked = await _post(session, page, "command", {**here, "name": "write", "options": {"prompt": "the sea"}})
            heard = await _message_with(feed, "the sea")
        query = {**here, "interaction": asked["id"]}
        async with session.get(f"{page}studio/api/interaction", params=query) as response:
            stands = await response.json()
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)

    assert stands["is_acknowledged"]
    assert stands["response_id"] == heard["id"]
    assert began < stands["sent_ns"] < time.monotonic_ns()


async def test_a_terminated_studio_leaves_no_files(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.studio", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert child.stdout is not None
    lines = [await child.stdout.readline() for _ in range(3)]
    page = lines[0].decode().split()[1]
    async with aiohttp.ClientSession() as session:
        form = aiohttp.FormData()
        fields = {"person": "ada", "channel": str(STUDIO_CHANNEL_ID), "text": "look"}
        form.add_field("fields", json.dumps(fields))
        form.add_field("file", b"abc", filename="a.txt")
        async with session.post(f"{page}studio/api/say", data=form) as response:
            assert response.status == 200
    assert contents(tmp_path) == [b"abc"]

    child.terminate()

    assert await asyncio.wait_for(child.wait(), 20) == 0
    assert contents(tmp_path) == []


def contents(folder: Path) -> list[bytes]:
    return [each.read_bytes() for each in folder.rglob("*") if each.is_file()]


async def _ready(bot: SampleBot) -> None:
    while not bot.is_ready():
        await bot.wait_for("ready")


async def _post(session: aiohttp.ClientSession, page: str, path: str, fields: dict[str, Any]) -> Any:
    async with session.post(f"{page}studio/api/{path}", json=fields) as response:
        assert response.status == 200
        return await response.json()


async def _message_with(feed: aiohttp.ClientWebSocketResponse, text: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            event = await feed.receive_json()
            if event["event"] == "message" and text in event["message"]["content"]:
                return event["message"]
