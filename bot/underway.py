"""What the channel shows of a job that is not yet done, from the latest that is known of it."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.i18n import texts_for
from bot.ui import notes
from bot.ui.notes import Note
from inference.contract.events import JobEvent, Progressed, Queued
from inference.contract.jobs import Job


async def progress_note(job: Job, event: JobEvent, *, has_words: bool = True) -> Note:
    """Place and time, or how far it is, with what can be read or seen of it already.

    `has_words`: whether anything of what its author or the model wrote may stand there.
    """
    if has_words:
        return await _with_words(job, event)
    if isinstance(event, Progressed):
        event = replace(event, preview="")
    return notes.wordless(await _with_words(job, event), texts_for(job.locale))


async def _with_words(job: Job, event: JobEvent) -> Note:
    t = texts_for(job.locale)
    match event:
        case Queued(is_held_up=True):
            return notes.held_up(job, t=t)
        case Queued(place=place, eta_seconds=eta_seconds):
            return notes.waiting(job, place=place, eta_seconds=eta_seconds, t=t)
        case Progressed(fraction=fraction, preview=preview, sketch=sketch):
            shown = await asyncio.to_thread(_read_while_there, sketch) if sketch else None
            return notes.working(job, fraction=fraction, preview=preview, sketch=shown, t=t)
        case _:
            return notes.working(job, fraction=0.0, t=t)


def _read_while_there(sketch: Path) -> bytes | None:
    """A sketch goes when the next one comes, and when its job ends."""
    try:
        return sketch.read_bytes()
    except OSError:
        return None
