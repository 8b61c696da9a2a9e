"""The one place where an error becomes a sentence that a member reads."""

import math
from collections.abc import Mapping
from typing import Final, assert_never

from discord import app_commands

from bot.errors import kinds
from bot.i18n import Texts
from bot.quoting import dead
from bot.ui.names import language_name, option_name
from inference.contract import errors
from inference.contract.errors import Failure, FailureCode
from inference.contract.image import Option
from inference.contract.mediums import Basis
from inference.safety.uploads.terms import MAX_PIXELS, MAX_UPLOAD_BYTES, MIN_SIDE, Refusal, UploadRefusedError

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
        case kinds.VariantsAlikeError():
            return t("At temperature 0 all variants would be the same. Ask for one, or for a higher temperature.")
        case kinds.LanguageUnknownError():
            return t("I do not know that language. Choose one from the list.")
        case kinds.DayUnreadableError():
            return t("I do not know that day. Write it like 2026-08-31, or 7 for seven days ago.")
        case kinds.SearchTooLongError(length=length, limit=limit):
            return t("That search has {length} characters; {limit} fit. Try fewer words.", length=length, limit=limit)
        case kinds.SearchWithoutWordsError():
            return t("There is no word in that search.")
        case kinds.WorkNotNamedError():
            return t("A work has a number, which stands before it in `/history`. Choose one from the list.")
        case kinds.NotAuthorError():
            return t("Only the author may do that.")
        case kinds.NotModeratorError():
            return t("Only moderators may do that.")
        case kinds.NotModeratorThereError():
            return t("Only those who moderate the channel of that work may do that.")
        case kinds.NotBlockableError(standing=standing):
            return _standing_sentence(standing, t)
        case kinds.OwnWorkError():
            return t("That one is yours: its stars are for others to give. `/rate` brings you works that need some.")
        case kinds.DuelDecidedError():
            return t("You have answered that one already, and your first answer counts. `/duel` brings the next.")
        case kinds.WorkHiddenError():
            return t("The moderators have hidden this work.")
        case errors.WorkDecidedError(is_accepted=True):
            return t("Somebody has accepted this work already.")
        case errors.WorkDecidedError():
            return t("Somebody has rejected this work already.")
        case errors.TagsOutOfRangeError(most=most, most_characters=most_characters):
            return t(
                "A work has at most {most} tags, each of at most {characters} characters.",
                most=most,
                characters=most_characters,
            )
        case errors.ReportDecidedError():
            return t("Another moderator has already decided about that, or it was taken back.")
        case kinds.ReleaseBusyError() | kinds.ReleaseFailedError(code="ReleaseUnderWayError"):
            return t("A release is being made just now. Wait until it is done.")
        case kinds.ReleaseFailedError(code="NothingToReleaseError"):
            return t("There is nothing to release yet: accept works with `/curate` whose authors have agreed.")
        case kinds.ReleaseFailedError(code="ReleaseOvertakenError"):
            return t("Works were withdrawn while the release was made, again and again. Try once more.")
        case kinds.ReleaseFailedError(code="DiskFullError"):
            return t("The disk of this bot is full, so no release was made. Its host needs to make room.")
        case kinds.ReleaseFailedError():  # The reason names folders of the host's.
            return t("No release was made, and nothing is left half-made. The host can find the reason in the log.")
        case kinds.NoWorkThereError():
            return t("There is no work of mine in that message.")
        case kinds.GenreUnknownError():
            return t("I do not know that genre. Choose one from the list.")
        case errors.ModelMissingError(name=name) | errors.ModelUnknownError(name=name):
            return t("The model “{model}” is not here. The host can fetch it: `atelier models pull`.", model=name)
        case kinds.ThreadUnseenError(bot=bot):
            return t(
                "I am not in this private thread. Mention {bot} here to bring me in, and ask again.", bot=f"<@{bot}>"
            )
        case kinds.PermissionsMissingError(names=names, channel=channel):
            listed = t.listed([t(_PERMISSION_NAMES[name].message) for name in names])
            if channel is not None:
                return t(
                    "I may not write in {channel}. I need: {permissions}.", channel=f"<#{channel}>", permissions=listed
                )
            return t("I may not do that in this channel. I need: {permissions}.", permissions=listed)
        case kinds.ChannelNotOpenError(channels=channels):
            listed = t.listed([f"<#{channel}>" for channel in channels])
            return t("The admins of this server let me work in {channels}. See you there!", channels=listed)
        case kinds.MemberBlockedError():
            return t(
                "The moderators of this server do not let me make things for you. Ask them if you would like to go on."
            )
        case kinds.NotAdminError():
            return t("Only members who may manage this server may do that.")
        case errors.WordBlockedError(word=word):
            plain = dead(word)
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
        case kinds.ErasureNotConfirmedError(word=word):
            return t("Nothing was erased. To confirm that you mean it, type: {word}", word=word)
        case kinds.StyleUnknownError(name=name):
            plain = dead(name)
            return t("There is no style “{style}” here. `/styles list` has those that there are.", style=plain)
        case kinds.StyleTakenError(name=name):
            plain = dead(name)
            return t("There is a style “{style}” already. To make it another, use `/styles change`.", style=plain)
        case kinds.StyleNameMissingError():
            return t("A style needs a name that can be read.")
        case kinds.StyleEmptyError():
            return t("That style would change nothing. Give it a frame, something to avoid, or a setting.")
        case kinds.StylesFullError(limit=limit):
            return t.plural(
                "A server has at most {count} style of its own. Remove one first.",
                "A server has at most {count} styles of its own. Remove one first.",
                limit,
            )
        case errors.FrameBrokenError(limit=limit):
            return t(
                "A frame holds `{place}` once, where the prompt is to stand, and at most {limit} characters.",
                place="{prompt}",
                limit=limit,
            )
        case errors.CountOutOfRangeError(maximum=maximum):
            return t("I can make 1 to {maximum} pictures at a time.", maximum=maximum)
        case errors.AvoidTooLongError(length=length, limit=limit):
            return t("What to avoid has {length} characters; {limit} fit. Try fewer words.", length=length, limit=limit)
        case errors.OptionOutOfRangeError():
            return _range_sentence(error, t)
        case errors.StrengthWithoutReferenceError():
            return t("`strength` says how far to go from a picture. Give one as `reference`, or leave `strength` out.")
        case errors.BasisNotTakenError(basis=Basis.UPSCALE, model=model):
            return t("The model “{model}” makes no picture larger.", model=model)
        case errors.BasisNotTakenError(model=model):
            return t(
                "The model “{model}” cannot begin from a picture. Choose another model, or leave the picture out.",
                model=model,
            )
        case kinds.SizeUnreadableError():
            return t("I do not know that size. Write it like 1024x768, or choose one from the list.")
        case kinds.SizeNotDrawnError():
            return _size_sentence(error, t)
        case kinds.ModelMismatchError(model=model):
            return t("The model “{model}” makes something else. Choose one from the list.", model=model)
        case kinds.MediumMismatchError():
            return t("That cannot be done with a work of this kind.")
        case kinds.LargestError():
            return t("I cannot make that picture any larger.")
        case UploadRefusedError(reason=reason):
            return _upload_sentence(reason, t)
        case kinds.UploadsRefusedOftenError(limit=limit, resets_at=resets_at):
            return t.plural(
                "I could not use {count} file of yours within an hour, so I look at the next one {when}."
                " Without a picture of yours I go on drawing for you at any time.",
                "I could not use {count} files of yours within an hour, so I look at the next one {when}."
                " Without a picture of yours I go on drawing for you at any time.",
                limit,
                when=f"<t:{math.ceil(resets_at.timestamp())}:R>",
            )
        case kinds.DrainingError():
            return t("I am about to restart. Try again in a minute.")
        case app_commands.TransformerError() | app_commands.CommandSignatureMismatch():
            return t("Discord showed you an older form of this command. Reload Discord and try again.")
        case app_commands.CheckFailure():
            return t("You may not use this command here.")
        case _:
            return t("Something broke on my side. The host can find it in the log.")


