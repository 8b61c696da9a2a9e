"""That servers are fitted anew at the start and while ratings come, and that one that fails keeps no other waiting."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.refitting import Refitter
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import MessageId, ServerId
from storage import Storage, appraisal
from storage.refit import Refitted
from storage.tables import ScaleRow
from tests.storage.databases import fresh_addresses
from tests.storage.works import BEN, SERVER, after, created
from tests.storage.worlds import ELSEWHERE


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    yield from fresh_addresses("sqlite", tmp_path)


@pytest.fixture
async def storage(address: str, tmp_path: Path) -> AsyncIterator[Storage]:
    """With a rated work in each of two servers, as an upgrade leaves them: nothing is known of the raters."""
    async with Storage.open(address, media_folder=tmp_path / "media") as opened:
        await created(opened, tmp_path / "spool", 1, content="here")
        await created(opened, tmp_path / "spool", 2, content="there", server=ELSEWHERE)
        for message in (1, 2):
            await opened.ratings.react(MessageId(message), BEN, 5, at=after(5))
        yield opened


async def is_fitted(storage: Storage, *servers: int) -> bool:
    async with storage._database.reading() as session:
        return all([await session.get(ScaleRow, server) is not None for server in servers])


async def test_all_servers_are_fitted_at_the_start(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    refit = storage.refits.refit
    fitted: asyncio.Queue[ServerId] = asyncio.Queue()

    async def refit_and_tell(server: ServerId, *, at: datetime) -> Refitted:
        found = await refit(server, at=at)
        fitted.put_nowait(server)
        return found

    monkeypatch.setattr(storage.refits, "refit", refit_and_tell)
    async with Refitter(storage, clock=lambda: after(10)).at_work():
        assert {await fitted.get(), await fitted.get()} == {SERVER, ELSEWHERE}


async def test_a_server_is_fitted_again_when_ratings_have_come_since(storage: Storage) -> None:
    now = after(10)
    refitter = Refitter(storage, clock=lambda: now)
    await refitter.look()
    now = after(20)
    await storage.ratings.unreact(MessageId(1), BEN, 5, at=after(15))
    await storage.ratings.react(MessageId(1), BEN, 1, at=after(16))

    await refitter.look()

    async with storage._database.reading() as session:
        here, there = await session.get(ScaleRow, SERVER), await session.get(ScaleRow, ELSEWHERE)
    assert here is not None
    assert there is not None
    assert (here.fitted_at, there.fitted_at) == (after(20), after(10))


@pytest.mark.parametrize("error", [StorageUnavailableError("locked"), ValueError("a mistake")])
async def test_a_server_that_fails_is_tried_again_and_keeps_no_other_waiting(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    refitter = Refitter(storage, clock=lambda: after(10))
    refit = storage.refits.refit

    async def fail_here(server: ServerId, *, at: datetime) -> Refitted:
        if server == SERVER:
            raise error
        return await refit(server, at=at)

    with monkeypatch.context() as patched:
        patched.setattr(storage.refits, "refit", fail_here)
        await refitter.look()
    assert await is_fitted(storage, ELSEWHERE)
    assert not await is_fitted(storage, SERVER)

    await refitter.look()

    assert await is_fitted(storage, SERVER)


async def test_a_process_that_dies_leaves_all_as_it_was_for_the_next_look(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    refitter = Refitter(storage, clock=lambda: after(10))
    with monkeypatch.context() as patched:
        patched.setattr(appraisal, "_MODULE", "storage.scoring.nowhere")
        await refitter.look()
    assert not await is_fitted(storage, SERVER)

    await refitter.look()

    assert await is_fitted(storage, SERVER)


async def test_a_stop_waits_for_no_verdict(storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("import time; time.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(appraisal, "_MODULE", "endless")
    begin = asyncio.create_subprocess_exec
    begun: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()

    async def begin_and_tell(*command: str, **about: Any) -> asyncio.subprocess.Process:
        process = await begin(*command, **about)
        begun.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin_and_tell)
    async with Refitter(storage, clock=lambda: after(10)).at_work():
        process = await begun.get()

    assert process.returncode == -signal.SIGKILL
    assert not await is_fitted(storage, SERVER)
