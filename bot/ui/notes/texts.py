"""What the channel shows for a finished text: in messages, or in files where these are not enough; never cut."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.i18n import Texts
from bot.ui.notes import controls
from bot.ui.notes.heading import EXCERPT_LIMIT, heading
from bot.ui.notes.note import MESSAGE_LIMIT, Attachment, Button, Note
from bot.ui.parts import clipped, parts_of, width
from storage.domain import Creation

MAX_MESSAGES: Final = 3  # A text that needs more comes as a file.


def finished_text(creation: Creation, texts: Sequence[str], t: Texts) -> Sequence[Note]:
    """One to three messages. Of several variants, the one that was picked, or all as long as none was."""
    if creation.awaits_choice:
        return _to_choose_from(creation, texts, t)
    text = texts[creation.part]
    head = heading(creation.request, creation.member, t)
    # Every part gets the first one's room, so that the split does not depend on where the heading stands.
    parts = parts_of(text, limit=MESSAGE_LIMIT - width(head) - 1)
    if len(parts) > MAX_MESSAGES:
        return [text_in_one(creation, texts, t)]
    contents = [f"{head}\n{parts[0]}", *parts[1:]]
    return [
        *(Note(content=content) for content in contents[:-1]),
        Note(content=contents[-1], buttons=controls.under_text(creation, t)),
    ]


def text_in_one(creation: Creation, texts: Sequence[str], t: Texts) -> Note:
    """A finished text in one message: the beginning, and the whole as a file; of variants, each so."""
    head = heading(creation.request, creation.member, t)
    if creation.awaits_choice:
        beginnings, attachments = _variants_as_files(creation, texts, width(head) + 1, t)
        return Note(content=f"{head}\n{beginnings}", buttons=_choices(creation, t), attachments=attachments)
    pointer = t("-# 📄 The whole text is in the file.")
    beginning = parts_of(texts[creation.part], limit=MESSAGE_LIMIT - width(head) - width(pointer) - 8)[0]
    return Note(
        content=f"{head}\n{beginning} …\n\n{pointer}",
        buttons=controls.under_text(creation, t),
        attachments=(whole_text(creation, texts[creation.part], t),),
    )


def text_as_file(creation: Creation, texts: Sequence[str], t: Texts) -> Note:
    """A finished text of which nothing stands in the message itself."""
    head = heading(creation.request, creation.member, t)
    if creation.awaits_choice:
        files = tuple(whole_text(creation, text, t, f"-{number}") for number, text in enumerate(texts, start=1))
        pointer = t("-# 📄 The whole texts are in the files.")
        return Note(content=f"{head}\n{pointer}", buttons=_choices(creation, t), attachments=files)
    pointer = t("-# 📄 The whole text is in the file.")
    file = whole_text(creation, texts[creation.part], t)
    return Note(content=f"{head}\n{pointer}", buttons=controls.under_text(creation, t), attachments=(file,))


def variants_to_look_at(creation: Creation, texts: Sequence[str], *, may_pick: bool, t: Texts) -> Note:
    """All variants of a work in one private message."""
    buttons = controls.picks(creation, range(len(texts)), t) if may_pick else ()
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
        return [Note(content=whole, buttons=_choices(creation, t))]
    first, *others = (_variant(number, text, t) for number, text in enumerate(texts))
    contents = [f"{head}\n{first}", *others]
    if len(contents) > MAX_MESSAGES or any(width(content) > MESSAGE_LIMIT for content in contents):
        return [text_in_one(creation, texts, t)]
    picks = controls.picks(creation, range(len(texts)), t)
    *before, last = (Note(content=content, buttons=(pick,)) for content, pick in zip(contents, picks, strict=True))
    return [*before, replace(last, buttons=(*last.buttons, *controls.under_any(creation, t)))]


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
    files = tuple(whole_text(creation, text, t, f"-{number}") for number, text in enumerate(texts, start=1))
    return f"{_listed(shown, t)}\n\n{pointer}", files


def whole_text(creation: Creation, text: str, t: Texts, suffix: str = "") -> Attachment:
    return Attachment(
        filename=f"text-{creation.id}{suffix}.txt",
        content=text.encode(),
        description=t("The whole text of “{excerpt}”", excerpt=clipped(creation.request.prompt, limit=EXCERPT_LIMIT)),
    )


def _choices(creation: Creation, t: Texts) -> tuple[Button, ...]:
    return (*controls.picks(creation, range(len(creation.artifacts)), t), *controls.under_any(creation, t))
