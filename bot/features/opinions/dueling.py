"""`/duel`: which of two is better? In private, one pair after the other."""

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.finding import answer_duel
from bot.features.privacy.consent import ask_rater
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.rights import is_age_restricted
from bot.sight import sight_of
from bot.ui import duels
from bot.ui.buttons import RowButton
from bot.ui.duels import Contender
from bot.ui.filters import medium_of
from bot.ui.names import MEDIUM_NAMES
from inference.contract.identifiers import MemberId
from inference.contract.mediums import Medium
from storage.domain import Duel, Preference

if TYPE_CHECKING:
    from bot.client import AtelierClient


class Dueling(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("duel"), description=locale_str("Which of two works is better?"))
    @app_commands.describe(medium=locale_str("Only works of this kind"))
    @app_commands.choices(medium=[Choice(name=name, value=medium.value) for medium, name in MEDIUM_NAMES.items()])
    async def duel(self, interaction: discord.Interaction["AtelierClient"], medium: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        await ask(interaction, Medium(medium) if medium in set(Medium) else None)


class DuelButton(RowButton, template=duels.BUTTON_TEMPLATE):
    """Under a duel: an answer, or none."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        medium, t = medium_of(self.match["medium"]), texts_for(str(interaction.locale))
        match self.match["deed"]:
            case "stop":
                await show_reply(interaction, duels.stopped(t))
            case "skip":
                await ask(interaction, medium)
            case answer:
                is_noted = await answer_duel(interaction, self.row_id, Preference(answer))
                await ask(interaction, medium, before=duels.noted(t) if is_noted else duels.gone(t))
                if is_noted:
                    await ask_rater(interaction)


async def ask(interaction: discord.Interaction["AtelierClient"], medium: Medium | None, *, before: str = "") -> None:
    """Show the next duel in the private message that this interaction answers with."""
    services, member, t = interaction.client.services, interaction.user.id, texts_for(str(interaction.locale))
    duel = await services.storage.duels.ask(
        *(server_of(interaction), MemberId(member)),
        chance=Random(f"{member} duels in {interaction.id}"),
        at=datetime.now(UTC),
        medium=medium,
        with_unsafe=is_age_restricted(interaction.channel),
        sight=sight_of(interaction),
    )
    if duel is None:
        await show_reply(interaction, duels.nothing_left(t))
    else:
        await _show_duel(interaction, duel, medium, before)


async def _show_duel(
    interaction: discord.Interaction["AtelierClient"], duel: Duel, medium: Medium | None, before: str
) -> None:
    services, t = interaction.client.services, texts_for(str(interaction.locale))
    works = await services.storage.creations.several({duel.left.creation, duel.right.creation})
    there = {work.id: work for work in works}
    if not {duel.left.creation, duel.right.creation} <= there.keys():  # Deleted in this moment.
        await ask(interaction, medium, before=before)
        return
    sides = [(there[side.creation], side.part) for side in (duel.left, duel.right)]
    async with services.prints.of_parts(sides) as contents:
        left, right = (
            Contender(creation=creation, part=part, content=content)
            for (creation, part), content in zip(sides, contents, strict=True)
        )
        await show_reply(interaction, duels.duel_note(duel, left, right, medium, before=before, t=t))