def _standing_sentence(standing: kinds.Standing, t: Texts) -> str:
    match standing:
        case kinds.Standing.ONESELF:
            return t("You cannot block yourself.")
        case kinds.Standing.BOT:
            return t("That is a bot. There is nobody to block.")
        case kinds.Standing.ABOVE:
            return t("You can only block members whose highest role is below yours.")
        case _:
            assert_never(standing)


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


def _range_sentence(error: errors.OptionOutOfRangeError, t: Texts) -> str:
    return t(
        "`{option}` takes {minimum} to {maximum}.",
        option=option_name(Option(error.option), t),
        minimum=t.number(error.minimum),
        maximum=t.number(error.maximum),
    )


def _size_sentence(error: kinds.SizeNotDrawnError, t: Texts) -> str:
    """What the model draws, in the figures that a member gets."""
    return t(
        "“{model}” draws sides that are multiples of {multiple}, such as {usual}, and {least} to {most} pixels in all.",
        model=error.model,
        multiple=error.multiple,
        usual=f"{error.usual.width}×{error.usual.height}",
        least=t.number(error.least_pixels),
        most=t.number(error.most_pixels),
    )


def _upload_sentence(reason: Refusal, t: Texts) -> str:
    """Why an upload was not taken in, and what the member can do to it."""
    match reason:
        case Refusal.TOO_LARGE:
            return t("That file is too large. I take pictures of up to {limit} MB.", limit=MAX_UPLOAD_BYTES // 2**20)
        case Refusal.GONE:
            return t("I could not fetch that file from Discord. Attach it once more.")
        case Refusal.NO_PICTURE:
            return t("That file is no picture that I can read, whatever its name says. I read PNG, JPEG, WebP and GIF.")
        case Refusal.BROKEN:
            return t("That picture is damaged or not complete. Save it anew in another program, or take another one.")
        case Refusal.ANIMATED:
            return t("That picture moves, and I begin from still ones. Attach one of its frames instead.")
        case Refusal.TOO_MANY_PIXELS:
            return t(
                "That picture has too many pixels. Make it smaller: {limit} megapixels fit.", limit=MAX_PIXELS // 10**6
            )
        case Refusal.TOO_FEW_PIXELS:
            return t(
                "That picture is too small to begin from. It needs {limit} pixels a side at least.", limit=MIN_SIDE
            )
        case Refusal.TOO_NARROW:
            return t("That picture is too long and narrow to begin from. Cut a part out of it.")
        case Refusal.TOO_DEMANDING:
            return t(
                "That picture takes too much memory or time to open. Save it as a plain PNG or JPEG and try again."
            )
        case _:
            assert_never(reason)


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
        case FailureCode.OUT_OF_RANGE:
            return t("The model lost its way, and what it made cannot be shown. Another seed or other words may help.")
        case FailureCode.NOTHING_MADE:
            return t("Nothing came to the model's mind. Another seed or other words may help.")
        case _:
            return t("Something broke while this was made. The host can find it in the log.")
