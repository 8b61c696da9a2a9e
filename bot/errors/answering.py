"""Tells a member what went wrong, in private and whatever became of the acknowledgement."""

from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.errors.sentences import sentence
from bot.i18n import texts_for
from inference.contract.errors import AtelierError

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

ALREADY_ACKNOWLEDGED: Final = 40060


async def answer(interaction: discord.Interaction["AtelierClient"], error: BaseException) -> None:
    """Tell the member alone what went wrong; a public placeholder is taken away first."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if not isinstance(cause, AtelierError | app_commands.AppCommandError):
        log.error("a command broke", command=_name_of(interaction), exc_info=cause)
    text = sentence(cause, texts_for(str(interaction.locale)))
    try:
        if not interaction.response.is_done() and await _respond(interaction, text):
            return
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await _take_away_placeholder(interaction)
        await interaction.followup.send(text, ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as unsent:
        log.warning("an answer did not arrive", command=_name_of(interaction), error=str(unsent))


async def _respond(interaction: discord.Interaction["AtelierClient"], text: str) -> bool:
    """Whether this was the first response that Discord took."""
    try:
        await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        await _take_away_placeholder(interaction)
        return False
    return True


async def _take_away_placeholder(interaction: discord.Interaction["AtelierClient"]) -> None:
    try:
        await interaction.delete_original_response()
    except discord.HTTPException as error:
        log.warning("a placeholder stays", command=_name_of(interaction), error=str(error))


def _name_of(interaction: discord.Interaction["AtelierClient"]) -> str | None:
    if interaction.command is not None:
        return interaction.command.qualified_name
    data: dict[str, Any] = dict(interaction.data or {})
    return str(data.get("custom_id", interaction.type.name))
