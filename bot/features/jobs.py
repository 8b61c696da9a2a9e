"""`/jobs`: what waits or runs, and its cancellation; and the buttons under a job that waits, runs or has failed."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.desk import Wish, server_of
from bot.errors import NotAuthorError, answer
from bot.features.finding import job_here
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.rights import is_moderator, may_moderate
from bot.ui.buttons import RowButton
from bot.ui.jobs import jobs_text, jobs_view
from bot.ui.notes import Note
from inference.contract.errors import FailureCode, IllegalMoveError, JobNotFoundError, NotAllowedError
from inference.contract.identifiers import JobId, MemberId
from inference.contract.jobs import Job

if TYPE_CHECKING:
    from bot.client import AtelierClient


# With the same seed, the same would come of it.
_SEEDS_FAULT: Final = frozenset({FailureCode.NOTHING_MADE, FailureCode.OUT_OF_RANGE})


class CancelButton(RowButton, template=r"job:cancel:(?P<id>\d+)"):
    """For the author, and for moderators."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        await _stop(interaction, await job_here(interaction, self.row_id))
        t = texts_for(str(interaction.locale))
        stopping = t.plural("I am stopping it.", "I am stopping {count} of them.", 1)
        await interaction.followup.send(stopping, ephemeral=True)


class TryAgainButton(RowButton, template=r"job:again:(?P<id>\d+)"):
    """The same request once more, with another seed where the first led nowhere.

    For its author alone: a member's words and pictures never come into a job of another that does not descend from it.
    """

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> Wish:
            job = await job_here(interaction, self.row_id)
            if job.member != interaction.user.id:
                raise NotAuthorError
            came_to_nothing = job.failure is not None and job.failure.code in _SEEDS_FAULT
            request = replace(job.request, seed=None) if came_to_nothing else job.request
            return Wish(request=request, parents=job.parents, uploads=job.uploads)

        await services.desk.accept_found(interaction, find)


class Jobs(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(
        name=locale_str("jobs"), description=locale_str("What you asked for here that is not done yet; cancel it")
    )
    @app_commands.describe(member=locale_str("For moderators: the jobs of this member"))
    async def jobs(self, interaction: discord.Interaction["AtelierClient"], member: discord.User | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        await _show(interaction, MemberId(member.id if member else interaction.user.id))


class CancelSomeSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"jobs:cancel:(?P<member>\d+)"):
    """The menu of a member's jobs."""

    def __init__(self, chosen_from: discord.ui.Select[Any], member: MemberId) -> None:
        super().__init__(chosen_from)
        self.member = member

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Select)  # The template is a menu's.
        return cls(item, MemberId(int(match["member"])))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await interaction.response.defer()
            await _cancel(interaction, self.member, [int(value) for value in self.item.values])
        except Exception as error:  # The member gets an answer, whatever broke.
            await answer(interaction, error)


class CancelAllButton(RowButton, template=r"jobs:cancel-all:(?P<id>\d+)"):
    """Everything that a member, whose id it carries, has asked for in this server."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        member = MemberId(self.row_id)
        await _cancel(interaction, member, [job.id for job in await _unfinished(interaction, member)])


async def _cancel(interaction: discord.Interaction["AtelierClient"], member: MemberId, jobs: Sequence[int]) -> None:
    stopped = set()
    for number in jobs:
        with suppress(JobNotFoundError, IllegalMoveError):  # It ended by itself meanwhile.
            job = await job_here(interaction, number)
            await _stop(interaction, job)
            stopped.add(job.id)
    await _show(interaction, member, stopped)


async def _stop(interaction: discord.Interaction["AtelierClient"], job: Job) -> None:
    """Raises `NotAllowedError` for a job of somebody else's in a channel that the member does not moderate."""
    await interaction.client.services.queue.cancel(
        job.id,
        by=MemberId(interaction.user.id),
        is_moderator=may_moderate(interaction, job.reply.channel, job.reply.ruled_by),
    )


async def _show(
    interaction: discord.Interaction["AtelierClient"], member: MemberId, stopped: Collection[JobId] = ()
) -> None:
    """The member's jobs; to a moderator those in channels that they moderate. Raises `NotAllowedError`."""
    reader, t = MemberId(interaction.user.id), texts_for(str(interaction.locale))
    if member != reader and not is_moderator(interaction):
        raise NotAllowedError
    jobs = [job for job in await _unfinished(interaction, member) if job.id not in stopped]
    outlooks = await interaction.client.services.queue.outlooks(jobs)
    text = jobs_text(jobs, outlooks, member=member, reader=reader, stopped=len(stopped), t=t)
    await show_reply(interaction, Note(content=text), view=jobs_view(jobs, member=member, t=t))


async def _unfinished(interaction: discord.Interaction["AtelierClient"], member: MemberId) -> Sequence[Job]:
    jobs = await interaction.client.services.storage.jobs.unfinished(member, server_of(interaction))
    if member == interaction.user.id:
        return jobs
    return [job for job in jobs if may_moderate(interaction, job.reply.channel, job.reply.ruled_by)]
