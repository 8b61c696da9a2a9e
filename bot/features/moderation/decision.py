"""The buttons under a report: hide, delete, dismiss, block. Each leaves an entry in the audit log."""

from typing import TYPE_CHECKING

import discord

from bot.desk import server_of
from bot.errors import sentence
from bot.features.creation.button import delete_messages
from bot.features.creation.deletion import deletion_by
from bot.features.finding import report_here
from bot.i18n import Texts, texts_for
from bot.postbox import view_of
from bot.rights import require_below, require_moderator, require_moderator_in, require_moderator_somewhere
from bot.ui.buttons import RowButton
from bot.ui.notes import Note
from bot.ui.reports import next_button
from inference.contract.errors import CreationNotFoundError, ReportDecidedError, ReportGoneError
from inference.contract.identifiers import MemberId, MessageId
from storage.domain import Creation, Report

if TYPE_CHECKING:
    from bot.client import AtelierClient


class ReportDecision(RowButton, template=r"(?!)"):
    """A moderator's press; in the moderators' channel the card then says what was decided, and by whom."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        t = _language_of(interaction)
        try:
            report, creation = await reported_work(interaction, self.row_id)
        except (ReportGoneError, CreationNotFoundError) as error:
            require_moderator_somewhere(interaction)
            await self.replace_card(interaction, sentence(error, t))
            return
        except ReportDecidedError:  # The card says what was decided.
            require_moderator_somewhere(interaction)
            await interaction.edit_original_response(view=self._onward(interaction))
            raise
        require_moderator_in(interaction, creation.channel, creation.ruled_by)
        try:
            said = await self.decide(interaction, report, creation, t)
        except ReportDecidedError:  # The card says what was decided.
            await interaction.edit_original_response(view=self._onward(interaction))
            raise
        except CreationNotFoundError as error:
            await self.replace_card(interaction, sentence(error, t))
            return
        await self.answer(interaction, said)

    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
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
        following = next_button(self.row_id, t=texts_for(str(interaction.locale)))
        return view_of(Note(content="", buttons=(following,)))


class DismissButton(ReportDecision, template=r"report:dismiss:(?P<id>\d+)"):
    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
        by = MemberId(interaction.user.id)
        await interaction.client.services.storage.reports.dismiss(report.id, by=by, at=interaction.created_at)
        if report.reporter is None:
            return t("🔒 Kept back by <@{moderator}>", moderator=by)
        return t("✅ Dismissed by <@{moderator}>", moderator=by)


class HideButton(ReportDecision, template=r"report:hide:(?P<id>\d+)"):
    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
        services, by = interaction.client.services, MemberId(interaction.user.id)
        await services.storage.reports.hide(report.id, by=by, at=interaction.created_at)
        if await services.courier.show_again(report.creation):
            return t("🙈 Hidden by <@{moderator}>", moderator=by)
        return t(
            "🙈 Hidden by <@{moderator}>, but it can still be read in {channel}: I may neither change nor delete"
            " messages there. Open the thread again or let me in, and I hide it there too.",
            moderator=by,
            channel=f"<#{creation.channel}>",
        )


class RemoveButton(ReportDecision, template=r"report:delete:(?P<id>\d+)"):
    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
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

    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
        require_moderator(interaction)
        author = await _member(interaction.guild, creation.member)
        if author is not None:
            require_below(interaction, author)
        await interaction.client.services.storage.blocks.block(
            creation.server, creation.member, by=MemberId(interaction.user.id), at=interaction.created_at
        )
        return t("⛔ <@{member}> may not make anything here any more.", member=creation.member)

    async def answer(self, interaction: discord.Interaction["AtelierClient"], said: str) -> None:
        await interaction.followup.send(said, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


async def reported_work(interaction: discord.Interaction["AtelierClient"], number: int) -> tuple[Report, Creation]:
    """A report that waits here, and what it is about. Raises `ReportDecidedError`, `CreationNotFoundError`."""
    report = await report_here(interaction, number)
    return report, await interaction.client.services.storage.creations.of_server(report.creation, report.server)


async def _member(guild: discord.Guild | None, member: MemberId) -> discord.Member | None:
    """As Discord knows them now, since no members are kept in memory; None: they have left."""
    try:
        return await guild.fetch_member(member) if guild is not None else None
    except discord.NotFound:
        return None


def _is_private(interaction: discord.Interaction["AtelierClient"]) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


def _language_of(interaction: discord.Interaction["AtelierClient"]) -> Texts:
    """The moderator's in a private panel; in their channel the card's own, which all of them read."""
    if _is_private(interaction):
        return texts_for(str(interaction.locale))
    usual = interaction.guild_locale or interaction.locale
    return texts_for(interaction.client.services.house.locale_of(server_of(interaction), usual))
