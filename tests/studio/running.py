"""Opens a studio with discord.py pointed at it, and runs the sample bot in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl

from bot.studio import MovableClock, Studio, StudioSettings
from tests.studio.sample_bot import SampleBot


@asynccontextmanager
async def opened_studio(
    clock: MovableClock, settings: StudioSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Studio]:
    async with Studio.open(port=0, clock=clock, settings=settings) as opened:
        monkeypatch.setattr(discord.http.Route, "BASE", opened.api_url)
        monkeypatch.setattr(discord.asset.Asset, "BASE", opened.page_url.rstrip("/"))
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(opened.gateway_url))
        yield opened


def sample_intents() -> discord.Intents:
    return discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_messages=True)


@asynccontextmanager
async def running_bot(studio: Studio, intents: discord.Intents | None = None) -> AsyncIterator[SampleBot]:
    """The sample bot, connected, until the block ends."""
    bot = SampleBot(intents=intents or sample_intents())
    bot.on_note = studio.stir
    async with bot:
        running = asyncio.create_task(bot.start("any-token"))
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            async with asyncio.timeout(15):
                await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)
