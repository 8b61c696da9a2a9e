"""A studio, and a real discord.py bot with a little of everything that talks to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import discord
import pytest
import yarl
from playwright.async_api import Browser, Page

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.studio.browser import opened_browser, opened_page
from tests.studio.rest_client import RestClient, rest_client
from tests.studio.sample_bot import SampleBot

Start = Callable[..., Awaitable[SampleBot]]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings() -> StudioSettings:
    """Tests of a module may override this fixture."""
    return StudioSettings(rate_limits=RELAXED)


@pytest.fixture
async def studio(
    clock: MovableClock, settings: StudioSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Studio]:
    async with Studio.open(port=0, clock=clock, settings=settings) as opened:
        monkeypatch.setattr(discord.http.Route, "BASE", opened.api_url)
        monkeypatch.setattr(discord.asset.Asset, "BASE", opened.page_url.rstrip("/"))
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(opened.gateway_url))
        yield opened


@pytest.fixture
async def start(studio: Studio) -> AsyncIterator[Start]:
    """Starts bots with chosen intents; ends them with the test."""
    async with AsyncExitStack() as stack:

        async def started(*, intents: discord.Intents | None = None) -> SampleBot:
            bot = SampleBot(intents=intents or sample_intents())
            bot.on_note = studio.stir
            await stack.enter_async_context(_running(bot, studio))
            return bot

        yield started


@pytest.fixture
async def bot(start: Start) -> SampleBot:
    return await start()


def sample_intents() -> discord.Intents:
    return discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_messages=True)


@asynccontextmanager
async def _running(bot: SampleBot, studio: Studio) -> AsyncIterator[None]:
    async with bot:
        running = asyncio.create_task(bot.start("any-token"))
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            async with asyncio.timeout(15):
                await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield
        finally:
            ready.cancel()
            await bot.close()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)


@pytest.fixture
async def rest(studio: Studio) -> AsyncIterator[RestClient]:
    async with rest_client(studio) as client:
        yield client


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened_browser() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser, studio: Studio) -> AsyncIterator[Page]:
    async with opened_page(browser, studio) as page:
        yield page
