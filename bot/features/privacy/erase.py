"""Erase: asked once more in a form, in which the member chooses how much and types a word."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import discord

from bot.desk import server_of
from bot.errors import ErasureNotConfirmedError
from bot.features.privacy.own import OwnButton
from bot.i18n import Texts, texts_for
from bot.ui.forms import Form, open_modal
from inference.contract.errors import NotAllowedError
from inference.contract.identifiers import ChannelId, MemberId

if TYPE_CHECKING:
    from bot.client import AtelierClient

SCOPE: Final = "scope"
HERE: Final = "here"
EVERYWHERE: Final = "everywhere"
MESSAGES: Final = "messages"
TAKEN: Final = "taken"
LEFT: Final = "left"
WORD: Final = "word"


class EraseDataButton(OwnButton, template=r"privacy:erase:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        self.require_own(interaction)
        t = texts_for(str(interaction.locale))
        scope = _choice(SCOPE, {HERE: t("In this server"), EVERYWHERE: t("In all servers of this bot")})
        messages = _choice(MESSAGES, {TAKEN: t("Delete them"), LEFT: t("Leave them where they are")})
        word: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(custom_id=WORD, max_length=40)
        await open_modal(
            interaction,
            f"privacy:erase:{self.row_id}",
            t("Erase my data"),
            discord.ui.Label(
                text=t("Where?"),
                description=t("Your works, ratings, favourites, reports and answers. Nothing brings them back."),
                component=scope,
            ),
            discord.ui.Label(text=t("And the messages with your works?"), component=messages),
            discord.ui.Label(text=t("To confirm, type: {word}", word=confirmation(t)), component=word),
        )


class EraseDataForm(Form, template=r"privacy:erase:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        t = texts_for(str(interaction.locale))
        if interaction.user.id != self.row_id:
            raise NotAllowedError
        word = confirmation(t)
        if self.typed(WORD).strip().casefold() != word.casefold():
            raise ErasureNotConfirmedError(word)
        await interaction.response.defer(ephemeral=True, thinking=True)
        takes_messages = self.typed(MESSAGES) == TAKEN
        left_in = await interaction.client.services.eraser.erase(
            MemberId(interaction.user.id),
            None if self.typed(SCOPE) == EVERYWHERE else server_of(interaction),
            takes_messages=takes_messages,
        )
        await interaction.edit_original_response(content=_done(t, left_in, takes_messages=takes_messages))


def confirmation(t: Texts) -> str:
    """What has to be typed."""
    return t("erase")


def _choice(custom_id: str, options: dict[str, str]) -> discord.ui.Select[discord.ui.Modal]:
    """The first option is chosen until the member chooses another."""
    first = next(iter(options))
    return discord.ui.Select(
        custom_id=custom_id,
        options=[
            discord.SelectOption(label=label, value=value, default=value == first) for value, label in options.items()
        ],
    )


def _done(t: Texts, left_in: Collection[ChannelId], *, takes_messages: bool) -> str:
    if left_in:
        return t(
            "Erased. The messages with your works stay in {channels}: I may not delete anything there any more."
            " Delete them yourself, or ask a moderator to; I try again when I am started next.",
            channels=t.listed([f"<#{channel}>" for channel in left_in]),
        )
    if takes_messages:
        return t("Erased. The messages with your works are being deleted, which may take a while.")
    return t("Erased. The messages with your works stay in Discord, where you may ask moderators to delete them.")
