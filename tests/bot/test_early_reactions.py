"""That a look which fails is made up for by a later one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from bot.postbox import Found
from bot.reactions import EarlyReactions
from inference.contract.identifiers import ChannelId, MessageId
from storage.domain import Creation
from tests.storage.works import BEN, NOON

FIRST, SECOND = MessageId(1), MessageId(2)


class FakeCourier:
    def when_delivered(self, act: Callable[[Creation, Sequence[MessageId]], None]) -> None:
        self.deliver = act


class FakePostbox:
    """Fails for the first message."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def reactions(self, _: ChannelId, message: MessageId) -> Found:
        if message == FIRST:
            raise self.error
        return {"5️⃣": [BEN]}


class FakeCreation:
    id = 7
    channel = ChannelId(3)


@pytest.mark.parametrize("error", [OSError("broken off"), ValueError("odd")])
async def test_a_message_that_could_not_be_looked_at_is_left_to_a_later_look(error: Exception) -> None:
    courier, later, taken = FakeCourier(), list[MessageId](), list[MessageId]()
    early = EarlyReactions(
        cast("Any", courier), cast("Any", FakePostbox(error)), look_again=later.extend, clock=lambda: NOON
    )

    async def take(_: Creation, message: MessageId, __: Found, ___: object) -> None:
        taken.append(message)

    early.when_found(take)
    async with asyncio.timeout(30), early.at_work():
        courier.deliver(cast("Any", FakeCreation()), [FIRST, SECOND])

    assert (later, taken) == ([FIRST], [SECOND])
