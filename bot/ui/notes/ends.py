"""What is to stand in the channel when a job has ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.i18n import Texts
from bot.ui.contents import Contents, Writing
from bot.ui.notes.jobs import cancelled, failed, ready_ping
from bot.ui.notes.note import Note
from bot.ui.notes.plainer import WHOLE, Look, not_shown, wordless
from bot.ui.notes.texts import MAX_MESSAGES, text_as_file
from bot.ui.notes.works import finished, finished_in_one
from inference.contract.jobs import Job, JobState
from storage.domain import Creation


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The notes of an end; without any, nothing is left to be shown."""

    parts: Sequence[Note] = ()
    in_one: Note | None = None  # The parts in one message, for where no second one may be posted.
    ping: Note | None = None


def end_of_work(creation: Creation, contents: Contents, *, look: Look = WHOLE, pings: bool, t: Texts) -> End:
    """`pings`: whether its author has waited so long as to be called."""
    return End(
        parts=parts_of_work(creation, contents, look, t=t),
        in_one=parts_of_work(creation, contents, look, most=1, t=t)[0],
        ping=ready_ping(creation.member, t=t) if pings else None,
    )


def parts_of_work(
    creation: Creation, contents: Contents, look: Look, *, most: int = MAX_MESSAGES, t: Texts
) -> Sequence[Note]:
    """A work in as many messages as it needs; where these are more than `most`, in one."""
    if look.is_plain and creation.hidden_at is None:
        return [not_shown(creation, t=t)]
    if look.is_filed and creation.hidden_at is None and isinstance(contents, Writing):
        parts: Sequence[Note] = [text_as_file(creation, contents.texts, t)]
    else:
        parts = finished(creation, contents, t=t)
    if len(parts) > most:
        parts = [finished_in_one(creation, contents, t=t)]
    return parts if look.has_words else [wordless(part, t) for part in parts]


def end_without_work(job: Job, *, look: Look = WHOLE, t: Texts) -> End:
    """Of a job that made nothing, or whose work was deleted before it was shown."""
    match job.state:
        case JobState.FAILED | JobState.CANCELLED:
            note = failed(job, t=t) if job.state is JobState.FAILED else cancelled(job, t=t)
            return End(parts=[note if look.has_words else wordless(note, t)])
        case JobState.SUCCEEDED:
            return End()
        case JobState.QUEUED | JobState.RUNNING:
            raise AssertionError(f"job {job.id} has not ended")
        case _:
            assert_never(job.state)
