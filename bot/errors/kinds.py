"""What can go wrong in the bot itself, as facts; the contract has what can go wrong anywhere."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import discord

from inference.contract import errors
from inference.contract.errors import AtelierError
from inference.contract.identifiers import ChannelId, MemberId
from inference.contract.image import Canvas


class ThreadUnseenError(AtelierError):
    """A private thread that the bot is not in: it could neither find its work again there nor delete it."""

    def __init__(self, bot: MemberId) -> None:
        super().__init__("a private thread without the bot")
        self.bot = bot


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


class NotModeratorThereError(AtelierError):
    """What only those do who may take other members' messages away in the channel that it concerns."""


class Standing(StrEnum):
    """Why somebody is not to be blocked by who asks."""

    ONESELF = "oneself"
    BOT = "bot"
    ABOVE = "above"  # Or as high.


class NotBlockableError(AtelierError):
    """A moderator may not block this member."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(f"not to be blocked: {standing}")
        self.standing = standing


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


class OwnWorkError(AtelierError):
    """What only others than the author do."""


class DuelDecidedError(AtelierError):
    """The duel has an answer already."""


class WorkHiddenError(AtelierError):
    """Moderators keep the work from everybody but its author."""


class NoWorkThereError(AtelierError):
    """The message that was pointed at is none of ours, or its work was deleted."""


class ErasureNotConfirmedError(AtelierError):
    """The word that confirms an erasure was not typed."""

    def __init__(self, word: str) -> None:
        super().__init__("an erasure was not confirmed")
        self.word = word


class StyleUnknownError(errors.InvalidRequestError):
    """A style that the server does not have."""

    def __init__(self, name: str) -> None:
        super().__init__("an unknown style")  # Its name is what a member typed.
        self.name = name


class StyleTakenError(AtelierError):
    """There is a style of that name already."""

    def __init__(self, name: str) -> None:
        super().__init__("a style's name is taken")
        self.name = name


class StyleNameMissingError(errors.InvalidRequestError):
    """Nothing can be seen of a style's name."""


class StyleEmptyError(errors.InvalidRequestError):
    """A style that changes nothing of a request."""


class StylesFullError(AtelierError):
    """A server has as many styles of its own as it may have."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"{limit} styles already")
        self.limit = limit


class SizeUnreadableError(errors.InvalidRequestError):
    """A size that is no width and height."""


class SizeNotDrawnError(errors.InvalidRequestError):
    """A size of pictures that the model does not draw; all of it in pixels that a member gets."""

    def __init__(self, *, model: str, multiple: int, least_pixels: int, most_pixels: int, usual: Canvas) -> None:
        super().__init__(f"{model} draws multiples of {multiple}, {least_pixels} to {most_pixels} pixels")
        self.model = model
        self.multiple = multiple  # Of either side.
        self.least_pixels = least_pixels  # Width × height.
        self.most_pixels = most_pixels
        self.usual = usual


class ModelMismatchError(errors.InvalidRequestError):
    """A model of another medium than the request."""

    def __init__(self, model: str) -> None:
        super().__init__(f"{model} makes something else")
        self.model = model


class MediumMismatchError(AtelierError):
    """What was to be done can be done with works of another medium alone."""


class LargestError(AtelierError):
    """A picture that cannot be made any larger."""


class ReleaseBusyError(AtelierError):
    """A release of this server is being made."""


class ReleaseFailedError(AtelierError):
    """The process that was to make a release said what is wrong, or ended without a word."""

    def __init__(self, *, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code  # The error's class; empty: without a word.
        self.reason = reason


class UploadsRefusedOftenError(AtelierError):
    """So many of a member's files were refused that no more are looked at for a while."""

    def __init__(self, *, limit: int, resets_at: datetime) -> None:
        super().__init__(f"{limit} files refused within an hour")
        self.limit = limit
        self.resets_at = resets_at  # When one more is looked at.


class DrainingError(AtelierError):
    """The bot is about to restart and takes no new jobs."""
