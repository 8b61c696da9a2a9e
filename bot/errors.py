"""The one place where an error becomes a sentence that a member reads."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.i18n import Texts, texts_for
from bot.ui.names import language_name
from inference.contract import errors
from inference.contract.errors import AtelierError, Failure, FailureCode
from inference.contract.identifiers import ChannelId

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)


ALREADY_ACKNOWLEDGED: Final = 40060


class PermissionsMissingError(AtelierError):
    """The bot may not do in a channel what it needs to do there."""

    def __init__(self, permissions: discord.Permissions, *, channel: ChannelId | None = None) -> None:
        self.channel = channel  # None: the one that the interaction is in.
        self.names = tuple(name for name, is_missing in permissions if is_missing)
        super().__init__(f"missing permissions: {', '.join(self.names)}")


class ChannelNotOpenError(AtelierError):
    """The server's admins have the bot work elsewhere."""

    def __init__(self, channels: Sequence[ChannelId]) -> None:
        super().__init__(f"open are {len(channels)} other channels")
        self.channels = tuple(channels)


class MemberBlockedError(AtelierError):
    """The server's moderators do not let this member make anything."""


class NotAdminError(AtelierError):
    """What only those do who may manage the server."""


class NotAuthorError(AtelierError):
    """What only those do who asked for the work."""


class NotModeratorError(AtelierError):
    """What only those do who may take other members' messages away."""


class GenreUnknownError(errors.InvalidRequestError):
    """A genre that the command does not offer."""


class LanguageUnknownError(errors.InvalidRequestError):
    """A language that the command does not offer."""


class VariantsAlikeError(errors.InvalidRequestError):
    """Several variants without any chance between them."""


class DayUnreadableError(errors.InvalidRequestError):
    """A day that is neither a date nor a number of days."""


class SearchTooLongError(errors.InvalidRequestError):
    """More words to look for than a page's buttons can carry."""

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"{length} characters, at most {limit}")
        self.length = length
        self.limit = limit


class SearchWithoutWordsError(errors.InvalidRequestError):
    """Signs alone, which no prompt is found by."""


class WorkNotNamedError(errors.InvalidRequestError):
    """What should be a work's number is none."""


class WorkHiddenError(AtelierError):
    """Moderators keep the work from everybody but its author."""


class NoWorkThereError(AtelierError):
    """The message that was pointed at is none of ours, or its work was deleted."""


class ErasureNotConfirmedError(AtelierError):
    """The word that confirms an erasure was not typed."""

    def __init__(self, word: str) -> None:
        super().__init__("an erasure was not confirmed")
        self.word = word


class DrainingError(AtelierError):
    """The bot is about to restart and takes no new jobs."""


