"""What moderators read: a report with the work that it is about, and the audit log."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import discord
from discord.app_commands import locale_str

from bot.i18n import Texts
from bot.ui.contents import Gallery
from bot.ui.names import kind_name, setting_name
from bot.ui.notes import SPOILER, Button, Note, finished, quoted
from inference.contract.identifiers import ReportId
from inference.contract.image import Showing
from storage.domain import AuditEntry, Creation, Deed, Report
from storage.styles import STYLES

EXCERPT_LIMIT: Final = 900  # Of an embed's field, with room for what escaping adds.
DETAIL_LIMIT: Final = 200

_DEEDS: Final = {
    Deed.HID: locale_str("hid a work"),
    Deed.SHOWED: locale_str("showed a work again"),
    Deed.RELEASED: locale_str("let pictures be shown that I kept back"),
    Deed.DELETED: locale_str("deleted a work"),
    Deed.DISMISSED: locale_str("dismissed a report"),
    Deed.BLOCKED: locale_str("blocked a member"),
    Deed.UNBLOCKED: locale_str("let a member work again"),
    Deed.SET: locale_str("changed the settings"),
    Deed.ACCEPTED: locale_str("accepted a work"),
    Deed.REJECTED: locale_str("rejected a work"),
    Deed.REOPENED: locale_str("took back a decision about a work"),
    Deed.TAGGED: locale_str("tagged a work"),
    Deed.PUBLISHED: locale_str("made a release"),
}


def report_card(report: Report, creation: Creation, texts: Sequence[str], *, t: Texts) -> discord.Embed:
    """A report that waits for a decision. `texts` are those that members see of the work."""
    card = discord.Embed(
        title=_title(report, creation, t),
        description="\n\n".join(quoted(text, limit=EXCERPT_LIMIT) for text in texts) or None,
        timestamp=report.reported_at,
        colour=discord.Colour.red(),
    )
    card.add_field(name=t("Author"), value=f"<@{creation.member}>")
    if report.reporter is not None:
        card.add_field(name=t("Reported by"), value=f"<@{report.reporter}>")
    card.add_field(name=t("Kind"), value=kind_name(creation.request, t))
    card.add_field(name=t("Prompt"), value=quoted(creation.request.prompt, limit=EXCERPT_LIMIT), inline=False)
    card.add_field(name=t("Reason"), value=_reason(report, creation, t), inline=False)
    if creation.messages:
        link = f"https://discord.com/channels/{creation.server}/{creation.channel}/{creation.messages[0]}"
        card.add_field(name=t("Where"), value=link, inline=False)
    return card


def _title(report: Report, creation: Creation, t: Texts) -> str:
    if report.reporter is None:
        return t("Pictures of work {number} that I keep back", number=creation.id)
    return t("Report about work {number}", number=creation.id)


def _reason(report: Report, creation: Creation, t: Texts) -> str:
    if report.reporter is not None:
        return quoted(report.reason, limit=EXCERPT_LIMIT) if report.reason else t("No reason was given.")
    pictures = [one.picture for one in creation.artifacts if one.picture is not None]
    held = [picture for picture in pictures if picture.showing is Showing.HELD]
    scores = [f"{round(100 * picture.unsafe)}%" if picture.unsafe is not None else "–" for picture in held]
    return t.plural(
        "{count} of {all} may be unsafe. How surely I think so: {scores}.",
        "{count} of {all} may be unsafe. How surely I think so: {scores}.",
        len(held),
        all=len(pictures),
        scores=t.listed(scores),
    )


def pictures_note(creation: Creation, gallery: Gallery, *, t: Texts) -> Note:
    """The pictures of a reported work, each of them blurred until a moderator wants to see it."""
    shown = finished(replace(creation, hidden_at=None), gallery, t=t)[0]
    blurred = tuple(replace(one, filename=SPOILER + one.filename.removeprefix(SPOILER)) for one in shown.attachments)
    return Note(
        content=t("The pictures of work {number}: click on one to see it.", number=creation.id), attachments=blurred
    )


def report_buttons(report: Report, *, looks: bool = False, t: Texts) -> tuple[Button, ...]:
    """What can be decided; with `looks`, a way to the pictures that the card does not show."""
    number, primary = report.id, discord.ButtonStyle.primary
    is_ours = report.reporter is None
    look = Button(custom_id=f"report:look:{number}", label=t("Look"), emoji="🔍")
    show = Button(custom_id=f"report:show:{number}", label=t("Show"), emoji="👁️", style=primary)
    hide = Button(custom_id=f"report:hide:{number}", label=t("Hide"), emoji="🙈", style=primary)
    keep = Button(custom_id=dismissal_of(number), label=t("Keep back"), emoji="🔒")
    dismiss = Button(custom_id=dismissal_of(number), label=t("Dismiss"), emoji="✅")
    return (
        *((look,) if looks else ()),
        show if is_ours else hide,
        Button(custom_id=f"report:delete:{number}", label=t("Delete"), emoji="🗑️", style=discord.ButtonStyle.danger),
        keep if is_ours else dismiss,
        Button(custom_id=f"report:block:{number}", label=t("Block the author"), emoji="⛔"),
    )


def dismissal_of(report: ReportId) -> str:
    """The custom id of a button that every card about an open report has."""
    return f"report:dismiss:{report}"


def next_button(report: int, *, t: Texts) -> Button:
    """Goes on to the report after this one."""
    return Button(custom_id=f"report:next:{report}", label=t("Next"), emoji="▶️")


def audit_line(entry: AuditEntry, t: Texts) -> str:
    """One deed in one line."""
    who = f"<@{entry.moderator}>" if entry.moderator else t("the host, or somebody whose data was erased")
    facts = [f"<t:{int(entry.at.timestamp())}:R>", f"{who} {t(_DEEDS[entry.deed].message)}"]
    if entry.creation is not None:
        facts.append(t("work {number}", number=entry.creation))
    if entry.member is not None:
        facts.append(f"<@{entry.member}>")
    if entry.detail:
        facts.append(quoted(_detail(entry, t), limit=DETAIL_LIMIT))
    return " · ".join(facts)


def _detail(entry: AuditEntry, t: Texts) -> str:
    if entry.deed is not Deed.SET:
        return entry.detail
    return t.listed([_changed(field, change["is"], t) for field, change in json.loads(entry.detail).items()])


def _changed(field: str, now: Any, t: Texts) -> str:
    name = setting_name(field, t)
    return t("{setting} ({names})", setting=name, names=t.listed([*now])) if field == STYLES else name
