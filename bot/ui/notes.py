"""What the channel shows for a job and for a creation: pure functions from values to notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

import discord

from bot.errors import failure_sentence
from bot.i18n import Texts
from bot.ui.names import genre_name
from bot.ui.parts import clipped, parts_of, tail_of, width
from inference.contract.identifiers import JobId, MemberId
from inference.contract.jobs import Job
from inference.contract.requests import Basis, Request
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
    attachments: tuple[Attachment, ...] = ()
    pings: MemberId | None = None


def waiting(job: Job, *, place: int, eta_seconds: tuple[float, float] | None = None, t: Texts) -> Note:
    """A job that has not begun, with when it will be done if that can be told."""
    if place <= 1:
        line = t("⏳ Next in line.")
    else:
        line = t.plural("⏳ {count} is ahead of it.", "⏳ {count} are ahead of it.", place - 1)
    if eta_seconds is not None:
        line = t("{place} Done in {span}.", place=line, span=t.between(*eta_seconds))
    return Note(content=f"{heading(job.request, job.member, t)}\n{line}", buttons=(_cancel(job.id, t),))


def working(job: Job, *, fraction: float, preview: str, t: Texts) -> Note:
    """A job under way, with what is written so far."""
    head = heading(job.request, job.member, t)
    line = t("✍️ Writing… {percent}%", percent=round(100 * fraction))
    room = MESSAGE_LIMIT - width(head) - width(line) - 3
    written = f"{tail_of(preview, limit=room)}\n\n" if preview else ""
    return Note(content=f"{head}\n{written}{line}", buttons=(_cancel(job.id, t),))


def finished(creation: Creation, texts: Sequence[str], *, t: Texts) -> Sequence[Note]:
    """A finished work in one to three messages, or as files where that is not enough; never cut.

    `texts` are its artifacts. Of several, the one that was picked is shown, or all as long as none was.
    """
    if creation.hidden_at is not None:
        return [hidden(creation, t=t)]
    if creation.awaits_choice:
        return _to_choose_from(creation, texts, t)
    text = texts[creation.part]
    head = heading(creation.request, creation.member, t)
    # Every part gets the first one's room, so that the split does not depend on where the heading stands.
    parts = parts_of(text, limit=MESSAGE_LIMIT - width(head) - 1)
    if len(parts) > MAX_MESSAGES:
        return [finished_in_one(creation, texts, t=t)]
    contents = [f"{head}\n{parts[0]}", *parts[1:]]
    return [
        *(Note(content=content) for content in contents[:-1]),
        Note(content=contents[-1], buttons=_creation_buttons(creation, t)),
    ]


def hidden(creation: Creation, *, t: Texts) -> Note:
    """What stands in the channel for a work that moderators keep from everybody but its author."""
    head = heading_without_words(creation.request, creation.member, t)
    return Note(content=f"{head}\n{t('🙈 The moderators have hidden this work.')}", buttons=(_delete(creation, t),))


def finished_in_one(creation: Creation, texts: Sequence[str], *, t: Texts) -> Note:
    """A finished work in one message: the beginning, and the whole as a file; of variants, each so."""
    head = heading(creation.request, creation.member, t)
    if creation.awaits_choice:
        beginnings, attachments = _variants_as_files(creation, texts, width(head) + 1, t)
        return Note(content=f"{head}\n{beginnings}", buttons=_choice_buttons(creation, t), attachments=attachments)
    pointer = t("-# 📄 The whole text is in the file.")
    beginning = parts_of(texts[creation.part], limit=MESSAGE_LIMIT - width(head) - width(pointer) - 8)[0]
    return Note(
        content=f"{head}\n{beginning} …\n\n{pointer}",
        buttons=_creation_buttons(creation, t),
        attachments=(_file_of(creation, texts[creation.part], "", t),),
    )


def variants_to_look_at(creation: Creation, texts: Sequence[str], *, may_pick: bool, t: Texts) -> Note:
    """All variants of a work in one private message."""
    buttons = _picks(creation, range(len(texts)), t) if may_pick else ()
    content = _listed(texts, t)
    if width(content) <= MESSAGE_LIMIT:
        return Note(content=content, buttons=buttons)
    beginnings, attachments = _variants_as_files(creation, texts, 0, t)
    return Note(content=beginnings, buttons=buttons, attachments=attachments)


def _to_choose_from(creation: Creation, texts: Sequence[str], t: Texts) -> Sequence[Note]:
    """Variants in one message, else each in its own with its own button, else as files."""
    head = heading(creation.request, creation.member, t)
    whole = f"{head}\n{_listed(texts, t)}"
    if width(whole) <= MESSAGE_LIMIT:
        return [Note(content=whole, buttons=_choice_buttons(creation, t))]
    first, *others = (_variant(number, text, t) for number, text in enumerate(texts))
    contents = [f"{head}\n{first}", *others]
    if len(contents) > MAX_MESSAGES or any(width(content) > MESSAGE_LIMIT for content in contents):
        return [finished_in_one(creation, texts, t=t)]
    picks = _picks(creation, range(len(texts)), t)
    *before, last = (Note(content=content, buttons=(pick,)) for content, pick in zip(contents, picks, strict=True))
    return [*before, replace(last, buttons=(*last.buttons, *_common_buttons(creation, t)))]


def _listed(texts: Sequence[str], t: Texts) -> str:
    return "\n\n".join(_variant(number, text, t) for number, text in enumerate(texts))


def _variant(number: int, text: str, t: Texts) -> str:
    return f"**{t('Variant {number}', number=number + 1)}**\n{text}"


def _variants_as_files(
    creation: Creation, texts: Sequence[str], taken: int, t: Texts
) -> tuple[str, tuple[Attachment, ...]]:
    """The beginnings of all variants, beside `taken` characters of a message, and their files."""
    pointer = t("-# 📄 The whole texts are in the files.")
    room = (MESSAGE_LIMIT - taken - width(pointer) - 2) // len(texts) - width(_variant(len(texts), "", t)) - 4
    beginnings = (parts_of(text, limit=room) for text in texts)
    shown = [f"{one[0]} …" if len(one) > 1 else one[0] for one in beginnings]
    files = tuple(_file_of(creation, text, f"-{number}", t) for number, text in enumerate(texts, start=1))
    return f"{_listed(shown, t)}\n\n{pointer}", files


def _file_of(creation: Creation, text: str, suffix: str, t: Texts) -> Attachment:
    return Attachment(
        filename=f"{creation.request.genre}-{creation.id}{suffix}.txt",
        content=text.encode(),
        description=t("The whole text of “{excerpt}”", excerpt=clipped(creation.request.prompt, limit=EXCERPT_LIMIT)),
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
    return Note(content=t("<@{member}> Your work is ready.", member=member), pings=member)


def heading_without_words(request: Request, member: MemberId, t: Texts) -> str:
    """As `heading`, where the member's words are not to be read either."""
    return "-# " + t("{genre} for <@{member}>", genre=genre_name(request.genre, t), member=member)


