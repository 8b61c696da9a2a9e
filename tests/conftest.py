"""What many tests share: a studio, and the real bot as a child process that serves it."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.storage.databases import memory_folder
from tests.support.host import Host

# Hundreds of processes start from these sources, and each compiles them anew where the environment forbids a cache.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
if folder := memory_folder():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)  # Where no commit of SQLite waits for a disk.

# How long something takes is no test's matter: where other programs run, an example takes half a second.
settings.register_profile("without deadlines", parent=settings.default, deadline=None)
settings.load_profile("without deadlines")


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
    assert str(tmp_path) not in host.read_by_members(), "where the host keeps its data is not for members"
