"""Decisions about all works that are like what a curator looks at."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

import discord

from bot.desk import server_of
from bot.features.release import SECONDS_AN_EDIT, show_if_possible
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.rights import require_admin
from bot.ui.buttons import RowButton
from bot.ui.curation import Choosing
from bot.ui.sweeps import (
    ALL_TEMPLATE,
    SWEEP_TEMPLATE,
    UNSWEEP_TEMPLATE,
    sweep_progress,
    sweep_question,
    swept_note,
    unpacked_moment,
    unswept_note,
)
from inference.contract.identifiers import MemberId
from storage.decisions import Sweep, Swept
from storage.domain import Selection

if TYPE_CHECKING:
    from bot.client import AtelierClient


class AllAlikeButton(RowButton, template=ALL_TEMPLATE):
    """Asks about all works under the filters of the panel, instead of the one in it."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer()
        choosing, server = Choosing.unpacked(self.match["choosing"]), server_of(interaction)
        count = await interaction.client.services.storage.decisions.count(server, choosing.wanted())
        t = texts_for(str(interaction.locale))
        await show_reply(interaction, sweep_question(count, choosing, interaction.created_at, t))


class SweepButton(RowButton, template=SWEEP_TEMPLATE):
    """Decides. Pressed again after a crash, it goes on: the deed's moment is the question's."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer()
        choosing, sweep = Choosing.unpacked(self.match["choosing"]), _sweep_of(self, interaction)
        selection = Selection.ACCEPTED if self.match["deed"] == "accept" else Selection.REJECTED
        decisions, t = interaction.client.services.storage.decisions, texts_for(str(interaction.locale))
        decided = await _shown(interaction, decisions.decide(sweep, choosing.wanted(), selection))
        await show_if_possible(interaction, swept_note(decided, sweep.at, t))


class UnsweepButton(RowButton, template=UNSWEEP_TEMPLATE):
    """Takes all back that the deed of this moment decided about."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer()
        decisions, t = interaction.client.services.storage.decisions, texts_for(str(interaction.locale))
        steps = decisions.take_back(_sweep_of(self, interaction), at=interaction.created_at)
        await show_if_possible(interaction, unswept_note(await _shown(interaction, steps), t))


def _sweep_of(button: RowButton, interaction: discord.Interaction["AtelierClient"]) -> Sweep:
    # The panel is private: whoever presses is who saw the question.
    at = unpacked_moment(button.match["at"])
    return Sweep(server=server_of(interaction), by=MemberId(interaction.user.id), at=at)


async def _shown(interaction: discord.Interaction["AtelierClient"], steps: AsyncGenerator[Swept, None]) -> int:
    """How many works it was decided about in the end; on the way, how far it is."""
    shown_at, decided, t = 0.0, 0, texts_for(str(interaction.locale))
    async with aclosing(steps):
        async for swept in steps:
            decided = swept.decided
            if time.monotonic() >= shown_at + SECONDS_AN_EDIT:
                shown_at = time.monotonic()
                await show_if_possible(interaction, sweep_progress(swept, t))
    return decided
