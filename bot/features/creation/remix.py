"""Remix: the request of a work, changed, for whoever asks; by the button or from the message's menu."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, assert_never

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.desk import Wish
from bot.features.creation.button import CreationButton, work_in
from bot.features.creation.picture_remix import picture_fields, remixed_pictures
from bot.features.creation.text_remix import PROMPT, remixed_text, text_fields
from bot.features.finding import work_seen
from bot.i18n import texts_for
from bot.ui.forms import Form, open_modal
from inference.contract.image import ImageRequest
from inference.contract.text import TextRequest
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient


class RemixButton(CreationButton, template=r"creation:remix:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await _open(await self.find(interaction), interaction)


@app_commands.context_menu(name=locale_str("Remix"))
async def remix_command(interaction: discord.Interaction["AtelierClient"], message: discord.Message) -> None:
    """The same from a message's own menu."""
    await _open(await work_in(message, interaction), interaction)


class RemixForm(Form, template=r"creation:remix:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> Wish:
            creation = await work_seen(interaction, self.row_id)
            match creation.request:
                case TextRequest() as request:
                    return remixed_text(creation, request, self)
                case ImageRequest() as request:
                    return remixed_pictures(creation, request, self, interaction)
                case _:
                    assert_never(creation.request)

        await services.desk.accept_found(interaction, find)

    @property
    def words(self) -> str:
        return self.typed(PROMPT)


async def _open(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> None:
    fields = _fields(creation, interaction)
    title = texts_for(str(interaction.locale))("Remix")
    await open_modal(interaction, f"creation:remix:{creation.id}", title, *fields)


def _fields(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> Sequence[discord.ui.Item[Any]]:
    match creation.request:
        case TextRequest() as request:
            return text_fields(request, interaction)
        case ImageRequest() as request:
            return picture_fields(request, interaction)
        case _:
            assert_never(creation.request)
