"""What many tests share: a studio, and the real bot as a child process that serves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.support.host import Host


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def studio(clock: MovableClock) -> AsyncIterator[Studio]:
    async with Studio.open(port=0, clock=clock, settings=StudioSettings(rate_limits=RELAXED)) as studio:
        yield studio


@pytest.fixture
async def host(studio: Studio, tmp_path: Path) -> AsyncIterator[Host]:
    host = Host(studio, tmp_path)
    try:
        yield host
    finally:
        await host.kill()
