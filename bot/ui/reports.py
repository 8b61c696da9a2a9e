"""What moderators read: a report with the work that it is about, and the audit log."""

import json
from collections.abc import Sequence
from typing import Final

import discord
from discord.app_commands import locale_str

from bot.i18n import Texts
from bot.ui.names import genre_name, setting_name
from bot.ui.notes import Button, quoted
from inference.contract.identifiers import ReportId
from storage.domain import AuditEntry, Creation, Deed, Report

EXCERPT_LIMIT: Final = 900  # Of an embed's field, with room for what escaping adds.
DETAIL_LIMIT: Final = 200

_DEEDS: Final = {
    Deed.HID: locale_str("hid a work"),
    Deed.SHOWED: locale_str("showed a work again"),
    Deed.DELETED: locale_str("deleted a work"),
    Deed.DISMISSED: locale_str("dismissed a report"),
    Deed.BLOCKED: locale_str("blocked a member"),
    Deed.UNBLOCKED: locale_str("let a member work again"),
    Deed.SET: locale_str("changed the settings"),
}


def report_card(report: Report, creation: Creation, texts: Sequence[str], *, t: Texts) -> discord.Embed:
    """A report that waits for a decision. `texts` are those that members see of the work."""
    card = discord.Embed(
        title=t("Report about work {number}", number=creation.id),
        description="\n\n".join(quoted(text, limit=EXCERPT_LIMIT) for text in texts),
        timestamp=report.reported_at,
        colour=discord.Colour.red(),
    )
    card.add_field(name=t("Author"), value=f"<@{creation.member}>")
    card.add_field(name=t("Reported by"), value=f"<@{report.reporter}>")
    card.add_field(name=t("Genre"), value=genre_name(creation.request.genre, t))
    card.add_field(name=t("Prompt"), value=quoted(creation.request.prompt, limit=EXCERPT_LIMIT), inline=False)
    reason = quoted(report.reason, limit=EXCERPT_LIMIT) if report.reason else t("No reason was given.")
    card.add_field(name=t("Reason"), value=reason, inline=False)
    if creation.messages:
        link = f"https://discord.com/channels/{creation.server}/{creation.channel}/{creation.messages[0]}"
        card.add_field(name=t("Where"), value=link, inline=False)
    return card


def report_buttons(report: Report, *, t: Texts) -> tuple[Button, ...]:
    """What can be decided."""
    number = report.id
    return (
        Button(custom_id=f"report:hide:{number}", label=t("Hide"), emoji="🙈", style=discord.ButtonStyle.primary),
        Button(custom_id=f"report:delete:{number}", label=t("Delete"), emoji="🗑️", style=discord.ButtonStyle.danger),
        Button(custom_id=f"report:dismiss:{number}", label=t("Dismiss"), emoji="✅"),
        Button(custom_id=f"report:block:{number}", label=t("Block the author"), emoji="⛔"),
    )


def next_button(report: ReportId, *, t: Texts) -> Button:
    """Goes on to the report after this one."""
    return Button(custom_id=f"report:next:{report}", label=t("Next"), emoji="▶️")


def audit_line(entry: AuditEntry, t: Texts) -> str:
    """One deed in one line."""
    who = f"<@{entry.moderator}>" if entry.moderator else t("somebody whose data was erased")
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
    return t.listed([setting_name(field, t) for field in json.loads(entry.detail)])
