"""What curators see: one work at a time, what its raters say, whether it may be released, and what to decide."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

import discord

from bot.i18n import Texts
from bot.ui.contents import Contents
from bot.ui.filters import (
    MEDIUM_TEMPLATE,
    end_of,
    in_base_36,
    letter_of,
    medium_of,
    packed_day,
    start_of,
    unpacked_day,
)
from bot.ui.history import links_to
from bot.ui.notes import MESSAGE_LIMIT, Button, Note, quoted
from bot.ui.parts import width
from bot.ui.rating import about, body_of
from bot.ui.releases import reason_words
from bot.ui.scores import score_words
from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.curation import Dossier
from storage.domain import MOST_FOLDED, Creation, Place, Ranked, Selection, Standing, StandingPage, Statement
from storage.release.values import Reason

# From here on the classifier's figure counts as unsafe; docs/moderation.md says why.
MOST_UNSAFE: Final = 0.5
MAX_TAGS_CHARACTERS: Final = 300
_TAGS_LIMIT: Final = 320
_OF_CONSENT: Final = frozenset({Reason.NO_CONSENT, Reason.WITHDRAWN})
_STATES: Final[Mapping[str, Selection]] = {selection.value[0]: selection for selection in Selection}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Which works a curator goes through; None: any."""

    selection: Selection = Selection.OPEN
    medium: Medium | None = None
    least_score: float | None = None  # Stars, in tenths.
    least_raters: int = 0
    since: date | None = None  # In UTC.
    until: date | None = None  # In UTC, this day included.
    is_safe: bool = False  # Whether pictures that the classifier takes for unsafe are left out.
    alike: CreationId | None = None  # The near duplicates of this work alone.

    TEMPLATE = (
        rf"[{''.join(_STATES)}]{MEDIUM_TEMPLATE}[ua]"
        r"\.(?:\d\d)?\.[0-9a-z]*\.[0-9a-z]*\.[0-9a-z]*\.[0-9a-z]*"
    )

    def wanted(self) -> Ranked:
        return Ranked(
            selection=None if self.alike is not None else self.selection,
            medium=self.medium,
            least_raters=self.least_raters,
            least_score=self.least_score,
            most_unsafe=MOST_UNSAFE if self.is_safe else None,
            since=start_of(self.since) if self.since else None,
            until=end_of(self.until) if self.until else None,
            alike=self.alike,
        )

    def packed(self) -> str:
        """At most 40 characters."""
        fields = (
            self.selection.value[0] + letter_of(self.medium) + ("u" if self.is_safe else "a"),
            f"{round(self.least_score * 10):02}" if self.least_score is not None else "",
            in_base_36(self.least_raters) if self.least_raters else "",
            packed_day(self.since),
            packed_day(self.until),
            in_base_36(self.alike) if self.alike is not None else "",
        )
        return ".".join(fields)

    @classmethod
    def unpacked(cls, packed: str) -> Self:
        letters, score, raters, since, until, alike = packed.split(".")
        return cls(
            selection=_STATES[letters[0]],
            medium=medium_of(letters[1]),
            is_safe=letters[2] == "u",
            least_score=int(score) / 10 if score else None,
            least_raters=int(raters, 36) if raters else 0,
            since=unpacked_day(since),
            until=unpacked_day(until),
            alike=CreationId(int(alike, 36)) if alike else None,
        )


CURATION_TEMPLATE: Final = (
    r"curate:(?P<deed>accept|reject|reopen|back|next|top|alike):"
    rf"(?P<id>\d+):(?P<low>\d\.\d{{6}}):(?P<choosing>{Choosing.TEMPLATE})"
)
TAGS_TEMPLATE: Final = r"curate:tags:(?P<id>\d+)"


def curation_of(match: re.Match[str]) -> tuple[Place, Choosing]:
    """The work that stands in the panel, and among which it was found."""
    place = Place(low=float(match["low"]), creation=CreationId(int(match["id"])))
    return place, Choosing.unpacked(match["choosing"])


def candidate(
    page: StandingPage,
    creation: Creation,
    contents: Contents,
    dossier: Dossier,
    consent: Statement | None,
    obstacles: Collection[Reason],
    choosing: Choosing,
    *,
    licence: str,
    t: Texts,
) -> Note:
    """The one work of a page, with all that helps to decide.

    `consent`: its author's answer about works; `obstacles`: why a release would leave it out although it is accepted.
    """
    standing = page.rows[0]
    lines = [
        f"**{t('Work {number}', number=creation.id)}** · <@{creation.member}> · {about(creation, t)}",
        " · ".join(_facts(standing, creation, dossier, t)),
        " · ".join((f"{creation.provenance.model} ({licence})", _consent(consent, obstacles, t))),
        *_left_out(obstacles, t),
        *([t("Tags: {tags}", tags=quoted(", ".join(dossier.tags), limit=_TAGS_LIMIT))] if dossier.tags else []),
    ]
    head = "\n".join(lines)
    text, attachments = body_of(creation, contents, MESSAGE_LIMIT - width(head) - 4, t)
    return Note(
        content=f"{head}\n{text}".rstrip(),
        buttons=tuple(_buttons(page, standing, choosing, t)),
        attachments=attachments,
    )


