"""That the line of reactions goes on whatever happens, and has lost ones looked for under their messages."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, cast

import pytest

from bot import ratings_line, reactions
from bot.ratings_line import RatingsLine
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import MessageId
from storage.domain import Reacted
from tests.storage.works import BEN, NOON


class FakeRatings:
    """Takes batches while it is open; fails with what it is told to fail with for one message."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.fails: dict[int, Exception] = {}
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def note_all(self, events: Sequence[Reacted]) -> Sequence[None]:
        await self.is_open.wait()
        for event in events:
            if event.message in self.fails:
                raise self.fails[event.message]
        self.written += [event.message for event in events]
        return [None] * len(events)


class Looked:
    def __init__(self) -> None:
        self.messages: set[MessageId] = set()

    def __call__(self, messages: Collection[MessageId]) -> None:
        self.messages.update(messages)


def event(message: int) -> Reacted:
    return Reacted(message=MessageId(message), member=BEN, stars=5, at=NOON, is_standing=True)


def line_of(ratings: FakeRatings, looked: Looked) -> RatingsLine:
    return RatingsLine(cast("Any", ratings), look_again=looked)


async def test_quiet_waits_for_what_has_come_and_not_for_what_comes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratings_line, "MOST_AT_ONCE", 1)
    ratings = FakeRatings()
    async with asyncio.timeout(30), line_of(ratings, Looked()).at_work() as line:
        line.put(event(1))
        quiet = asyncio.create_task(line.quiet())
        number = 1
        while not quiet.done():  # Never empty.
            number += 1
            line.put(event(number))
            await asyncio.sleep(0)

        assert 1 in ratings.written


async def test_a_batch_that_fails_for_no_known_reason_is_looked_for_and_the_next_is_written() -> None:
    ratings, looked = FakeRatings(), Looked()
    ratings.fails[1] = ValueError("no such member")
    async with asyncio.timeout(30), line_of(ratings, looked).at_work() as line:
        line.put(event(1))
        await line.quiet()
        line.put(event(2))
        await line.quiet()

    assert looked.messages == {1}
    assert ratings.written == [2]


async def test_what_a_locked_database_does_not_take_for_long_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "FIRST_RETRY_SECONDS", 0)
    ratings, looked = FakeRatings(), Looked()
    ratings.fails[1] = StorageUnavailableError("database is locked")
    async with asyncio.timeout(30), line_of(ratings, looked).at_work() as line:
        line.put(event(1))
        await line.quiet()

    assert looked.messages == {1}


async def test_what_finds_no_room_is_looked_for_and_quiet_waits_for_the_batch_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ratings_line, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(ratings_line, "MOST_WAITING", 2)
    ratings, looked = FakeRatings(), Looked()
    ratings.is_open.clear()
    async with asyncio.timeout(30), line_of(ratings, looked).at_work() as line:
        line.put(event(1))
        await asyncio.sleep(0)  # The writer takes it.
        quiet = asyncio.create_task(line.quiet())
        for number in (2, 3, 4):
            line.put(event(number))
        await asyncio.sleep(0)
        assert not quiet.done()
        ratings.is_open.set()
        await quiet
        await line.quiet()

    assert looked.messages == {2, 3}
    assert ratings.written == [1, 4]
