"""What the channel shows for a job that waits, runs or came to nothing."""

from typing import assert_never

from bot.errors import failure_sentence
from bot.i18n import Texts
from bot.ui.notes import controls
from bot.ui.notes.heading import heading
from bot.ui.notes.note import MESSAGE_LIMIT, Attachment, Note
from bot.ui.parts import tail_of, width
from inference.contract.identifiers import MemberId
from inference.contract.jobs import Job
from inference.contract.mediums import Medium


def waiting(job: Job, *, place: int, eta_seconds: tuple[float, float] | None = None, t: Texts) -> Note:
    """A job that has not begun, with when it will be done if that can be told."""
    if place <= 1:
        line = t("⏳ Next in line.")
    else:
        line = t.plural("⏳ {count} is ahead of it.", "⏳ {count} are ahead of it.", place - 1)
    if eta_seconds is not None:
        line = t("{place} Done in {span}.", place=line, span=t.between(*eta_seconds))
    return Note(content=f"{_head(job, t)}\n{line}", buttons=(controls.cancel(job.id, t),))


def held_up(job: Job, *, t: Texts) -> Note:
    """A job that nothing can begin with, since the actor is down."""
    line = t("💤 The model is not running, and the host can see why. I keep your request and begin when it is back.")
    return Note(content=f"{_head(job, t)}\n{line}", buttons=(controls.cancel(job.id, t),))


def working(job: Job, *, fraction: float, preview: str = "", sketch: bytes | None = None, t: Texts) -> Note:
    """A job under way, with what is written so far, or how the pictures stand."""
    head = _head(job, t)
    line = _progress(job.request.medium, round(100 * fraction), t)
    room = MESSAGE_LIMIT - width(head) - width(line) - 3
    written = f"{tail_of(preview, limit=room)}\n\n" if preview else ""
    attachments = (_sketch(sketch, t),) if sketch else ()
    return Note(content=f"{head}\n{written}{line}", buttons=(controls.cancel(job.id, t),), attachments=attachments)


def failed(job: Job, *, t: Texts) -> Note:
    """A job that came to nothing, with why, and a way to try again."""
    sentence = failure_sentence(job.failure, t)
    content = f"{_head(job, t)}\n⚠️ {sentence}"
    return Note(content=content, buttons=(controls.try_again(job.id, t),))


def cancelled(job: Job, *, t: Texts) -> Note:
    return Note(content=f"{_head(job, t)}\n{t('🚫 Cancelled.')}")


def ready_ping(member: MemberId, *, t: Texts) -> Note:
    """For an author who waited long: an edit pings nobody, a new message does."""
    return Note(content=t("<@{member}> Your work is ready.", member=member), pings=member)


def _head(job: Job, t: Texts) -> str:
    return heading(job.request, job.member, t, parents=job.parents)


def _progress(medium: Medium, percent: int, t: Texts) -> str:
    match medium:
        case Medium.TEXT:
            return t("✍️ Writing… {percent}%", percent=percent)
        case Medium.IMAGE:
            return t("🖌️ Drawing… {percent}%", percent=percent)
        case _:
            assert_never(medium)


def _sketch(content: bytes, t: Texts) -> Attachment:
    extension = ".webp" if content[8:12] == b"WEBP" else ".jpg"
    return Attachment(
        filename=f"sketch{extension}", content=content, description=t("A sketch of the pictures as they stand")
    )