def nothing_to_decide(choosing: Choosing, edge: Place | None, t: Texts) -> Note:
    """That no work is like that; `edge`: from where on it was looked, None: from the top."""
    if edge is not None:
        button = Button(custom_id=_button_id("top", edge, choosing), label=t("From the top"), emoji="⏫")
        return Note(content=t("Nothing more is like that from here on."), buttons=(button,))
    if choosing == Choosing():
        return Note(content=t("Nothing waits for a decision."))
    return Note(content=t("Nothing is like that."))


def further(page: StandingPage, choosing: Choosing, t: Texts) -> Note:
    """That a look found nothing as far as it went, and a way to go on from there."""
    deed, place = ("back", page.before) if page.before is not None else ("next", page.after)
    assert place is not None, "a look that broke off says where"
    button = Button(custom_id=_button_id(deed, place, choosing), label=t("Look further"), emoji="🔎")
    return Note(content=t("Nothing like that so far, but not everything was looked at."), buttons=(button,))


def _button_id(deed: str, place: Place, choosing: Choosing) -> str:
    return f"curate:{deed}:{place.creation}:{place.low:.6f}:{choosing.packed()}"


def _facts(standing: Standing, creation: Creation, dossier: Dossier, t: Texts) -> Iterator[str]:
    yield score_words(standing, t)
    if dossier.remarks:
        yield t.plural("{count} remark", "{count} remarks", dossier.remarks)
    unsafe = [one.picture.unsafe for one in creation.artifacts if one.picture and one.picture.unsafe is not None]
    if unsafe:
        yield t("unsafe: {figure}", figure=t.number(round(max(unsafe), 2)))
    if standing.folded > MOST_FOLDED:
        yield t("more than {count} are nearly the same", count=MOST_FOLDED)
    elif standing.folded:
        yield t.plural("{count} is nearly the same", "{count} are nearly the same", standing.folded)
    yield f"<t:{int(creation.created_at.timestamp())}:D>"
    yield from links_to(creation)


def _consent(statement: Statement | None, obstacles: Collection[Reason], t: Texts) -> str:
    if not _OF_CONSENT & set(obstacles):
        return t("🟢 its author agreed to releases")
    if statement is None:
        return t("⚪ its author has not agreed to releases")
    if not statement.is_given:
        return t("🔴 its author wants no release")
    if Reason.WITHDRAWN in obstacles:
        return t("🔴 its author is being erased")
    return t("🟡 its author agreed to an older question, which does not count")


def _left_out(obstacles: Collection[Reason], t: Texts) -> Iterator[str]:
    reasons = [reason_words(reason, t) for reason in obstacles if reason not in _OF_CONSENT]
    if reasons:
        yield t("🚧 A release would leave it out: {reasons}", reasons="; ".join(reasons))


def _buttons(page: StandingPage, standing: Standing, choosing: Choosing, t: Texts) -> Iterator[Button]:
    def button(deed: str, label: str, emoji: str, row: int, **more: discord.ButtonStyle) -> Button:
        return Button(custom_id=_button_id(deed, standing.place, choosing), label=label, emoji=emoji, row=row, **more)

    if standing.selection is Selection.OPEN:
        yield button("accept", t("Accept"), "✅", 0, style=discord.ButtonStyle.success)
        yield button("reject", t("Reject"), "❌", 0, style=discord.ButtonStyle.danger)
    else:
        yield button("reopen", t("Take the decision back"), "↩️", 0)
    yield Button(custom_id=f"curate:tags:{standing.creation}", label=t("Tags…"), emoji="🏷️", row=0)
    if page.before is not None:
        yield button("back", t("Back"), "◀️", 1)
    yield button("next", t("Next"), "▶️", 1)
    if choosing.selection is Selection.OPEN and choosing.alike is None:
        yield Button(custom_id=f"curate:all:{choosing.packed()}", label=t("All like this…"), emoji="🗂️", row=1)
    if standing.folded and choosing.alike is None:
        yield button("alike", t("What is nearly the same"), "👯", 1)
