"""That looking under works again goes on whatever happens, says what it left out, and sees which messages are gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot import reconciler
from bot.postbox import Found
from bot.reconciler import Reconciler
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ChannelId, MessageId, ServerId
from storage import Storage, address_of
from tests.storage.databases import make_sqlite
from tests.storage.works import NOON, created
from tests.storage.worlds import ELSEWHERE

PAGE = 3  # Messages in a page of the channel's history.


def failure(status: int) -> discord.HTTPException:
    return discord.HTTPException(cast("Any", SimpleNamespace(status=status, reason="")), "")


class FakePostbox:
    """One channel. What goes wrong is taken from `wrong`, a request after the other."""

    def __init__(self, *messages: int) -> None:
        self.messages = set(messages)
        self.wrong: list[Exception] = []
        self.pages = 0

    async def page(self, _: ChannelId, newest: MessageId) -> Mapping[MessageId, Any]:
        self.pages += 1
        if self.wrong:
            raise self.wrong.pop(0)
        shown = sorted((one for one in self.messages if one <= newest), reverse=True)[:PAGE]
        return {MessageId(one): SimpleNamespace(id=one, reactions=[]) for one in shown}


class Looks:
    """What the takers were given; fails for some messages."""

    def __init__(self) -> None:
        self.at: list[int] = []
        self.fails: dict[int, list[Exception]] = {}
        self.acts: dict[int, Callable[[], None]] = {}

    async def take(self, message: MessageId, _: Found, __: datetime) -> int:
        if self.fails.get(message):
            raise self.fails[message].pop(0)
        self.at.append(message)
        self.acts.pop(message, lambda: None)()
        return 1


class Log:
    """Gives away what is logged, line by line."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[tuple[str, Mapping[str, Any]]] = asyncio.Queue()
        self.info = self.warning = self.error = self.exception = self._say

    def _say(self, event: str, **facts: object) -> None:
        self._lines.put_nowait((event, facts))

    async def line(self, words: str) -> Mapping[str, Any]:
        while True:
            event, facts = await self._lines.get()
            if event == words:
                return facts


class Idle:
    async def quiet(self) -> None:
        return


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    await asyncio.to_thread(make_sqlite, tmp_path / "atelier.db")
    async with Storage.open(address_of(tmp_path / "atelier.db"), media_folder=tmp_path / "media") as opened:
        yield opened


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_RETRY_SECONDS", "LAST_RETRY_SECONDS", "DATABASE_RETRY_SECONDS"):
        monkeypatch.setattr(reconciler, name, 0)
    monkeypatch.setattr(reconciler, "log", Log())


@pytest.fixture
def looks() -> Looks:
    return Looks()


def reconciler_of(storage: Storage, postbox: FakePostbox, looks: Looks, *, at: datetime = NOON) -> Reconciler:
    made = Reconciler(storage, cast("Any", Idle()), cast("Any", postbox), clock=lambda: at)
    made.when_looked(looks.take)
    return made


async def add(storage: Storage, tmp_path: Path, *messages: int, server: ServerId | None = None) -> None:
    for message in messages:
        where = {} if server is None else {"server": server}
        await created(storage, tmp_path / "spool", message, content=str(message), **where)


async def logged(words: str, act: Reconciler, begin: Callable[[], None]) -> Mapping[str, Any]:
    """The line that says these words, once it is there."""
    async with asyncio.timeout(30), act.at_work():
        begin()
        return await cast("Log", reconciler.log).line(words)


async def walked(act: Reconciler) -> Mapping[str, Any]:
    return await logged("reactions are reconciled", act, act.begin)


@pytest.mark.parametrize("error", [failure(503), failure(429), OSError("broken off")])
async def test_a_page_that_fails_is_asked_for_again(
    storage: Storage, tmp_path: Path, looks: Looks, error: Exception
) -> None:
    await add(storage, tmp_path, 1, 2)
    postbox = FakePostbox(1, 2)
    postbox.wrong = [error] * 3

    line = await walked(reconciler_of(storage, postbox, looks))

    assert sorted(looks.at) == [1, 2]
    assert line["left_out"] == 0


