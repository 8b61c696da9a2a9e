"""Two works to choose between, as a member is shown them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.contents import Print
from bot.ui.filters import MEDIUM_TEMPLATE, letter_of
from bot.ui.notes import MESSAGE_LIMIT, Attachment, Button, Note, picture_elsewhere, whole_text
from bot.ui.parts import parts_of, width
from bot.ui.rating import about
from inference.contract.image import ImageRequest
from inference.contract.mediums import Medium
from storage.domain import Creation, Duel, Ground

BUTTON_TEMPLATE: Final = rf"duel:(?P<deed>left|right|tie|skip|stop):(?P<medium>{MEDIUM_TEMPLATE}):(?P<id>\d+)"
_LEAST_ROOM: Final = 200  # Of one text.


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One side of a duel, with its text or picture."""

    creation: Creation
    part: int
    content: str | Print


def duel_note(
    duel: Duel, left: Contender, right: Contender, medium: Medium | None, *, before: str = "", t: Texts
) -> Note:
    """Two sides and the question. `before`: what became of the duel before."""
    question = t("**Which is better?**")
    above = [f"-# {before}"] if before else []
    if duel.ground is Ground.PROMPT:
        above.append(about(left.creation, t))
        heads = [t("**Left**"), t("**Right**")]
    else:
        heads = [f"{t('**Left**')} · {about(left.creation, t)}", f"{t('**Right**')} · {about(right.creation, t)}"]
    has_texts = isinstance(left.content, str)
    room = MESSAGE_LIMIT - sum(width(line) + 3 for line in (*above, *heads, question))
    texts, files = _texts((left, right), room, t) if has_texts else (["", ""], _pictures((left, right), t))
    sides = [f"{head}\n{text}\n" if text else head for head, text in zip(heads, texts, strict=True)]
    has_heads = has_texts or duel.ground is Ground.THEME
    lines = [*above, *(sides if has_heads else []), question]
    return Note(content="\n".join(lines), buttons=_buttons(duel, medium, t), attachments=files)


def noted(t: Texts) -> str:
    """What became of the duel before."""
    return t("Noted. Here are two more.")


def gone(t: Texts) -> str:
    """What became of the duel before."""
    return t("One of those two is no longer there. Here are two others.")


def nothing_left(t: Texts) -> Note:
    return Note(content=t("🎉 There are no two works left for you to compare. Come back when there are more."))


def stopped(t: Texts) -> Note:
    return Note(content=t("Thank you. `/duel` goes on whenever you like."))


def _texts(sides: Sequence[Contender], room: int, t: Texts) -> tuple[Sequence[str], tuple[Attachment, ...]]:
    """Both in one message; the longer one has the room that the shorter leaves. What is cut is there as a file."""
    texts = [str(side.content) for side in sides]
    rooms = [max(room // 2, room - width(other)) for other in reversed(texts)]
    shown, files = [], []
    for side, text, own in zip(sides, texts, rooms, strict=True):
        if width(text) <= own:
            shown.append(text)
        else:
            shown.append(f"{parts_of(text, limit=max(own - 2, _LEAST_ROOM))[0]} …")
            files.append(whole_text(side.creation, text, t, f"-{len(shown)}"))
    return shown, tuple(files)


def _pictures(sides: Sequence[Contender], t: Texts) -> tuple[Attachment, ...]:
    """Discord sets two side by side, the first on the left."""
    left, right = (_picture(side, t) for side in sides)
    return (
        left.described(t("Left: {picture}", picture=left.description)),
        right.described(t("Right: {picture}", picture=right.description)),
    )


def _picture(side: Contender, t: Texts) -> Attachment:
    assert isinstance(side.content, Print), "both sides are of one medium"
    assert isinstance(side.creation.request, ImageRequest), "pictures come of requests for pictures"
    return picture_elsewhere(side.creation, side.creation.request, side.part, side.content, t)


def _buttons(duel: Duel, medium: Medium | None, t: Texts) -> tuple[Button, ...]:
    answers = (("left", t("Left"), "⬅️"), ("tie", t("Equally good"), "⚖️"), ("right", t("Right"), "➡️"))
    rest = (("skip", t("Skip"), "⏭️"), ("stop", t("Stop"), "⏹️"))
    return tuple(
        Button(
            custom_id=f"duel:{deed}:{letter_of(medium)}:{duel.id}",
            label=label,
            emoji=emoji,
            style=discord.ButtonStyle.primary if row == 0 else discord.ButtonStyle.secondary,
            row=row,
        )
        for row, some in enumerate((answers, rest))
        for deed, label, emoji in some
    )
