"""The buttons under a job that waits, runs or has failed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.i18n import texts_for
from bot.ui.buttons import RowButton
from inference.contract.identifiers import JobId, MemberId

if TYPE_CHECKING:
    from bot.client import AtelierClient


class CancelButton(RowButton, template=r"job:cancel:(?P<id>\d+)"):
    """For the author, and for moderators."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.client.services.queue.cancel(
            JobId(self.row_id), by=MemberId(interaction.user.id), is_moderator=is_moderator(interaction)
        )
        t = texts_for(str(interaction.locale))
        await interaction.followup.send(t("Cancelled."), ephemeral=True)


class TryAgainButton(RowButton, template=r"job:again:(?P<id>\d+)"):
    """The same request once more, for whoever presses."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services
        job = await services.storage.jobs.get(JobId(self.row_id))
        await services.desk.accept(interaction, replace(job.request), parent=job.parent)


def is_moderator(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may take other members' messages away."""
    return interaction.permissions.manage_messages
