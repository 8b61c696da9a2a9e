"""How a work is shown where Discord refuses it as it is: step by step plainer, until it is taken."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, assert_never

from bot.i18n import Texts
from bot.quoting import quotations_in, without_quotations
from bot.ui.notes import controls
from bot.ui.notes.heading import heading_without_words
from bot.ui.notes.note import Note
from inference.contract.mediums import Medium
from storage.domain import Creation

# How much lighter pictures become where a server takes less than others; each is tried once.
LIGHTER: Final = (2, 8, 32)


class Refusal(Enum):
    """Why Discord does not take a message."""

    HARMFUL_LINK = "harmful link"
    AUTOMOD = "automod"
    TOO_LARGE = "too large"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is left out of how a work is shown; by itself nothing is."""

    has_words: bool = True  # Its author's, in the heading and in what is read out to those who cannot see.
    lighter: int = 1  # A picture weighs at most one in so many of what it usually does.
    is_filed: bool = False  # The text stands in a file alone.
    is_plain: bool = False  # Nothing of the work is shown.

    @property
    def mark(self) -> str:
        """Tells the messages of one look from those of another."""
        return f"{self.has_words:d}{self.lighter}.{self.is_filed:d}{self.is_plain:d}" if self != WHOLE else ""


WHOLE: Final = Look()
PLAIN: Final = Look(has_words=False, is_plain=True)


def plainer(look: Look, refusal: Refusal, medium: Medium) -> Look | None:
    """What to try next; None: there is nothing plainer."""
    if look.is_plain:
        return None
    if refusal is Refusal.TOO_LARGE:
        steps = [each for each in LIGHTER if each > look.lighter]
        return replace(look, lighter=steps[0]) if medium is Medium.IMAGE and steps else PLAIN
    if look.has_words:
        return replace(look, has_words=False)
    if medium is Medium.TEXT and not look.is_filed:
        return replace(look, is_filed=True)
    return PLAIN


def wordless(note: Note, t: Texts) -> Note:
    """The note without its author's words above it and in what is read out."""
    head, seam, rest = note.content.partition("\n")
    bare = without_quotations(head, frozenset(range(quotations_in(head))))
    files = tuple(replace(file, description=t("Made by a machine")) for file in note.attachments)
    return replace(note, content=f"{bare}{seam}{rest}", attachments=files)


def not_shown(creation: Creation, *, t: Texts) -> Note:
    """What stands in the channel for a work that Discord does not take in any form."""
    head = heading_without_words(creation.request, creation.member, t)
    return Note(content=f"{head}\n{unshowable(t)}", buttons=controls.about(creation, t))


def unshowable(t: Texts) -> str:
    return t("🛡️ Discord does not let me show this work here.")


def refused(look: Look, refusal: Refusal, *, t: Texts) -> str:
    """What its author is told."""
    return t(
        "🛡️ Discord refused your work as it was. {reason} {consequence}",
        reason=_reason(refusal, t),
        consequence=_consequence(look, t),
    )


def _reason(refusal: Refusal, t: Texts) -> str:
    match refusal:
        case Refusal.HARMFUL_LINK:
            return t("There is a link in it that Discord takes for harmful.")
        case Refusal.AUTOMOD:
            return t("This server's AutoMod blocks words in it.")
        case Refusal.TOO_LARGE:
            return t("Its files are larger than this server may have.")
        case Refusal.OTHER:
            return t("Discord did not say why.")
        case _:
            assert_never(refusal)


def _consequence(look: Look, t: Texts) -> str:
    if look.is_plain:
        return t("So it is not shown. It is kept, and `/privacy` gives you all your works as files.")
    if look.is_filed:
        return t("So the text is in a file.")
    if look.lighter > 1:
        return t("So you see smaller copies of its pictures.")
    return t("So your words are left out above it.")