_PERMISSION_NAMES: Final[Mapping[str, app_commands.locale_str]] = {
    "read_messages": app_commands.locale_str("View Channel"),  # discord.py's older name of it.
    "send_messages": app_commands.locale_str("Send Messages"),
    "send_messages_in_threads": app_commands.locale_str("Send Messages in Threads"),
    "read_message_history": app_commands.locale_str("Read Message History"),
    "attach_files": app_commands.locale_str("Attach Files"),
    "embed_links": app_commands.locale_str("Embed Links"),
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
                spoken=t.listed([language_name(one, t) for one in spoken]),
            )
        case errors.TemperatureOutOfRangeError(maximum=maximum):
            return t("A temperature is a number from 0 to {maximum}.", maximum=maximum)
        case errors.VariantsOutOfRangeError(maximum=maximum):
            return t("I can make 1 to {maximum} variants at a time.", maximum=maximum)
        case errors.ChangeMissingError():
            return t("Tell me in a few words what should be different.")
        case errors.ChangeTooLongError(length=length, limit=limit):
            return t("That has {length} characters; {limit} fit. Try fewer words.", length=length, limit=limit)
        case VariantsAlikeError():
            return t("At temperature 0 all variants would be the same. Ask for one, or for a higher temperature.")
        case LanguageUnknownError():
            return t("I do not know that language. Choose one from the list.")
        case DayUnreadableError():
            return t("I do not know that day. Write it like 2026-08-31, or 7 for seven days ago.")
        case SearchTooLongError(length=length, limit=limit):
            return t("That search has {length} characters; {limit} fit. Try fewer words.", length=length, limit=limit)
        case SearchWithoutWordsError():
            return t("There is no word in that search.")
        case WorkNotNamedError():
            return t("A work has a number, which stands before it in `/history`. Choose one from the list.")
        case NotAuthorError():
            return t("Only the author may do that.")
        case NotModeratorError():
            return t("Only moderators may do that.")
        case WorkHiddenError():
            return t("The moderators have hidden this work.")
        case errors.ReportDecidedError():
            return t("Another moderator has already decided about that, or it was taken back.")
        case NoWorkThereError():
            return t("There is no work of mine in that message.")
        case GenreUnknownError():
            return t("I do not know that genre. Choose one from the list.")
        case errors.ModelMissingError(name=name) | errors.ModelUnknownError(name=name):
            return t("The model “{model}” is not here. The host can fetch it: `atelier models pull`.", model=name)
        case PermissionsMissingError(names=names, channel=channel):
            listed = t.listed([t(_PERMISSION_NAMES[name].message) for name in names])
            if channel is not None:
                return t(
                    "I may not write in {channel}. I need: {permissions}.", channel=f"<#{channel}>", permissions=listed
                )
            return t("I may not do that in this channel. I need: {permissions}.", permissions=listed)
        case ChannelNotOpenError(channels=channels):
            listed = t.listed([f"<#{channel}>" for channel in channels])
            return t("The admins of this server let me work in {channels}. See you there!", channels=listed)
        case MemberBlockedError():
            return t(
                "The moderators of this server do not let me make things for you. Ask them if you would like to go on."
            )
        case NotAdminError():
            return t("Only members who may manage this server change its settings.")
        case errors.WordBlockedError(word=word):
            plain = discord.utils.escape_markdown(word)
            return t("The admins of this server do not want “{word}” in requests. Try other words.", word=plain)
        case errors.QuotaReachedError():
            return _quota_sentence(error, t)
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
        case ErasureNotConfirmedError(word=word):
            return t("Nothing was erased. To confirm that you mean it, type: {word}", word=word)
        case DrainingError():
            return t("I am about to restart. Try again in a minute.")
        case app_commands.TransformerError() | app_commands.CommandSignatureMismatch():
            return t("Discord showed you an older form of this command. Reload Discord and try again.")
        case app_commands.CheckFailure():
            return t("You may not use this command here.")
        case _:
            return t("Something broke on my side. The host can find it in the log.")


def _quota_sentence(error: errors.QuotaReachedError, t: Texts) -> str:
    """Which limit, how much of it is used, and when it frees."""
    if error.limit == 0:
        return t("The admins of this server have not made me available to your roles.")
    if error.resets_at is None:
        return t.plural(
            "You may have {count} request waiting or running at a time, and have {used}. There is room when it ends.",
            "You may have {count} requests waiting or running at a time, and have {used}. There is room when one ends.",
            error.limit,
            used=error.used,
        )
    return t.plural(
        "You may make {count} request in 24 hours, and have made {used}. The next one is free {when}.",
        "You may make {count} requests in 24 hours, and have made {used}. The next one is free {when}.",
        error.limit,
        used=error.used,
        when=f"<t:{math.ceil(error.resets_at.timestamp())}:R>",
    )


def failure_sentence(failure: Failure | None, t: Texts) -> str:
    """Why a job failed, for its note in the channel."""
    match failure.code if failure else FailureCode.ENGINE_BROKE:
        case FailureCode.MODEL_MISSING:
            return t("The model for this is not downloaded. The host can fetch it: `atelier models pull`.")
        case FailureCode.MODEL_BROKEN:
            return t("The model for this does not load. The host can find the reason in the log.")
        case FailureCode.OUT_OF_MEMORY:
            return t("That was too much for the memory here. Something shorter may fit.")
        case FailureCode.DISK_FULL:
            return t("The disk of this bot is full, so the work could not be kept. Its host needs to make room.")
        case FailureCode.ACTOR_LOST:
            return t("This one stopped the machine several times, so I gave up. Other requests go on.")
        case FailureCode.SOURCE_GONE:
            return t("The work that this one was to be made from was deleted meanwhile.")
        case FailureCode.NOTHING_MADE:
            return t("Nothing came to the model's mind. Another seed or other words may help.")
        case _:
            return t("Something broke while this was made. The host can find it in the log.")


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
