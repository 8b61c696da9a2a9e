"""What members are shown when they rate: the form, the works that `/rate` brings, and what was noted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.i18n import Texts
from bot.ui.contents import Contents, Gallery, Writing
from bot.ui.filters import MEDIUM_TEMPLATE, in_base_36, letter_of, medium_of
from bot.ui.forms import choice, paragraph
from bot.ui.names import axis_name, kind_name, star_name
from bot.ui.notes import MESSAGE_LIMIT, Attachment, Button, Note, picture_elsewhere, quoted, whole_text
from bot.ui.parts import parts_of, width
from inference.contract.image import ImageRequest
from inference.contract.mediums import Medium
from storage.domain import MAX_STARS, MIN_STARS, Axis, Creation

FORM_AXES: Final = (Axis.BEAUTY, Axis.FIT, Axis.FLAWLESSNESS)
REMARK: Final = "remark"
MAX_REMARK_CHARACTERS: Final = 300
PROMPT_LIMIT: Final = 300  # Of a prompt that stands above its work.
_NO_OPINION: Final = "0"
_KEYCAPS: Final = {stars: f"{stars}\ufe0f\u20e3" for stars in range(MIN_STARS, MAX_STARS + 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How far a member is who lets works be brought: all that the buttons have to know besides the work."""

    medium: Medium | None
    number: int

    TEMPLATE = rf"(?P<medium>{MEDIUM_TEMPLATE})(?P<turn>[0-9a-z]{{1,13}})"

    @classmethod
    def in_match(cls, match: re.Match[str]) -> "Turn":
        return cls(medium=medium_of(match["medium"]), number=int(match["turn"], 36))

    @property
    def next(self) -> "Turn":
        return Turn(medium=self.medium, number=self.number + 1)

    def packed(self) -> str:
        return f"{letter_of(self.medium)}{in_base_36(self.number)}"


def fields(stars: Mapping[Axis, int], remark: str, t: Texts) -> Sequence[discord.ui.Item[Any]]:
    """Three menus and a sentence, filled in with what the member said before."""
    menus = [_menu(axis, stars.get(axis), t) for axis in FORM_AXES]
    words = paragraph(
        t("In a sentence, if you like"), REMARK, filled_in=remark, limit=MAX_REMARK_CHARACTERS, is_required=False
    )
    return [*menus, words]


def stars_in(typed: str) -> int | None:
    """What was chosen in a menu of the form; None: no opinion."""
    stars = int(typed or _NO_OPINION)
    return stars if MIN_STARS <= stars <= MAX_STARS else None


def noted(stars: Mapping[Axis, int], remark: str, t: Texts) -> str:
    """What stands now, and that it may be changed."""
    opinions = [t("{axis}: {stars} of 5", axis=axis_name(axis, t), stars=stars[axis]) for axis in Axis if axis in stars]
    if not opinions and not remark:
        return t("Nothing is noted: you have no opinion. **Rate** lets you have one at any time.")
    lines = [t("⭐ Noted. {opinions}", opinions=" · ".join(opinions)).rstrip()]
    if remark:
        lines.append(f"> {quoted(remark, limit=2 * MAX_REMARK_CHARACTERS)}")
    lines.append(t("-# **Rate** shows it again, and you may change it or take it back."))
    return "\n".join(lines)


def served(creation: Creation, contents: Contents, turn: Turn, *, before: str = "", t: Texts) -> Note:
    """A work to be rated, without its author's name. Nothing tells one that comes again from any other.

    `before`: what became of the work before.
    """
    head = about(creation, t)
    question = t("**How good is it?**")
    lines = [*([f"-# {before}"] if before else []), head]
    room = MESSAGE_LIMIT - sum(width(line) + 1 for line in (*lines, question)) - 4
    text, attachments = body_of(creation, contents, room, t)
    return Note(
        content="\n".join((*lines, *([text, ""] if text else []), question)),
        buttons=tuple(_choices(creation, turn, t)),
        attachments=attachments,
    )


def about(creation: Creation, t: Texts) -> str:
    """What it is and from which words, by nobody in particular."""
    return f"{kind_name(creation.request, t)} · “{quoted(creation.request.prompt, limit=PROMPT_LIMIT)}”"


def given(stars: int, t: Texts) -> str:
    """What became of the work before, by one click."""
    return t("Noted: {stars} of 5 for the last one.", stars=stars)


def nothing_left(t: Texts, *, before: str = "") -> Note:
    end = t("🎉 That is all that I have for you to rate. Come back when there is more.")
    return Note(content="\n".join((*([f"-# {before}"] if before else []), end)))


def stopped(t: Texts) -> Note:
    return Note(content=t("Thank you. `/rate` goes on whenever you like."))


def _menu(axis: Axis, chosen: int | None, t: Texts) -> discord.ui.Item[Any]:
    stars = [(str(each), f"{each} – {star_name(axis, each, t)}") for each in range(MAX_STARS, MIN_STARS - 1, -1)]
    return choice(axis_name(axis, t), axis, [(_NO_OPINION, t("No opinion")), *stars], str(chosen or _NO_OPINION))


def body_of(creation: Creation, contents: Contents, room: int, t: Texts) -> tuple[str, tuple[Attachment, ...]]:
    """The text, as much of it as there is room for and then the whole as a file; of pictures, the files."""
    match contents:
        case Gallery(prints=prints):
            assert isinstance(creation.request, ImageRequest), "pictures come of requests for pictures"
            seen = [(part, one) for part, one in enumerate(prints) if one is not None]
            return "", tuple(picture_elsewhere(creation, creation.request, part, one, t) for part, one in seen)
        case Writing(texts=texts):
            text = texts[creation.part]
            if width(text) <= room:
                return text, ()
            return f"{parts_of(text, limit=room - 2)[0]} …", (whole_text(creation, text, t),)


def _choices(creation: Creation, turn: Turn, t: Texts) -> Iterator[Button]:
    for stars, keycap in _KEYCAPS.items():
        yield _button(str(stars), star_name(Axis.OVERALL, stars, t), keycap, creation, turn, row=0)
    yield _button("detail", t("In detail…"), "✏️", creation, turn, row=1)
    yield _button("skip", t("Skip"), "⏭️", creation, turn, row=1)
    yield _button("stop", t("Stop"), "⏹️", creation, turn, row=1)


def _button(deed: str, label: str, emoji: str, creation: Creation, turn: Turn, *, row: int) -> Button:
    return Button(custom_id=f"rate:{deed}:{turn.packed()}:{creation.id}", label=label, emoji=emoji, row=row)
