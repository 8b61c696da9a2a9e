"""The one place where an error becomes a sentence that a member reads."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.i18n import Texts, texts_for
from bot.ui.names import language_name
from inference.contract import errors
from inference.contract.errors import AtelierError, Failure, FailureCode

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)


ALREADY_ACKNOWLEDGED: Final = 40060


class PermissionsMissingError(AtelierError):
    """The bot may not do in this channel what a job needs."""

    def __init__(self, permissions: discord.Permissions) -> None:
        self.names = tuple(name for name, is_missing in permissions if is_missing)
        super().__init__(f"missing permissions: {', '.join(self.names)}")


class GenreUnknownError(errors.InvalidRequestError):
    """A genre that the command does not offer."""


class DrainingError(AtelierError):
    """The bot is about to restart and takes no new jobs."""


_PERMISSION_NAMES: Final[Mapping[str, app_commands.locale_str]] = {
    "view_channel": app_commands.locale_str("View Channel"),
    "send_messages": app_commands.locale_str("Send Messages"),
    "send_messages_in_threads": app_commands.locale_str("Send Messages in Threads"),
    "read_message_history": app_commands.locale_str("Read Message History"),
    "attach_files": app_commands.locale_str("Attach Files"),
}


def sentence(error: BaseException, t: Texts) -> str:  # noqa: C901 -- one line an error, flat on purpose.
    """What went wrong and what to do about it, kindly."""
    match error:
        case errors.PromptEmptyError():
            return t("There is nothing to read in that prompt. Tell me in a few words what to make.")
        case errors.PromptTooLongError(length=length, limit=limit):
            return t("That prompt has {length} characters; {limit} fit. Try a shorter one.", length=length, limit=limit)
        case errors.SeedOutOfRangeError(maximum=maximum):
            return t("A seed is a whole number from 0 to {maximum}.", maximum=maximum)
        case errors.WordsOutOfRangeError(minimum=minimum, maximum=maximum):
            return t("I can write from {minimum} to {maximum} words.", minimum=minimum, maximum=maximum)
        case errors.LanguageNotSpokenError(language=language, model=model, spoken=spoken):
            return t(
                "The model “{model}” does not speak {language}. It speaks: {spoken}.",
                model=model,
                language=language_name(language, t),
                spoken=", ".join(language_name(one, t) for one in spoken),
            )
        case GenreUnknownError():
            return t("I do not know that genre. Choose one from the list.")
        case errors.ModelMissingError(name=name) | errors.ModelUnknownError(name=name):
            return t("The model “{model}” is not here. The host can fetch it: `atelier models pull`.", model=name)
        case PermissionsMissingError(names=names):
            listed = ", ".join(t(_PERMISSION_NAMES[name].message) for name in names)
            return t("I may not do that in this channel. I need: {permissions}.", permissions=listed)
        case errors.NotAllowedError():
            return t("Only the author or a moderator may do that.")
        case errors.CreationNotFoundError():
            return t("This work no longer exists.")
        case errors.JobNotFoundError() | errors.IllegalMoveError():
            return t("That has already ended.")
        case errors.DiskFullError():
            return t("The disk of this bot is full, so nothing was accepted. Its host needs to make room.")
        case errors.StorageUnavailableError():
            return t("I could not write that down just now, so nothing was accepted. Try again in a moment.")
        case DrainingError():
            return t("I am about to restart. Try again in a minute.")
        case app_commands.TransformerError() | app_commands.CommandSignatureMismatch():
            return t("Discord showed you an older form of this command. Reload Discord and try again.")
        case app_commands.CheckFailure():
            return t("You may not use this command here.")
        case _:
            return t("Something broke on my side. The host finds it in the log.")


def failure_sentence(failure: Failure | None, t: Texts) -> str:
    """Why a job failed, for its note in the channel."""
    match failure.code if failure else FailureCode.ENGINE_BROKE:
        case FailureCode.MODEL_MISSING:
            return t("The model for this is not downloaded. The host can fetch it: `atelier models pull`.")
        case FailureCode.MODEL_BROKEN:
            return t("The model for this does not load. The host finds the reason in the log.")
        case FailureCode.OUT_OF_MEMORY:
            return t("That was too much for the memory here. Something shorter may fit.")
        case FailureCode.DISK_FULL:
            return t("The disk of this bot is full, so the work could not be kept. Its host needs to make room.")
        case FailureCode.ACTOR_LOST:
            return t("This one stopped the machine several times, so I gave up. Other requests go on.")
        case FailureCode.NOTHING_MADE:
            return t("Nothing came to the model's mind. Another seed or other words may help.")
        case _:
            return t("Something broke while this was made. The host finds it in the log.")


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
    data: Mapping[str, Any] = interaction.data or {}
    return str(data.get("custom_id", interaction.type.name))
