"""The buttons under a report: hide, delete, dismiss, block. Each leaves an entry in the audit log."""

from typing import TYPE_CHECKING

import discord

from bot.desk import server_of
from bot.errors import sentence
from bot.features.creation.button import delete_messages
from bot.features.creation.deletion import deletion_by
from bot.i18n import Texts, texts_for
from bot.postbox import view_of
from bot.rights import require_moderator
from bot.ui.buttons import RowButton
from bot.ui.notes import Note
from bot.ui.reports import next_button
from inference.contract.errors import CreationNotFoundError, ReportDecidedError
from inference.contract.identifiers import MemberId, MessageId, ReportId
from storage.domain import Creation, Report, Verdict

if TYPE_CHECKING:
    from bot.client import AtelierClient


class ReportDecision(RowButton, template=r"(?!)"):
    """A moderator's press; in the moderators' channel the card then says what was decided, and by whom."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_moderator(interaction)
        await interaction.response.defer()
        t = _language_of(interaction)
        try:
            report = await interaction.client.services.storage.reports.get(ReportId(self.row_id))
        except ReportDecidedError as error:
            await self.replace_card(interaction, sentence(error, t))
            return
        try:
            said = await self.decide(interaction, _open_here(report, interaction), t)
        except ReportDecidedError:  # The card says what was decided.
            await interaction.edit_original_response(view=self._onward(interaction))
            raise
        except CreationNotFoundError as error:
            await self.replace_card(interaction, sentence(error, t))
            return
        await self.answer(interaction, said)

    async def decide(self, interaction: discord.Interaction["AtelierClient"], report: Report, t: Texts) -> str:
        """Do it, and say what was done. Raises `ReportDecidedError`, `CreationNotFoundError`."""
        raise NotImplementedError

    async def answer(self, interaction: discord.Interaction["AtelierClient"], said: str) -> None:
        """The card without its buttons and pictures, and what was decided above it."""
        await interaction.edit_original_response(
            content=said,
            attachments=[],
            view=self._onward(interaction),
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def replace_card(self, interaction: discord.Interaction["AtelierClient"], said: str) -> None:
        """Take the card away: what it quotes is gone."""
        await interaction.edit_original_response(
            content=said,
            embed=None,
            attachments=[],
            view=self._onward(interaction),
            allowed_mentions=discord.AllowedMentions.none(),
        )

    def _onward(self, interaction: discord.Interaction["AtelierClient"]) -> discord.ui.View | None:
        """From a private panel to the next report; a card in the moderators' channel ends there."""
        if not _is_private(interaction):
            return None
        following = next_button(ReportId(self.row_id), t=texts_for(str(interaction.locale)))
        return view_of(Note(content="", buttons=(following,)))


class DismissButton(ReportDecision, template=r"report:dismiss:(?P<id>\d+)"):
    async def decide(self, interaction: discord.Interaction["AtelierClient"], report: Report, t: Texts) -> str:
        by = MemberId(interaction.user.id)
        await interaction.client.services.storage.reports.dismiss(report.id, by=by, at=interaction.created_at)
        if report.reporter is None:
            return t("🔒 Kept back by <@{moderator}>", moderator=by)
        return t("✅ Dismissed by <@{moderator}>", moderator=by)


class HideButton(ReportDecision, template=r"report:hide:(?P<id>\d+)"):
    async def decide(self, interaction: discord.Interaction["AtelierClient"], report: Report, t: Texts) -> str:
        services, by = interaction.client.services, MemberId(interaction.user.id)
        await services.storage.reports.hide(report.id, by=by, at=interaction.created_at)
        await services.courier.show_again(report.creation)
        return t("🙈 Hidden by <@{moderator}>", moderator=by)


class RemoveButton(ReportDecision, template=r"report:delete:(?P<id>\d+)"):
    async def decide(self, interaction: discord.Interaction["AtelierClient"], report: Report, t: Texts) -> str:
        creation = await _work_of(interaction, report)
        creations = interaction.client.services.storage.creations
        assert interaction.message is not None
        messages = await creations.delete(
            creation.id, entry=deletion_by(interaction, creation), keeps_card=MessageId(interaction.message.id)
        )
        await delete_messages(interaction, creation.channel, messages)
        return t("🗑️ Deleted by <@{moderator}>", moderator=interaction.user.id)

    async def answer(self, interaction: discord.Interaction["AtelierClient"], said: str) -> None:
        await self.replace_card(interaction, said)


class BlockButton(ReportDecision, template=r"report:block:(?P<id>\d+)"):
    """The report itself stays open: the work is still there."""

    async def decide(self, interaction: discord.Interaction["AtelierClient"], report: Report, t: Texts) -> str:
        creation = await _work_of(interaction, report)
        await interaction.client.services.storage.blocks.block(
            creation.server, creation.member, by=MemberId(interaction.user.id), at=interaction.created_at
        )
        return t("⛔ <@{member}> may not make anything here any more.", member=creation.member)

    async def answer(self, interaction: discord.Interaction["AtelierClient"], said: str) -> None:
        await interaction.followup.send(said, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


async def open_report(interaction: discord.Interaction["AtelierClient"], report_id: ReportId) -> Report:
    """Raises `ReportDecidedError`, also for one of another server."""
    return _open_here(await interaction.client.services.storage.reports.get(report_id), interaction)


def _open_here(report: Report, interaction: discord.Interaction["AtelierClient"]) -> Report:
    if report.server != interaction.guild_id or report.verdict is not Verdict.OPEN:
        raise ReportDecidedError(f"report {report.id} is not open here")
    return report


async def _work_of(interaction: discord.Interaction["AtelierClient"], report: Report) -> Creation:
    return await interaction.client.services.storage.creations.get(report.creation)


def _is_private(interaction: discord.Interaction["AtelierClient"]) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


def _language_of(interaction: discord.Interaction["AtelierClient"]) -> Texts:
    """The moderator's in a private panel; in their channel the card's own, which all of them read."""
    if _is_private(interaction):
        return texts_for(str(interaction.locale))
    usual = interaction.guild_locale or interaction.locale
    return texts_for(interaction.client.services.house.locale_of(server_of(interaction), usual))
