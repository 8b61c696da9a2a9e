"""A studio, and a real discord.py bot with a little of everything that talks to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import discord
import pytest

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.studio.rest_client import RestClient, rest_client
from tests.studio.running import opened_studio, running_bot
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
    async with opened_studio(clock, settings, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def start(studio: Studio) -> AsyncIterator[Start]:
    """Starts bots with chosen intents; ends them with the test."""
    async with AsyncExitStack() as stack:

        async def started(*, intents: discord.Intents | None = None) -> SampleBot:
            return await stack.enter_async_context(running_bot(studio, intents))

        yield started


@pytest.fixture
async def bot(start: Start) -> SampleBot:
    return await start()


@pytest.fixture
async def rest(studio: Studio) -> AsyncIterator[RestClient]:
    async with rest_client(studio) as client:
        yield client
