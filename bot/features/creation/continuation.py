"""Continue: another passage that goes on where the work ends, for whoever presses."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.desk import Wish
from bot.features.creation.button import CreationButton, text_of
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis

if TYPE_CHECKING:
    from bot.client import AtelierClient


class ContinueButton(CreationButton, template=r"creation:continue:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        async def find() -> Wish:
            creation = await self.find(interaction)
            request = replace(text_of(creation), basis=Basis.CONTINUATION, change=None, seed=None, variants=1)
            parent = Parent(creation=creation.id, relation=Relation.CONTINUATION, part=creation.part)
            return Wish(request=request, parents=(parent,))

        await interaction.client.services.desk.accept_found(interaction, find)
