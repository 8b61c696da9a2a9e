"""Delete: for the author and for moderators; asks once more, since nothing brings a deleted work back."""

from typing import TYPE_CHECKING

import discord

from bot.features.creation.button import CreationButton, delete_messages, require_author_or_moderator
from bot.i18n import texts_for
from bot.postbox import view_of
from bot.ui.notes import Button, Note
from inference.contract.identifiers import MemberId
from storage.domain import AuditEntry, Creation, Deed

if TYPE_CHECKING:
    from bot.client import AtelierClient


class DeleteButton(CreationButton, template=r"creation:delete:(?P<id>\d+)"):
    """The first press: asks."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        creation = await self.find(interaction)
        require_author_or_moderator(creation, interaction)
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
    """The second press."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        creation = await self.find(interaction)
        require_author_or_moderator(creation, interaction)
        entry = None if creation.member == interaction.user.id else deletion_by(interaction, creation)
        messages = await interaction.client.services.storage.creations.delete(creation.id, entry=entry)
        await delete_messages(interaction, creation.channel, messages)
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=t("Deleted."), view=None)


def deletion_by(interaction: discord.Interaction["AtelierClient"], creation: Creation) -> AuditEntry:
    """What the audit log keeps of a moderator's deletion."""
    return AuditEntry(
        server=creation.server,
        moderator=MemberId(interaction.user.id),
        deed=Deed.DELETED,
        at=interaction.created_at,
        creation=creation.id,
        member=creation.member,
    )
