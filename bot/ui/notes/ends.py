"""What is to stand in the channel when a job has ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.i18n import Texts
from bot.ui.contents import Contents
from bot.ui.notes.jobs import cancelled, failed, ready_ping
from bot.ui.notes.note import Note
from bot.ui.notes.works import finished, finished_in_one
from inference.contract.jobs import Job, JobState
from storage.domain import Creation


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The notes of an end; without any, nothing is left to be shown."""

    parts: Sequence[Note] = ()
    in_one: Note | None = None  # The parts in one message, for where no second one may be posted.
    ping: Note | None = None


def end_of_work(creation: Creation, contents: Contents, *, pings: bool, t: Texts) -> End:
    """`pings`: whether its author has waited so long as to be called."""
    return End(
        parts=finished(creation, contents, t=t),
        in_one=finished_in_one(creation, contents, t=t),
        ping=ready_ping(creation.member, t=t) if pings else None,
    )


def end_without_work(job: Job, *, t: Texts) -> End:
    """Of a job that made nothing, or whose work was deleted before it was shown."""
    match job.state:
        case JobState.FAILED:
            return End(parts=[failed(job, t=t)])
        case JobState.CANCELLED:
            return End(parts=[cancelled(job, t=t)])
        case JobState.SUCCEEDED:
            return End()
        case JobState.QUEUED | JobState.RUNNING:
            raise AssertionError(f"job {job.id} has not ended")
        case _:
            assert_never(job.state)
