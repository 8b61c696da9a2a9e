"""Pick: one of several variants stands for the work, the others fold away and can be looked at again."""

from typing import TYPE_CHECKING

import discord

from bot.features.creation.button import CreationButton, PartButton, require_author, text_of
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.ui import notes

if TYPE_CHECKING:
    from bot.client import AtelierClient


class PickButton(PartButton, template=r"creation:pick:(?P<part>\d):(?P<id>\d+)"):
    """For the author, who may also think again."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        creation, services = await self.find(interaction), interaction.client.services
        require_author(creation, interaction)
        await services.storage.creations.pick(creation.id, self.part)
        await services.courier.show_again(creation.id)
        if interaction.message is not None and interaction.message.flags.ephemeral:
            t = texts_for(str(interaction.locale))
            await interaction.edit_original_response(
                content=t("Variant {number} stands for the work now.", number=self.part + 1), view=None, attachments=[]
            )


class VariantsButton(CreationButton, template=r"creation:variants:(?P<id>\d+)"):
    """All variants once more, for whoever presses; the author may pick another."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        creation = await self.find(interaction)
        text_of(creation)
        storage, t = interaction.client.services.storage, texts_for(str(interaction.locale))
        texts = [await storage.media.read_text(artifact) for artifact in creation.artifacts]
        note = notes.variants_to_look_at(creation, texts, may_pick=creation.member == interaction.user.id, t=t)
        await show_reply(interaction, note)
