"""Puts the end of a job where it was asked for, in the least plain form that Discord takes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.i18n import texts_for
from bot.postbox import TRANSIENT, ChannelClosedError, NoteGoneError, NoteRefusedError, Postbox
from bot.prints import Prints
from bot.ui.notes import WHOLE, End, Look, Note, Refusal, end_of_work, end_without_work, plainer, refused
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import MessageId
from inference.contract.jobs import Job, JobState
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

NOWHERE: Final[Sequence[MessageId]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What came of putting up an end."""

    creation: Creation | None  # As it was shown.
    messages: Sequence[MessageId]  # Without any, it stands nowhere.


class Poster:
    """Knows nothing of retries: what may pass by itself is raised."""

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
        self._prints = prints
        self._clock = clock
        self._ping_after = ping_after

    async def put_up(self, job: Job, since: datetime | None) -> Posting:
        """The end of a job. `since`: from when on an earlier try may have posted a part of it."""
        look: Look | None = WHOLE
        refusal: Refusal | None = None
        while look is not None:
            try:
                async with self._end_of(job, look) as (creation, end):
                    messages = await self._show(job, end, look, since)
            except ChannelClosedError:
                log.info("the channel of a job is closed", job=job.id)
                return Posting(creation=await self.creation_of(job), messages=NOWHERE)
            except NoteRefusedError as error:
                log.warning("Discord refuses an end as it is", job=job.id, error=str(error))
                refusal = error.refusal
                look = plainer(look, refusal, job.request.medium)
                continue
            if refusal is not None and creation is not None:
                await self._tell_author(job, look, refusal, since)
            return Posting(creation=creation, messages=messages)
        log.error("Discord takes an end in no form", job=job.id)
        await self._postbox.delete(job.reply.channel, job.reply.message)
        return Posting(creation=await self.creation_of(job), messages=NOWHERE)

    async def creation_of(self, job: Job) -> Creation | None:
        try:
            return await self._storage.creations.get(job.creation) if job.creation else None
        except CreationNotFoundError:
            return None

    @asynccontextmanager
    async def _end_of(self, job: Job, look: Look) -> AsyncIterator[tuple[Creation | None, End]]:
        """What is to be shown, in memory as long as the block lasts."""
        t = texts_for(job.locale)
        creation = await self.creation_of(job)
        if creation is None:
            yield None, end_without_work(job, look=look, t=t)
            return
        async with self._prints.of(creation, lighter=look.lighter) as contents:
            yield creation, end_of_work(creation, contents, look=look, pings=self._has_waited_long(job), t=t)

    def _has_waited_long(self, job: Job) -> bool:
        return (job.finished_at or job.submitted_at) - job.submitted_at >= self._ping_after

    async def _show(self, job: Job, end: End, look: Look, since: datetime | None) -> Sequence[MessageId]:
        """The first part into the message that the job already has, the others and the ping below it."""
        if not end.parts:  # The work was deleted before it was shown; nothing is to stand as if it were still made.
            await self._postbox.delete(job.reply.channel, job.reply.message)
            return NOWHERE
        try:
            await self._postbox.show(job.reply, job.reply.message, end.parts[0])
            messages = [job.reply.message]
        except NoteGoneError:
            if job.state is JobState.CANCELLED:
                return NOWHERE
            messages = [await self._post(job, end.parts[0], "0" + look.mark, under=None, since=since)]
        await self._show_below(job, end, look, since, messages)
        return messages

    async def _show_below(
        self, job: Job, end: End, look: Look, since: datetime | None, messages: list[MessageId]
    ) -> None:
        first = messages[0]
        try:
            for number, part in enumerate(end.parts[1:], start=1):
                messages.append(await self._post(job, part, f"{number}{look.mark}", under=first, since=since))
            if end.ping is not None:
                await self._post(job, end.ping, "ping", under=first, since=since)
        except ChannelClosedError:
            if len(messages) < len(end.parts) and end.in_one is not None:  # What may not be posted may still be edited.
                await self._postbox.show(job.reply, first, end.in_one)
        except NoteRefusedError:  # The whole is shown otherwise, in place of the part that stands.
            for message in [each for each in messages if each != job.reply.message]:
                await self._postbox.delete(job.reply.channel, message)
            raise

    async def _tell_author(self, job: Job, look: Look, refusal: Refusal, since: datetime | None) -> None:
        """In private while Discord still lets us, else below the work."""
        said = refused(look, refusal, t=texts_for(job.locale))
        if self._postbox.may_use_token(job.reply):
            try:
                return await self._postbox.whisper(job.reply, Note(content=said))
            except TRANSIENT as error:
                log.info("an author is told of a refusal in public", job=job.id, error=str(error))
        note = Note(content=f"<@{job.member}> {said}", pings=job.member)
        with suppress(ChannelClosedError, NoteRefusedError):
            await self._post(job, note, "refused", under=job.reply.message, since=since)
        return None

    async def _post(
        self, job: Job, note: Note, part: str, *, under: MessageId | None, since: datetime | None
    ) -> MessageId:
        return await self._postbox.post_once(job.reply, note, nonce=f"{job.id}:{part}", under=under, since=since)
