"""A studio whose server speaks Chinese, for what is read in public."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.support.host import Host
from tests.support.specification import Witness


@pytest.fixture
async def chinese_studio(clock: MovableClock, witness: Witness) -> AsyncIterator[Studio]:
    settings = StudioSettings(rate_limits=RELAXED, guild_locale="zh-CN", witness=witness)
    async with Studio.open(port=0, clock=clock, settings=settings) as studio:
        yield studio


@pytest.fixture
async def host_over_chinese(chinese_studio: Studio, tmp_path: Path) -> AsyncIterator[Host]:
    host = Host(chinese_studio, tmp_path)
    try:
        yield host
    finally:
        await host.kill()