async def test_a_channel_that_is_refused_is_left_out_at_once_and_counted(
    storage: Storage, tmp_path: Path, looks: Looks
) -> None:
    await add(storage, tmp_path, 1, 2)
    postbox = FakePostbox(1, 2)
    postbox.wrong = [failure(403)]

    line = await walked(reconciler_of(storage, postbox, looks))

    assert (line["left_out"], postbox.pages) == (2, 1)


async def test_a_page_that_never_comes_is_left_out_and_counted(storage: Storage, tmp_path: Path, looks: Looks) -> None:
    await add(storage, tmp_path, 1, 2)
    postbox = FakePostbox(1, 2)
    postbox.wrong = [failure(503)] * reconciler.TRIES

    line = await walked(reconciler_of(storage, postbox, looks))

    assert (line["left_out"], line["news"]) == (2, 0)


async def test_a_locked_database_delays_a_look_and_an_error_of_one_work_leaves_out_that_alone(
    storage: Storage, tmp_path: Path, looks: Looks
) -> None:
    await add(storage, tmp_path, 1, 2, 3)
    looks.fails = {2: [StorageUnavailableError("locked")] * 2, 3: [ValueError("odd")]}

    line = await walked(reconciler_of(storage, FakePostbox(1, 2, 3), looks))

    assert sorted(looks.at) == [1, 2]
    assert (line["news"], line["left_out"]) == (2, 1)


async def test_a_message_that_would_stand_between_others_is_gone(
    storage: Storage, tmp_path: Path, looks: Looks
) -> None:
    await add(storage, tmp_path, *range(1, 9))

    # 8 and 1 may be gone or not: they have no neighbour on one side. 5 would begin the second page.
    line = await walked(reconciler_of(storage, FakePostbox(7, 6, 4, 2), looks))

    messages = [MessageId(number) for number in range(1, 9)]
    assert set(await storage.creations.places(messages)) == {8, 7, 6, 4, 2, 1}
    assert (line["gone"], line["left_out"]) == (2, 1)


async def test_an_empty_channel_proves_nothing(storage: Storage, tmp_path: Path, looks: Looks) -> None:
    await add(storage, tmp_path, 1, 2)

    line = await walked(reconciler_of(storage, FakePostbox(), looks))

    assert set(await storage.creations.places([MessageId(1), MessageId(2)])) == {1, 2}
    assert line["left_out"] == 2


async def test_a_busy_server_hides_no_other(
    storage: Storage, tmp_path: Path, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "WORKS_A_PAGE", 2)
    monkeypatch.setattr(reconciler, "MOST_WORKS", 4)
    await add(storage, tmp_path, 1, server=ELSEWHERE)
    await add(storage, tmp_path, 2, 3, 4, 5, 6, 7)

    await walked(reconciler_of(storage, FakePostbox(*range(1, 8)), looks))

    assert sorted(looks.at) == [1, 4, 5, 6, 7]


async def test_lost_reactions_are_looked_for_however_old_the_work(
    storage: Storage, tmp_path: Path, looks: Looks
) -> None:
    await add(storage, tmp_path, 1, 2)
    act = reconciler_of(storage, FakePostbox(1, 2), looks, at=NOON + timedelta(days=400))

    line = await logged("lost reactions are looked for", act, lambda: act.look_at([MessageId(1), MessageId(99)]))

    assert looks.at == [1]
    assert (line["messages"], line["news"]) == (1, 1)


async def test_a_walk_that_is_to_begin_again_begins_with_the_newest(
    storage: Storage, tmp_path: Path, looks: Looks
) -> None:
    await add(storage, tmp_path, 1, 2)
    act = reconciler_of(storage, FakePostbox(1, 2), looks)
    looks.acts[1] = act.begin

    await walked(act)

    assert looks.at == [2, 1, 2, 1]
