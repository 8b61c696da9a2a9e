"""What admins see of a decision about many works: what it would be, how far it is, and what it came to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.curation import Choosing
from bot.ui.filters import in_base_36
from bot.ui.names import medium_name
from bot.ui.notes import Button, Note
from storage.decisions import Swept

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final = r"(?P<at>[0-9a-z]+)"
ALL_TEMPLATE: Final = rf"curate:all:(?P<choosing>{Choosing.TEMPLATE})"
SWEEP_TEMPLATE: Final = rf"curate:sweep:(?P<deed>accept|reject):{_MOMENT}:(?P<choosing>{Choosing.TEMPLATE})"
UNSWEEP_TEMPLATE: Final = rf"curate:unsweep:{_MOMENT}"


def packed_moment(at: datetime) -> str:
    """To the millisecond, as precise as Discord tells when a button was pressed."""
    return in_base_36((at - _EPOCH) // timedelta(milliseconds=1))


def unpacked_moment(packed: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(packed, 36))


def sweep_question(count: int, choosing: Choosing, at: datetime, t: Texts) -> Note:
    """How many works a decision would be about, and under which filters; `at`: of the deed."""
    if not count:
        return Note(content=t("Nothing is like that."))
    lines = [
        t.plural("**Decide about {count} work at once?**", "**Decide about {count} works at once?**", count),
        *(f"- {bound}" for bound in _bounds(choosing, t)),
        t("-# What was decided already, what is hidden, near duplicates and works made from now on are not touched."),
    ]
    end = f"{packed_moment(at)}:{choosing.packed()}"
    figure = t.number(count)
    accept = Button(
        custom_id=f"curate:sweep:accept:{end}",
        label=t("Accept all like this ({count})", count=figure),
        emoji="✅",
        style=discord.ButtonStyle.success,
    )
    reject = Button(
        custom_id=f"curate:sweep:reject:{end}",
        label=t("Reject all like this ({count})", count=figure),
        emoji="❌",
        style=discord.ButtonStyle.danger,
    )
    return Note(content="\n".join(lines), buttons=(accept, reject))


def sweep_progress(swept: Swept, t: Texts) -> Note:
    return Note(content=f"🗂️ {t('{done} of {of}', done=t.number(swept.done), of=t.number(swept.of))}")


def swept_note(decided: int, at: datetime, t: Texts) -> Note:
    content = t.plural("Decided about {count} work.", "Decided about {count} works.", decided)
    back = Button(custom_id=f"curate:unsweep:{packed_moment(at)}", label=t("Take back all of this"), emoji="↩️")
    return Note(content=content, buttons=(back,))


def unswept_note(opened: int, t: Texts) -> Note:
    return Note(content=t.plural("{count} work waits again.", "{count} works wait again.", opened))


def _bounds(choosing: Choosing, t: Texts) -> Iterator[str]:
    if choosing.medium is not None:
        yield medium_name(choosing.medium, t)
    if choosing.least_score is not None:
        yield t("at least {stars} stars", stars=t.number(choosing.least_score))
    if choosing.least_raters:
        yield t.plural("at least {count} rater", "at least {count} raters", choosing.least_raters)
    if choosing.since is not None:
        yield t("from {day} on", day=choosing.since.isoformat())
    if choosing.until is not None:
        yield t("up to {day}", day=choosing.until.isoformat())
    if choosing.is_safe:
        yield t("without pictures that look unsafe")
