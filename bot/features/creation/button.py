"""What the buttons under a work have in common."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.errors import MediumMismatchError, NotAuthorError, NoWorkThereError
from bot.features.finding import seen, work_seen
from bot.postbox import TRANSIENT
from bot.rights import may_moderate
from bot.ui.buttons import RowButton
from inference.contract.errors import (
    CreationElsewhereError,
    CreationNotFoundError,
    NotAllowedError,
    StorageUnavailableError,
)
from inference.contract.identifiers import ChannelId, MessageId
from inference.contract.image import ImageRequest
from inference.contract.text import TextRequest
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

_NAMING: Final = re.compile(r"creation:recipe:(\d+)")


class CreationButton(RowButton, template=r"(?!)"):
    """A button about a work that is still there; under one that was deleted, it takes the message away instead."""

    async def find(self, interaction: discord.Interaction["AtelierClient"]) -> Creation:
        """Raises `CreationNotFoundError`, `WorkHiddenError`. Acknowledge first: Discord waits for no database."""
        try:
            return await work_seen(interaction, self.row_id)
        except CreationElsewhereError:
            raise
        except CreationNotFoundError:
            message, own = interaction.message, interaction.client.user
            if not interaction.response.is_done():  # A modal cannot be acknowledged before, but a refusal can.
                await interaction.response.defer(ephemeral=True, thinking=True)
            if message is not None and message.author == own and not message.flags.ephemeral:
                await delete_messages(interaction, ChannelId(message.channel.id), [MessageId(message.id)])
            raise


class PartButton(CreationButton, template=r"(?!)"):
    """A button about one of a work's artifacts, whose number is the group `part` of the subclass's template."""

    @property
    def part(self) -> int:
        return int(self.match["part"])


async def work_in(message: discord.Message, interaction: discord.Interaction["AtelierClient"]) -> Creation:
    """The work that stands in a message. Raises `NoWorkThereError`, `WorkHiddenError`."""
    creations = interaction.client.services.storage.creations
    try:
        try:
            return seen(await creations.by_message(MessageId(message.id)), interaction)
        except CreationNotFoundError:
            # Shown a moment ago, and not yet written down: its buttons know.
            return await work_seen(interaction, _named_by_buttons(message, interaction))
    except CreationNotFoundError as error:
        raise NoWorkThereError from error


def _named_by_buttons(message: discord.Message, interaction: discord.Interaction["AtelierClient"]) -> int:
    own = interaction.client.user
    if own is not None and message.author.id == own.id:
        for row in message.components:
            for button in row.children if isinstance(row, discord.ActionRow) else ():
                if match := _NAMING.fullmatch(button.custom_id or ""):
                    return int(match[1])
    raise CreationNotFoundError(f"no creation in message {message.id}")


def text_of(creation: Creation) -> TextRequest:
    """What a text was made of. Raises `MediumMismatchError`."""
    if not isinstance(creation.request, TextRequest):
        raise MediumMismatchError
    return creation.request


def pictures_of(creation: Creation) -> ImageRequest:
    """What pictures were made of. Raises `MediumMismatchError`."""
    if not isinstance(creation.request, ImageRequest):
        raise MediumMismatchError
    return creation.request


def require_author(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> None:
    """Raises `NotAuthorError`."""
    if creation.member != interaction.user.id:
        raise NotAuthorError


def require_author_or_moderator(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> None:
    """Raises `NotAllowedError`."""
    if creation.member != interaction.user.id and not may_moderate(interaction, creation.channel, creation.ruled_by):
        raise NotAllowedError


async def delete_messages(
    interaction: discord.Interaction["AtelierClient"], channel: ChannelId, messages: Sequence[MessageId]
) -> None:
    """Take messages away; what stays by Discord's fault goes later, as does what the moderators were told."""
    services = interaction.client.services
    for message in messages:
        try:
            await services.postbox.delete(channel, message)
            await services.storage.erasures.deleted(message)
        except (*TRANSIENT, StorageUnavailableError) as error:
            log.warning("a deleted work's message stays for now", message=message, error=str(error))
    services.eraser.tidy()
