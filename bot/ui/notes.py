"""What the channel shows for a job and for a creation: pure functions from values to notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.errors import failure_sentence
from bot.i18n import Texts
from bot.ui.names import genre_name
from bot.ui.parts import clipped, parts_of, tail_of, width
from inference.contract.identifiers import CreationId, JobId, MemberId
from inference.contract.jobs import Job
from inference.contract.requests import Request
from storage.domain import Creation

MESSAGE_LIMIT: Final = 2_000
MAX_MESSAGES: Final = 3  # A text that needs more comes as a file.
EXCERPT_LIMIT: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    custom_id: str
    label: str
    emoji: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    filename: str
    content: bytes
    description: str  # Read out to those who cannot see it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One message of ours, whole: what it does not name is taken away from the message."""

    content: str
    buttons: tuple[Button, ...] = ()
    attachment: Attachment | None = None
    pings: MemberId | None = None


def waiting(job: Job, *, place: int, t: Texts) -> Note:
    """A job that has not begun."""
    if place <= 1:
        line = t("⏳ Next in line.")
    else:
        line = t.plural("⏳ {count} is ahead of it.", "⏳ {count} are ahead of it.", place - 1)
    return Note(content=f"{heading(job.request, job.member, t)}\n{line}", buttons=(_cancel(job.id, t),))


def working(job: Job, *, fraction: float, preview: str, t: Texts) -> Note:
    """A job under way, with what is written so far."""
    head = heading(job.request, job.member, t)
    line = t("✍️ Writing… {percent}%", percent=round(100 * fraction))
    room = MESSAGE_LIMIT - width(head) - width(line) - 3
    written = f"{tail_of(preview, limit=room)}\n\n" if preview else ""
    return Note(content=f"{head}\n{written}{line}", buttons=(_cancel(job.id, t),))


def finished(creation: Creation, text: str, *, t: Texts) -> Sequence[Note]:
    """A finished text in one to three messages, or as a file where that is not enough; never cut."""
    head = heading(creation.request, creation.member, t)
    # Every part gets the first one's room, so that the split does not depend on where the heading stands.
    parts = parts_of(text, limit=MESSAGE_LIMIT - width(head) - 1)
    if len(parts) > MAX_MESSAGES:
        return [finished_as_file(creation, text, t=t)]
    contents = [f"{head}\n{parts[0]}", *parts[1:]]
    return [
        *(Note(content=content) for content in contents[:-1]),
        Note(content=contents[-1], buttons=_creation_buttons(creation.id, t)),
    ]


def finished_as_file(creation: Creation, text: str, *, t: Texts) -> Note:
    """A finished text in one message, whatever its length: the beginning, and all of it as a file."""
    head = heading(creation.request, creation.member, t)
    pointer = t("-# 📄 The whole text is in the file.")
    beginning = parts_of(text, limit=MESSAGE_LIMIT - width(head) - width(pointer) - 8)[0]
    attachment = Attachment(
        filename=f"{creation.request.genre}-{creation.id}.txt",
        content=text.encode(),
        description=t("The whole text of “{excerpt}”", excerpt=clipped(creation.request.prompt, limit=EXCERPT_LIMIT)),
    )
    return Note(
        content=f"{head}\n{beginning} …\n\n{pointer}",
        buttons=_creation_buttons(creation.id, t),
        attachment=attachment,
    )


def failed(job: Job, *, t: Texts) -> Note:
    """A job that came to nothing, with why, and a way to try again."""
    sentence = failure_sentence(job.failure, t)
    again = Button(custom_id=f"job:again:{job.id}", label=t("Try again"), emoji="🔁")
    return Note(content=f"{heading(job.request, job.member, t)}\n⚠️ {sentence}", buttons=(again,))


def cancelled(job: Job, *, t: Texts) -> Note:
    return Note(content=f"{heading(job.request, job.member, t)}\n{t('🚫 Cancelled.')}")


def ready_ping(member: MemberId, *, t: Texts) -> Note:
    """For an author who waited long: an edit pings nobody, a new message does."""
    return Note(content=t("<@{member}> it is ready.", member=member), pings=member)


def heading(request: Request, member: MemberId, t: Texts) -> str:
    """One small line: what, for whom, from which words."""
    return "-# " + t(
        "{genre} for <@{member}> · “{excerpt}”",
        genre=genre_name(request.genre, t),
        member=member,
        excerpt=quoted(request.prompt, limit=EXCERPT_LIMIT),
    )


def quoted(prompt: str, *, limit: int) -> str:
    """A member's words inside a line of ours: no markup, no mention, and their direction kept to themselves."""
    escaped = discord.utils.escape_mentions(discord.utils.escape_markdown(clipped(prompt, limit=limit)))
    plain = clipped(escaped, limit=limit)
    if plain != escaped:  # Half an escape would escape what follows.
        plain = plain.removesuffix("…").rstrip("\\") + "…"
    return f"\N{FIRST STRONG ISOLATE}{plain}\N{POP DIRECTIONAL ISOLATE}"


def _cancel(job_id: JobId, t: Texts) -> Button:
    return Button(custom_id=f"job:cancel:{job_id}", label=t("Cancel"), emoji="✖️")


def _creation_buttons(creation_id: CreationId, t: Texts) -> tuple[Button, ...]:
    return (
        Button(custom_id=f"creation:again:{creation_id}", label=t("Again"), emoji="🔁"),
        Button(custom_id=f"creation:recipe:{creation_id}", label=t("Recipe"), emoji="📜"),
        Button(custom_id=f"creation:delete:{creation_id}", label=t("Delete"), emoji="🗑️"),
    )
