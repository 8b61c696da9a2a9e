"""Revise: the same text with something changed, for whoever says what. The earlier version stays, as its parent."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord

from bot.desk import Wish
from bot.features.creation.button import CreationButton, text_of
from bot.features.finding import work_seen
from bot.i18n import texts_for
from bot.ui.forms import Form, open_modal
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from inference.contract.text import MAX_CHANGE_CHARACTERS
from inference.safety.prompts import cleaned

if TYPE_CHECKING:
    from bot.client import AtelierClient

CHANGE: Final = "change"


class ReviseButton(CreationButton, template=r"creation:revise:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        creation, t = await self.find(interaction), texts_for(str(interaction.locale))
        field: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=CHANGE,
            style=discord.TextStyle.paragraph,
            placeholder=t("Shorter, sadder, another ending …"),
            max_length=MAX_CHANGE_CHARACTERS,
        )
        label: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
            text=t("What should be different?"), component=field
        )
        await open_modal(interaction, f"creation:revise:{creation.id}", t("Revise"), label)


class ReviseForm(Form, template=r"creation:revise:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> Wish:
            creation = await work_seen(interaction, self.row_id)
            change = cleaned(self.typed(CHANGE))
            request = replace(text_of(creation), basis=Basis.REVISION, change=change, seed=None, variants=1)
            parent = Parent(creation=creation.id, relation=Relation.REVISION, part=creation.part)
            return Wish(request=request, parents=(parent,))

        await services.desk.accept_found(interaction, find)

    @property
    def words(self) -> str:
        return self.typed(CHANGE)
