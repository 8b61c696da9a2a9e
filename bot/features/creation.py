"""The buttons under a work: Again, Recipe, Delete."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import structlog

from bot.features.jobs import is_moderator
from bot.i18n import texts_for
from bot.postbox import TRANSIENT, view_of
from bot.ui.buttons import RowButton
from bot.ui.notes import Button, Note
from bot.ui.recipes import recipe
from inference.contract.errors import CreationNotFoundError, NotAllowedError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId
from inference.contract.jobs import Parent, Relation
from inference.contract.requests import Request
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)


class CreationButton(RowButton, template=r"(?!)"):
    """A button about a work that is still there; under one that was deleted, it takes the message away instead."""

    async def find(self, interaction: discord.Interaction["AtelierClient"]) -> Creation:
        """Raises `CreationNotFoundError`. Discord does not wait for a database: acknowledge first."""
        try:
            return await interaction.client.services.storage.creations.get(CreationId(self.row_id))
        except CreationNotFoundError:
            message = interaction.message
            if message is not None and not message.flags.ephemeral:
                await _delete_messages(interaction, ChannelId(message.channel.id), [MessageId(message.id)])
            raise


class AgainButton(CreationButton, template=r"creation:again:(?P<id>\d+)"):
    """The same request with a new seed, for whoever presses."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        async def find() -> tuple[Request, tuple[Parent, ...]]:
            creation = await self.find(interaction)
            return replace(creation.request, seed=None), again_of(creation)

        await interaction.client.services.desk.accept_found(interaction, find)


class RecipeButton(CreationButton, template=r"creation:recipe:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        card = recipe(await self.find(interaction), t=texts_for(str(interaction.locale)))
        await interaction.edit_original_response(embed=card)


class DeleteButton(CreationButton, template=r"creation:delete:(?P<id>\d+)"):
    """For the author and for moderators; asks once more, since nothing brings a deleted work back."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        creation = await self.find(interaction)
        _require_may_delete(creation, interaction)
        t = texts_for(str(interaction.locale))
        sure = Button(
            custom_id=f"creation:erase:{creation.id}",
            label=t("Delete for good"),
            emoji="🗑️",
            style=discord.ButtonStyle.danger,
        )
        note = Note(
            content=t("Delete this work, its recipe and its ratings? Nothing brings them back."), buttons=(sure,)
        )
        await interaction.edit_original_response(content=note.content, view=view_of(note))


class EraseButton(CreationButton, template=r"creation:erase:(?P<id>\d+)"):
    """The second press of a deletion."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        creation = await self.find(interaction)
        _require_may_delete(creation, interaction)
        messages = await interaction.client.services.storage.creations.delete(creation.id)
        await _delete_messages(interaction, creation.channel, messages)
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=t("Deleted."), view=None)


def again_of(creation: Creation) -> tuple[Parent, ...]:
    """The parents of the same request once more: the work itself, and whatever that was made from."""
    sources = (one for one in creation.parents if one.relation in (Relation.CONTINUATION, Relation.REVISION))
    return (Parent(creation=creation.id, relation=Relation.AGAIN), *sources)


def _require_may_delete(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> None:
    if creation.member != MemberId(interaction.user.id) and not is_moderator(interaction):
        raise NotAllowedError


async def _delete_messages(
    interaction: discord.Interaction["AtelierClient"], channel: ChannelId, messages: Sequence[MessageId]
) -> None:
    """Take messages away; one that stays by Discord's fault goes with the next press of a button under it."""
    for message in messages:
        try:
            await interaction.client.services.postbox.delete(channel, message)
        except TRANSIENT as error:
            log.warning("a deleted work's message stays", message=message, error=str(error))
