"""One browser, studio and bot for all tests of the page; each finds the studio empty, and has a page of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from benchmarks.browser import opened_browser
from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.studio.page.browser import opened_page
from tests.studio.running import opened_studio, running_bot
from tests.studio.sample_bot import SampleBot

Stage = tuple[Studio, SampleBot]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with opened_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        settings = StudioSettings(rate_limits=RELAXED)
        studio = await stack.enter_async_context(opened_studio(MovableClock(), settings, monkeypatch))
        yield studio, await stack.enter_async_context(running_bot(studio))


@pytest_asyncio.fixture(loop_scope="session")
async def studio(stage: Stage) -> AsyncIterator[Studio]:
    studio, _ = stage
    yield studio
    studio.faults.clear()
    for channel in list(studio.world.channels.values()):
        if standing := studio.messages(channel):
            studio.world.messages.delete(*standing)
        if channel.parent_id is not None:
            studio.world.delete_channel(channel.id)


@pytest_asyncio.fixture(loop_scope="session")
async def bot(stage: Stage) -> SampleBot:
    _, bot = stage
    bot.heard.clear()
    bot.references.clear()
    return bot


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, studio: Studio, bot: SampleBot) -> AsyncIterator[Page]:
    async with opened_page(browser, studio) as page:
        yield page
