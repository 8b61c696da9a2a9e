"""What many tests share: a studio, and the real bot as a child process that serves it."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.studio import RELAXED, MovableClock, Studio, StudioSettings
from tests.storage.databases import memory_folder
from tests.support.host import Host
from tests.support.specification import Witness, specification

# Hundreds of processes start from these sources, and each compiles them anew where the environment forbids a cache.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
if folder := memory_folder():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)  # Where no commit of SQLite waits for a disk.

# How long something takes is no test's matter: where other programs run, an example takes half a second.
settings.register_profile("without deadlines", parent=settings.default, deadline=None)
settings.load_profile("without deadlines")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developers_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The checkout's `.env` is not the tests' to read, nor its data folder theirs to fill."""
    os.environ["ATELIER_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def witness() -> Iterator[Witness]:
    """Hears what the bot asks of a studio, and fails the test where Discord's own documentation has no such request."""
    witness = Witness(specification())
    yield witness
    assert witness.complaints == []


@pytest.fixture
async def studio(clock: MovableClock, witness: Witness) -> AsyncIterator[Studio]:
    settings = StudioSettings(rate_limits=RELAXED, witness=witness)
    async with Studio.open(port=0, clock=clock, settings=settings) as studio:
        yield studio


@pytest.fixture
async def host(studio: Studio, tmp_path: Path) -> AsyncIterator[Host]:
    host = Host(studio, tmp_path)
    try:
        yield host
    finally:
        await host.kill()
    assert str(tmp_path) not in host.read_by_members(), "where the host keeps its data is not for members"
