"""Again: the same request with a new seed, for whoever presses."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.features.creation.button import CreationButton
from inference.contract.jobs import Parent, Relation
from inference.contract.requests import Request
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient


class AgainButton(CreationButton, template=r"creation:again:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        async def find() -> tuple[Request, tuple[Parent, ...]]:
            creation = await self.find(interaction)
            return replace(creation.request, seed=None), parents_of_another(creation)

        await interaction.client.services.desk.accept_found(interaction, find)


def parents_of_another(creation: Creation) -> tuple[Parent, ...]:
    """Of the same request once more: the work itself, and whatever that was made from."""
    sources = (one for one in creation.parents if one.relation in (Relation.CONTINUATION, Relation.REVISION))
    return (Parent(creation=creation.id, relation=Relation.AGAIN, part=creation.part), *sources)
