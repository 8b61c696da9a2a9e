"""Brings the messages of a delivered work in line with what the work is now: chosen anew, hidden, shown again."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

import discord
import structlog

from bot.i18n import texts_for
from bot.postbox import (
    MAX_REFUSALS,
    TRANSIENT,
    ChannelClosedError,
    NoteGoneError,
    NoteRefusedError,
    Postbox,
    is_refusal,
)
from bot.prints import Prints
from bot.ui import notes
from bot.ui.notes import WHOLE, Look, plainer
from inference.contract.errors import CreationNotFoundError, JobNotFoundError, StorageUnavailableError
from inference.contract.identifiers import ChannelId, CreationId, JobId, MessageId
from inference.contract.jobs import Job
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 60.0
LATELY: Final = timedelta(days=1)

Shown = Callable[[Creation, Sequence[MessageId]], None]


class Refresher:
    """One change of a work at a time; what Discord does not take at once is tried again by itself."""

    def __init__(
        self,
        storage: Storage,
        postbox: Postbox,
        prints: Prints,
        *,
        clock: Callable[[], datetime],
        when_shown: Shown,
    ) -> None:
        self._storage = storage
        self._prints = prints
        self._postbox = postbox
        self._clock = clock
        self._when_shown = when_shown
        self._turns: WeakValueDictionary[CreationId, asyncio.Lock] = WeakValueDictionary()
        self._retries: dict[CreationId, asyncio.Task[None]] = {}
        self._recoveries: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin with what moderators decided lately: an earlier run of the bot may not have come to show it."""
        recovery = asyncio.create_task(self._show_decisions(), name="show decisions again")
        self._recoveries.add(recovery)
        recovery.add_done_callback(self._recoveries.discard)

    async def _show_decisions(self) -> None:
        since = self._clock() - LATELY
        try:
            hidden = await self._storage.creations.hidden_since(since)
            for creation in (*hidden, *await self._storage.reports.released_since(since)):
                with suppress(CreationNotFoundError, JobNotFoundError):
                    await self.refresh(creation)
        except StorageUnavailableError as error:
            log.warning("works decided about lately were not looked for", error=str(error))

    async def stop(self) -> None:
        """What was not taken by then is taken up by the next start, where it is a matter of hiding."""
        retries = [*self._retries.values(), *self._recoveries]
        for retry in retries:
            retry.cancel()
        await asyncio.gather(*retries, return_exceptions=True)

    async def refresh_hidden(self, channel: ChannelId) -> None:
        """Hide again what moderators hid in a channel: in a thread that was closed then, it may still be read."""
        try:
            for creation in await self._storage.creations.hidden_in(channel):
                with suppress(CreationNotFoundError, JobNotFoundError):
                    await self.refresh(creation)
        except StorageUnavailableError as error:
            log.warning("hidden works of a thread were not looked for", error=str(error))

    async def refresh(self, creation_id: CreationId) -> bool:
        """Show a work as it is now, in the messages that it stands in; those too many go.

        Returns whether that is done, or will be by itself; not where Discord lets nobody change these messages.
        Raises `CreationNotFoundError`, `JobNotFoundError`.
        """
        try:
            return await self._show(creation_id)
        except (*TRANSIENT, StorageUnavailableError) as error:
            log.warning("a work is not shown as it is yet", creation=creation_id, error=str(error))
            if creation_id not in self._retries:
                retry = asyncio.create_task(self._try_again(creation_id), name=f"refresh work {creation_id}")
                self._retries[creation_id] = retry
                retry.add_done_callback(lambda _: self._retries.pop(creation_id, None))
            return True

    async def _try_again(self, creation_id: CreationId) -> None:
        pause, refusals = FIRST_RETRY_SECONDS, 0
        while refusals < MAX_REFUSALS:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_RETRY_SECONDS)
            try:
                await self._show(creation_id)
            except (CreationNotFoundError, JobNotFoundError):  # Deleted or erased meanwhile.
                return
            except (*TRANSIENT, StorageUnavailableError) as error:
                refusals += is_refusal(error)
                log.warning("a work is still not shown as it is", creation=creation_id, error=str(error))
            else:
                return

    async def rewrite(self, job_id: JobId) -> bool:
        """Show an ended job, or the work that it made, as it is now. Returns whether its messages are in line.

        Raises `CreationNotFoundError`, `JobNotFoundError`, and what may pass by itself.
        """
        job = await self._storage.jobs.get(job_id)
        if job.delivered_at is None:  # The courier shows it as it is by then.
            return False
        if job.creation is not None:
            return await self._show(job.creation)
        end = notes.end_without_work(job, t=texts_for(job.locale))
        try:
            for part in end.parts:
                await self._postbox.show(job.reply, job.reply.message, part)
        except NoteGoneError:
            return True
        except ChannelClosedError:
            return False
        return True

    async def _show(self, creation_id: CreationId) -> bool:
        """Returns whether its messages are in line; not where it is yet to be delivered, or its channel is closed."""
        async with self._turns.setdefault(creation_id, asyncio.Lock()):  # Of two changes, the last is shown last.
            creation = await self._storage.creations.get(creation_id)
            job = await self._storage.jobs.get(creation.job)
            if job.delivered_at is None:  # The courier looks again once it has delivered the work.
                return False
            try:
                stands_in = await self._put_up(job, creation)
            except ChannelClosedError:
                log.info("the channel of a work is closed", creation=creation_id)
                if creation.hidden_at is None or not await self._take_down(creation):
                    return False
                stands_in = []
            await self._storage.jobs.delivered(job.id, stands_in, at=self._clock())
        if stands_in:
            self._when_shown(creation, stands_in)
        return True

    async def _put_up(self, job: Job, creation: Creation) -> Sequence[MessageId]:
        """Returns the messages that the work stands in now."""
        look: Look | None = WHOLE
        while look is not None:
            try:
                return await self._show_parts(job, creation, look)
            except NoteRefusedError as error:
                log.warning("Discord refuses a work as it is", creation=creation.id, error=str(error))
                look = plainer(look, error.refusal, creation.request.medium)
        return creation.messages

    async def _take_down(self, creation: Creation) -> bool:
        """Delete what may not be changed, since it is not to be read. Returns whether nothing of it is left."""
        try:
            for message in creation.messages:
                await self._postbox.delete(creation.channel, message)
        except discord.Forbidden as error:
            log.warning("a hidden work can still be read", creation=creation.id, error=str(error))
            return False
        return True

    async def _show_parts(self, job: Job, creation: Creation, look: Look) -> Sequence[MessageId]:
        """No more than there are messages: new ones would stand far below."""
        stands_in = []
        async with self._prints.of(creation, lighter=look.lighter) as contents:
            most = len(creation.messages)
            parts = notes.parts_of_work(creation, contents, look, most=most, t=texts_for(job.locale))
            for message, part in zip(creation.messages, parts, strict=False):
                with suppress(NoteGoneError):
                    await self._postbox.show(job.reply, message, part)
                    stands_in.append(message)
        for message in creation.messages[len(parts) :]:
            await self._postbox.delete(creation.channel, message)
        return stands_in
