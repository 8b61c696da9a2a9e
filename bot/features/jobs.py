"""The buttons under a job that waits, runs or has failed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.i18n import texts_for
from bot.ui.buttons import RowButton
from inference.contract.errors import FailureCode
from inference.contract.identifiers import JobId, MemberId
from inference.contract.jobs import Parent
from inference.contract.requests import Request

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
        await interaction.followup.send(t("I am stopping it."), ephemeral=True)


class TryAgainButton(RowButton, template=r"job:again:(?P<id>\d+)"):
    """The same request once more, for whoever presses; with another seed where the first led nowhere."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> tuple[Request, tuple[Parent, ...]]:
            job = await services.storage.jobs.get(JobId(self.row_id))
            came_to_nothing = job.failure is not None and job.failure.code is FailureCode.NOTHING_MADE
            return replace(job.request, seed=None) if came_to_nothing else job.request, job.parents

        await services.desk.accept_found(interaction, find)


def is_moderator(interaction: discord.Interaction["AtelierClient"]) -> bool:
    """Whether the member may take other members' messages away."""
    return interaction.permissions.manage_messages
