"""The one place where an id that came from outside becomes a row: within the server of whoever sent it.

A custom id, a menu's value or an option may name anything, also what stands in another server. Features are given plain
numbers by them, and nothing takes a plain number for a work, a job, a report or a duel but the functions here.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import discord

from bot.desk import server_of
from bot.errors import DuelDecidedError, WorkHiddenError
from bot.rights import may_moderate
from bot.sight import sight_of
from inference.contract.errors import CreationElsewhereError
from inference.contract.identifiers import CreationId, DuelId, JobId, MemberId, ReportId
from inference.contract.jobs import Job
from storage.domain import Creation, Preference, Report

if TYPE_CHECKING:
    from bot.client import AtelierClient


_LARGEST: Final = 2**63 - 1  # What a database takes for an id, and more than any row's.


async def work_seen(interaction: discord.Interaction["AtelierClient"], number: int) -> Creation:
    """A work that the member may see. Raises `CreationNotFoundError`, `WorkHiddenError`."""
    return seen(await work_here(interaction, number), interaction)


async def work_here(interaction: discord.Interaction["AtelierClient"], number: int) -> Creation:
    """Any work of the server, for whoever looks after all of them. Raises `CreationNotFoundError`."""
    creations = interaction.client.services.storage.creations
    return await creations.of_server(CreationId(_row(number)), server_of(interaction))


async def job_here(interaction: discord.Interaction["AtelierClient"], number: int) -> Job:
    """Raises `JobNotFoundError`."""
    return await interaction.client.services.storage.jobs.of_server(JobId(_row(number)), server_of(interaction))


async def report_here(interaction: discord.Interaction["AtelierClient"], number: int) -> Report:
    """A report that waits for a decision. Raises `ReportDecidedError`."""
    return await interaction.client.services.storage.reports.open_in(ReportId(_row(number)), server_of(interaction))


async def answer_duel(interaction: discord.Interaction["AtelierClient"], number: int, preference: Preference) -> bool:
    """In one step, so that of two presses the first counts. Returns whether it does; not where a work is gone.

    Raises `DuelDecidedError` for a second answer.
    """
    duels, duel, server = interaction.client.services.storage.duels, DuelId(_row(number)), server_of(interaction)
    if await duels.decide(duel, MemberId(interaction.user.id), preference, server=server, at=datetime.now(UTC)):
        return True
    if await duels.get(duel, server=server) is not None:
        raise DuelDecidedError
    return False


def _row(number: int) -> int:
    return min(number, _LARGEST)


def seen(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> Creation:
    """The work, if it is this server's and this member may see it.

    Raises `CreationNotFoundError`, `WorkHiddenError`.
    """
    if creation.server != interaction.guild_id:
        raise CreationElsewhereError(f"creation {creation.id} is of another server")
    if creation.member == interaction.user.id:
        return creation
    if not sight_of(interaction).covers(creation):
        raise CreationElsewhereError(f"creation {creation.id} stands where the member is not known to look in")
    if creation.hidden_at is not None and not may_moderate(interaction, creation.channel, creation.ruled_by):
        raise WorkHiddenError
    return creation
