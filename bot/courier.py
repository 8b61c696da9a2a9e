"""The one courier: turns what the ledger and the events say into the note that ought to stand in the channel.

Progress is shown as often as Discord likes, the latest wins, and one edit a message is under way. An end is shown until
Discord takes it; the ledger remembers which ends were shown, so that recovery after a restart is the same walk.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

import structlog

from bot.postbox import (
    MAX_REFUSALS,
    TRANSIENT,
    ChannelClosedError,
    NoteGoneError,
    NoteRefusedError,
    Postbox,
    is_refusal,
)
from bot.poster import Poster
from bot.prints import Prints
from bot.refresher import Refresher
from bot.ui.notes import Note
from bot.underway import progress_note
from inference.contract.errors import JobNotFoundError, StorageUnavailableError
from inference.contract.events import JobEvent, Progressed, Queued, Started
from inference.contract.identifiers import ChannelId, CreationId, JobId, MessageId
from inference.contract.jobs import Job, Reply
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

# Long enough that a job which starts at once is not first shown as waiting, too short to be felt.
FIRST_SHOWN_AFTER_SECONDS: Final = 0.1
# Discord takes some five edits in five seconds; progress keeps to a part of it, so that ends find room.
SECONDS_AN_EDIT: Final = 1.3
FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 60.0

Delivered = Callable[[Creation, Sequence[MessageId]], None]
HeldBack = Callable[[], None]


@dataclass(slots=True)
class _Slip:
    """What the courier knows of one job that is not yet delivered."""

    event: JobEvent | None = None
    channel: ChannelId | None = None
    shown: Note | None = None
    has_words: bool = True  # Whether Discord has taken them so far.
    is_recovered: bool = False  # An earlier run of the bot may already have posted something.
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Courier:
    """Shows each job where it was asked for, and its end exactly once."""

    def __init__(
        self,
        storage: Storage,
        postbox: Postbox,
        prints: Prints,
        *,
        clock: Callable[[], datetime],
        ping_after: timedelta,
    ) -> None:
        self._storage = storage
        self._postbox = postbox
        self._clock = clock
        self._poster = Poster(storage, postbox, prints, clock=clock, ping_after=ping_after)
        self._slips: dict[JobId, _Slip] = {}
        self._walks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._due: set[JobId] = set()
        self._nothing_due = asyncio.Event()
        self._nothing_due.set()
        self._when_delivered: list[Delivered] = []
        self._when_shown_again: list[Delivered] = []
        self._refresher = Refresher(storage, postbox, prints, clock=clock, when_shown=self._has_shown_again)
        self._when_held_back: list[HeldBack] = []

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Self]:
        """Deliver what the last run of the bot did not, then whatever is told, until the block ends."""
        for job in await self._storage.jobs.undelivered():
            self._mark_due(job.id, self._slip_of(job.id, is_recovered=True))
        self._refresher.start()
        try:
            yield self
        finally:
            for walk in self._walks:
                walk.cancel()
            await asyncio.gather(*self._walks, return_exceptions=True)
            await self._refresher.stop()

    def tell(self, event: JobEvent) -> None:
        """Something happened to a job; what the channel shows follows in its own time."""
        slip = self._slip_of(event.job_id)
        if slip.changed.is_set():  # What came before was not shown yet, and now never will be.
            for act in self._when_held_back:
                act()
        slip.event = event
        slip.changed.set()
        if not isinstance(event, Queued | Started | Progressed):
            self._mark_due(event.job_id, slip)

    def when_delivered(self, act: Delivered) -> None:
        """Call `act` with each creation that has found its place, and the messages that it stands in."""
        self._when_delivered.append(act)

    def when_shown_again(self, act: Delivered) -> None:
        """Call `act` with each creation that has changed since, and the messages that it stands in now."""
        self._when_shown_again.append(act)

    def when_held_back(self, act: HeldBack) -> None:
        """Call `act` for each edit that was never made, since a later one came before its turn."""
        self._when_held_back.append(act)

    async def quiet(self) -> None:
        """Wait until no end is due: what is of less weight than a delivery goes then."""
        await self._nothing_due.wait()

    async def settled(self) -> None:
        """Wait until every job that was told of has been delivered."""
        await self._idle.wait()

    def _mark_due(self, job_id: JobId, slip: _Slip) -> None:
        slip.ended.set()
        self._due.add(job_id)
        self._nothing_due.clear()

    def _slip_of(self, job_id: JobId, *, is_recovered: bool = False) -> _Slip:
        if job_id not in self._slips:
            slip = self._slips[job_id] = _Slip(is_recovered=is_recovered)
            self._idle.clear()
            walk = asyncio.create_task(self._walk(job_id, slip), name=f"deliver job {job_id}")
            self._walks.add(walk)
            walk.add_done_callback(self._walks.discard)
        return self._slips[job_id]

    async def _walk(self, job_id: JobId, slip: _Slip) -> None:
        try:
            await self._show_progress(job_id, slip)
            await self._insist_on_end(job_id, is_recovered=slip.is_recovered)
        except JobNotFoundError:
            log.info("a job was erased before it was delivered", job=job_id)
        except Exception:
            log.exception("a job was not delivered", job=job_id)
        finally:
            self._put_away(job_id)

    def _put_away(self, job_id: JobId) -> None:
        del self._slips[job_id]
        self._due.discard(job_id)
        if not self._due:
            self._nothing_due.set()
        if not self._slips:
            self._idle.set()

    # While it waits and runs.

    async def _show_progress(self, job_id: JobId, slip: _Slip) -> None:
        pause = FIRST_SHOWN_AFTER_SECONDS
        while not await _comes_within(slip.ended, pause):
            await slip.changed.wait()
            slip.changed.clear()
            if slip.ended.is_set() or slip.event is None:
                continue
            pause = SECONDS_AN_EDIT
            try:
                job = await self._storage.jobs.get(job_id)
                if job.state.is_final:  # An event that came late.
                    return
                slip.channel = job.reply.channel
                pause = self._pause_after(job.reply)
                await self._show_stage(job, slip, slip.event)
            except (NoteGoneError, NoteRefusedError, ChannelClosedError):
                await slip.ended.wait()
            except (*TRANSIENT, StorageUnavailableError) as error:
                log.warning("progress was not shown", job=job_id, error=str(error))

    async def _show_stage(self, job: Job, slip: _Slip, event: JobEvent) -> None:
        """Without the words of anybody, once Discord has refused some."""
        note = await progress_note(job, event, has_words=slip.has_words)
        if note == slip.shown:
            return
        try:
            await self._postbox.show(job.reply, job.reply.message, note, reopens=False)
            slip.shown = note
        except NoteRefusedError:
            if not slip.has_words:
                raise
            slip.has_words = False
            await self._show_stage(job, slip, event)

    def _pause_after(self, reply: Reply) -> float:
        """By an interaction's token each note has edits of its own; by the bot's, the notes of a channel share them."""
        if self._postbox.may_use_token(reply):
            return SECONDS_AN_EDIT
        return SECONDS_AN_EDIT * sum(slip.channel == reply.channel for slip in self._slips.values())

    # When it has ended.

    async def _insist_on_end(self, job_id: JobId, *, is_recovered: bool) -> None:
        pause, refusals = FIRST_RETRY_SECONDS, 0
        while True:
            try:
                return await self._deliver(job_id, may_be_posted=is_recovered)
            except (*TRANSIENT, StorageUnavailableError) as error:
                refusals += is_refusal(error)
                if refusals >= MAX_REFUSALS:
                    raise
                log.warning("an end was not delivered", job=job_id, error=str(error), retry_seconds=pause)
            is_recovered = True
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_RETRY_SECONDS)

    async def _deliver(self, job_id: JobId, *, may_be_posted: bool) -> None:
        job = await self._storage.jobs.get(job_id)
        if not job.state.is_final or job.delivered_at is not None:
            return
        posting = await self._poster.put_up(job, (job.finished_at or job.submitted_at) if may_be_posted else None)
        creation, messages = posting.creation, posting.messages
        await self._write_down(job, messages)
        if creation is None or not messages:
            return
        latest = await self._poster.creation_of(job)
        if latest and _appearance(latest) != _appearance(creation):  # Changed meanwhile.
            await self.show_again(latest.id)
            latest = await self._poster.creation_of(job)
        if latest is None:  # Deleted while it was being shown.
            for message in messages:
                await self._postbox.delete(creation.channel, message)
            return
        for act in self._when_delivered if latest.messages else ():
            act(latest, latest.messages)

    def _has_shown_again(self, creation: Creation, messages: Sequence[MessageId]) -> None:
        for act in self._when_shown_again:
            act(creation, messages)

    async def _write_down(self, job: Job, messages: Sequence[MessageId]) -> None:
        try:
            await self._storage.jobs.delivered(job.id, messages, at=self._clock())
        except JobNotFoundError:  # Erased while it was being shown.
            for message in messages:
                await self._postbox.delete(job.reply.channel, message)
            raise

    async def show_again(self, creation_id: CreationId) -> bool:
        """Show a work that was delivered as it is now. What Discord does not take now is tried again by itself.

        Returns whether it is shown so, or will be; see `Refresher.refresh`.
        Raises `CreationNotFoundError`, `JobNotFoundError`.
        """
        return await self._refresher.refresh(creation_id)

    async def hide_again(self, channel: ChannelId) -> None:
        """A thread was opened again: what is hidden in it is not to be read there."""
        await self._refresher.refresh_hidden(channel)

    async def rewrite(self, job_id: JobId) -> bool:
        """Show a job that was delivered as it is now, once; see `Refresher.rewrite`."""
        return await self._refresher.rewrite(job_id)


def _appearance(creation: Creation) -> tuple[object, ...]:
    """All that what is shown of a work depends on and that may change."""
    return creation.picked, creation.hidden_at, creation.artifacts


async def _comes_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