def heading(request: Request, member: MemberId, t: Texts) -> str:
    """One small line: what, for whom, from which words."""
    line = t(
        "{genre} for <@{member}> · “{excerpt}”",
        genre=genre_name(request.genre, t),
        member=member,
        excerpt=quoted(request.prompt, limit=EXCERPT_LIMIT),
    )
    match request.basis:
        case Basis.NOTHING:
            return f"-# {line}"
        case Basis.CONTINUATION:
            return f"-# {line} · {t('continued')}"
        case Basis.REVISION:
            change = quoted(request.change or "", limit=EXCERPT_LIMIT)
            return f"-# {line} · {t('revised: “{change}”', change=change)}"
        case _:
            assert_never(request.basis)


def quoted(prompt: str, *, limit: int) -> str:
    """A member's words inside a line of ours: no markup, no mention, and their direction kept to themselves."""
    escaped = discord.utils.escape_mentions(discord.utils.escape_markdown(clipped(prompt, limit=limit)))
    plain = clipped(escaped, limit=limit)
    if plain != escaped:  # Half an escape would escape what follows.
        plain = plain.removesuffix("…").rstrip("\\") + "…"
    return f"\N{FIRST STRONG ISOLATE}{plain}\N{POP DIRECTIONAL ISOLATE}"


def _cancel(job_id: JobId, t: Texts) -> Button:
    return Button(custom_id=f"job:cancel:{job_id}", label=t("Cancel"), emoji="✖️")


def _creation_buttons(creation: Creation, t: Texts) -> tuple[Button, ...]:
    number = creation.id
    folded = Button(custom_id=f"creation:variants:{number}", label=t("Variants"), emoji="🎭")
    return (
        Button(custom_id=f"creation:continue:{number}", label=t("Continue"), emoji="➡️"),
        Button(custom_id=f"creation:revise:{number}", label=t("Revise"), emoji="✏️"),
        *_common_buttons(creation, t),
        *((folded,) if len(creation.artifacts) > 1 else ()),
    )


def _choice_buttons(creation: Creation, t: Texts) -> tuple[Button, ...]:
    return (*_picks(creation, range(len(creation.artifacts)), t), *_common_buttons(creation, t))


def _picks(creation: Creation, parts: Sequence[int], t: Texts) -> tuple[Button, ...]:
    return tuple(
        Button(
            custom_id=f"creation:pick:{part}:{creation.id}",
            label=t("Pick {number}", number=part + 1),
            emoji="👉",
            style=discord.ButtonStyle.primary,
        )
        for part in parts
    )


def _common_buttons(creation: Creation, t: Texts) -> tuple[Button, ...]:
    number = creation.id
    return (
        Button(custom_id=f"creation:remix:{number}", label=t("Remix"), emoji="🎨"),
        Button(custom_id=f"creation:again:{number}", label=t("Again"), emoji="🔁"),
        Button(custom_id=f"creation:recipe:{number}", label=t("Recipe"), emoji="📜"),
        _delete(creation, t),
        Button(custom_id=f"creation:report:{number}", label=t("Report"), emoji="🚩"),
    )


def _delete(creation: Creation, t: Texts) -> Button:
    return Button(custom_id=f"creation:delete:{creation.id}", label=t("Delete"), emoji="🗑️")
