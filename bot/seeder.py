"""Puts 1️⃣ to 5️⃣ under new works, so that rating is one click; never in the way of work."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from bot.courier import Courier
from bot.postbox import TRANSIENT, Postbox
from inference.contract.identifiers import ChannelId, MessageId

log = structlog.get_logger(__name__)

# Discord takes one reaction each 250 ms; when more works come than that, the oldest stay bare.
MAX_WAITING: Final = 50


class Seeder:
    """One work at a time, one reaction at a time, and only while the courier has nothing to deliver."""

    def __init__(self, postbox: Postbox, courier: Courier, *, emojis: Sequence[str]) -> None:
        self._postbox = postbox
        self._courier = courier
        self._emojis = emojis
        self._asked: asyncio.Queue[tuple[ChannelId, MessageId]] = asyncio.Queue(MAX_WAITING)
        self._work: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._work = asyncio.create_task(self._seed_forever(), name="seed reactions")

    async def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    def ask_for(self, channel: ChannelId, message: MessageId) -> None:
        if self._asked.full():
            self._asked.get_nowait()
        self._asked.put_nowait((channel, message))

    async def _seed_forever(self) -> None:
        while True:
            channel, message = await self._asked.get()
            try:
                for emoji in self._emojis:
                    await self._courier.quiet()
                    await self._postbox.react(channel, message, emoji)
            except TRANSIENT as error:
                log.info("a work stays without seeded reactions", message=message, error=str(error))
