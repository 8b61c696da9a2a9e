"""Again: the same request with a new seed, for whoever presses."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.desk import Wish
from bot.features.creation.button import CreationButton
from inference.contract.jobs import SOURCES, Parent, Relation
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient


class AgainButton(CreationButton, template=r"creation:again:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        async def find() -> Wish:
            return another(await self.find(interaction))

        await interaction.client.services.desk.accept_found(interaction, find)


def another(creation: Creation) -> Wish:
    """The same request once more. A picture that its author had uploaded stays theirs: the ledger finds it there."""
    parent = Parent(creation=creation.id, relation=Relation.AGAIN, part=creation.part)
    return Wish(request=replace(creation.request, seed=None), parents=(parent, *sources_of(creation)))


def sources_of(creation: Creation) -> tuple[Parent, ...]:
    """Those of its parents that it was made from."""
    return tuple(parent for parent in creation.parents if parent.relation in SOURCES)
