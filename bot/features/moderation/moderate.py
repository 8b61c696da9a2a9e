"""`/moderate`: the reports that wait, one at a time; the audit log; who may not make anything; what is shown again."""

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.app_commands import Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.finding import work_here
from bot.features.moderation.card import card_of
from bot.features.moderation.held import showing_of
from bot.i18n import Texts, texts_for
from bot.postbox import view_of
from bot.replies import show_card, show_reply
from bot.rights import (
    MODERATORS,
    may_moderate,
    require_below,
    require_moderator,
    require_moderator_in,
    require_moderator_somewhere,
)
from bot.ui.buttons import RowButton
from bot.ui.notes import Button, Note
from bot.ui.reports import audit_line, next_button, report_buttons
from inference.contract.identifiers import MemberId
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

ENTRIES_A_PAGE: Final = 8
MAX_NUMBER: Final = 2**53 - 1  # Discord's own bound of a whole number.


class Moderate(commands.Cog):
    moderate = app_commands.Group(
        name=locale_str("moderate"),
        description=locale_str("Look after what is made in this server"),
        default_permissions=MODERATORS,
    )

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @moderate.command(
        name=locale_str("reports"),
        description=locale_str("The works that members reported, and pictures that I keep back"),
    )
    async def reports(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        await _show_report(interaction, after=None)

    @moderate.command(name=locale_str("log"), description=locale_str("What moderators and admins did"))
    async def log(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_moderator(interaction)
        await interaction.response.defer(ephemeral=True)
        await _show_log(interaction, older_than=None)

    @moderate.command(name=locale_str("block"), description=locale_str("Stop a member from making things here"))
    @app_commands.describe(member=locale_str("Whom"))
    async def block(self, interaction: discord.Interaction["AtelierClient"], member: discord.User) -> None:
        require_moderator(interaction)
        require_below(interaction, member)
        await interaction.response.defer(ephemeral=True)
        is_new = await self._client.services.storage.blocks.block(
            server_of(interaction), MemberId(member.id), by=MemberId(interaction.user.id), at=interaction.created_at
        )
        t = texts_for(str(interaction.locale))
        done = t("⛔ <@{member}> may not make anything here any more.", member=member.id)
        await _say(interaction, done if is_new else t("<@{member}> is blocked already.", member=member.id))

    @moderate.command(name=locale_str("unblock"), description=locale_str("Let a member make things here again"))
    @app_commands.describe(member=locale_str("Whom"))
    async def unblock(self, interaction: discord.Interaction["AtelierClient"], member: discord.User) -> None:
        require_moderator(interaction)
        await interaction.response.defer(ephemeral=True)
        was_blocked = await self._client.services.storage.blocks.unblock(
            server_of(interaction), MemberId(member.id), by=MemberId(interaction.user.id), at=interaction.created_at
        )
        t = texts_for(str(interaction.locale))
        done = t("<@{member}> may make things here again.", member=member.id)
        await _say(interaction, done if was_blocked else t("<@{member}> was not blocked.", member=member.id))

    @moderate.command(
        name=locale_str("show"), description=locale_str("Show a hidden work to everybody, or pictures that I keep back")
    )
    @app_commands.describe(work=locale_str("Its number, as the log has it"))
    async def show(self, interaction: discord.Interaction["AtelierClient"], work: Range[int, 1, MAX_NUMBER]) -> None:
        await interaction.response.defer(ephemeral=True)
        creation = await work_here(interaction, work)
        require_moderator_in(interaction, creation.channel, creation.ruled_by)
        t = texts_for(str(interaction.locale))
        said = await _uncovered(interaction, creation, t)
        if said is None:
            await _say(interaction, t("That work was not hidden."))
            return
        await self._client.services.courier.show_again(creation.id)
        await _say(interaction, said)


class NextReportButton(RowButton, template=r"report:next:(?P<id>\d+)"):
    """Leaves a report undecided; after the last the first comes again."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        await _show_report(interaction, after=self.row_id)


class LogPageButton(RowButton, template=r"audit:older:(?P<id>\d+)"):
    """Turns to what was done before; the id is the page's last entry."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_moderator(interaction)
        await interaction.response.defer()
        await _show_log(interaction, older_than=self.row_id)


async def _uncovered(interaction: discord.Interaction["AtelierClient"], creation: Creation, t: Texts) -> str | None:
    """Show a hidden work again, or of one that is not hidden the pictures that are held back.

    Returns what to say about it; None: there was nothing to be shown.
    """
    creations, by = interaction.client.services.storage.creations, MemberId(interaction.user.id)
    if await creations.show(creation.id, by=by, at=interaction.created_at):
        return t("Everybody sees it again.")
    showing = showing_of(interaction, creation)
    if await creations.release_held(creation.id, showing, by=by, at=interaction.created_at):
        return t("👁️ Shown by <@{moderator}>", moderator=by)
    return None


async def _show_report(interaction: discord.Interaction["AtelierClient"], *, after: int | None) -> None:
    """Of the reports about works in channels that the reader moderates. Raises `NotModeratorError`."""
    storage, server, t = interaction.client.services.storage, server_of(interaction), texts_for(str(interaction.locale))
    waiting = await storage.reports.waiting(server)
    moderated = {one.channel: one.reports for one in waiting if may_moderate(interaction, one.channel, one.ruled_by)}
    if not moderated:
        require_moderator_somewhere(interaction)
    report = await storage.reports.next_open(server, channels=moderated, after=after)
    if report is None and after is not None:
        report = await storage.reports.next_open(server, channels=moderated)
    if report is None:
        done = t("No report waits. All is well.")
        await interaction.edit_original_response(content=done, embed=None, attachments=[], view=None)
        return
    creation = await storage.creations.of_server(report.creation, server)
    # Nobody else sees this panel.
    card = await card_of(interaction.client, report, creation, shows_pictures=True, t=t)
    note = Note(
        content=t.plural("{count} report waits.", "{count} reports wait.", sum(moderated.values())),
        buttons=(*report_buttons(report, t=t), next_button(report.id, t=t)),
    )
    await show_card(interaction, card.embed, content=note.content, attachments=card.files, view=view_of(note))


async def _show_log(interaction: discord.Interaction["AtelierClient"], *, older_than: int | None) -> None:
    t = texts_for(str(interaction.locale))
    page = await interaction.client.services.storage.audit.page(
        server_of(interaction), limit=ENTRIES_A_PAGE, older_than=older_than
    )
    lines = [audit_line(entry, t) for entry in page.rows] or [t("Nothing has been done yet.")]
    older = (Button(custom_id=f"audit:older:{page.older}", label=t("Older"), emoji="▶️"),) if page.older else ()
    note = Note(content="\n".join((t("**What moderators and admins did**"), *lines)), buttons=older)
    await show_reply(interaction, note)


async def _say(interaction: discord.Interaction["AtelierClient"], content: str, view: Any = None) -> None:
    await interaction.edit_original_response(
        content=content, view=view, allowed_mentions=discord.AllowedMentions.none()
    )
