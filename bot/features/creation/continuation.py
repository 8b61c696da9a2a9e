"""Continue: another passage that goes on where the work ends, for whoever presses."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.features.creation.button import CreationButton
from inference.contract.jobs import Parent, Relation
from inference.contract.requests import Basis, Request

if TYPE_CHECKING:
    from bot.client import AtelierClient


class ContinueButton(CreationButton, template=r"creation:continue:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        async def find() -> tuple[Request, tuple[Parent, ...]]:
            creation = await self.find(interaction)
            request = replace(creation.request, basis=Basis.CONTINUATION, change=None, seed=None, variants=1)
            return request, (Parent(creation=creation.id, relation=Relation.CONTINUATION, part=creation.part),)

        await interaction.client.services.desk.accept_found(interaction, find)
