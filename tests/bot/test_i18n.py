"""Every sentence that a member reads goes through gettext."""

import ast
import gettext
import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot import errors as sentences
from bot.features.guide import greeting, guide
from bot.i18n import Texts, catalogues, texts_for
from bot.postbox import view_of
from bot.rights import NEEDED_PERMISSIONS
from bot.studio.checks.components import checked_components
from bot.studio.checks.embeds import checked_embeds
from bot.studio.checks.form import Form
from bot.ui.names import setting_name
from bot.ui.notes import MESSAGE_LIMIT
from bot.ui.parts import width
from bot.ui.reports import audit_line
from inference.contract import errors
from inference.contract.errors import AtelierError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, ServerId
from inference.contract.image import Canvas
from inference.contract.mediums import Basis
from inference.safety.uploads.terms import Refusal, UploadRefusedError
from storage.domain import AuditEntry, Deed, ServerSettings
from tests.bot.shown import every_card, every_note
from tests.bot.test_notes import NOW

BOT = Path(__file__).parents[2] / "bot"
ALT_TEXT_LIMIT = 1_024  # Discord's.


class Bracketed(gettext.NullTranslations):
    """A language in which every sentence stands in brackets, so that what did not pass through here shows."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


T = Texts(Bracketed())

ERRORS: list[Exception] = [
    errors.PromptEmptyError(),
    errors.PromptTooLongError(length=3, limit=2),
    errors.SeedOutOfRangeError(seed=-1, maximum=1),
    errors.WordsOutOfRangeError(words=1, minimum=2, maximum=3),
    errors.TemperatureOutOfRangeError(temperature=3, maximum=2),
    errors.VariantsOutOfRangeError(variants=4, maximum=3),
    errors.ChangeMissingError(),
    errors.ChangeTooLongError(length=3, limit=2),
    errors.LanguageNotSpokenError(language="zh", model="M", spoken=("en", "de")),
    errors.ModelMissingError("m"),
    errors.ModelUnknownError("m"),
    errors.QuotaReachedError(quota=errors.Quota.WAITING, limit=2, used=2, resets_at=None),
    errors.QuotaReachedError(quota=errors.Quota.A_DAY, limit=2, used=2, resets_at=NOW),
    errors.QuotaReachedError(quota=errors.Quota.A_DAY, limit=0, used=0, resets_at=None),
    errors.WordBlockedError("7"),
    errors.NotAllowedError(),
    errors.CreationNotFoundError(),
    errors.JobNotFoundError(),
    errors.IllegalMoveError(),
    errors.ReportDecidedError(),
    errors.WorkDecidedError(is_accepted=True),
    errors.WorkDecidedError(is_accepted=False),
    errors.TagsOutOfRangeError(most=8, most_characters=32),
    errors.DiskFullError(),
    errors.StorageUnavailableError(),
    sentences.GenreUnknownError(),
    sentences.LanguageUnknownError(),
    sentences.VariantsAlikeError(),
    sentences.DayUnreadableError(),
    sentences.SearchTooLongError(length=3, limit=2),
    sentences.SearchWithoutWordsError(),
    sentences.WorkNotNamedError(),
    sentences.WorkHiddenError(),
    sentences.NotModeratorThereError(),
    *(sentences.NotBlockableError(standing) for standing in sentences.Standing),
    sentences.UploadsRefusedOftenError(limit=2, resets_at=datetime(2030, 1, 1, tzinfo=UTC)),
    sentences.OwnWorkError(),
    sentences.DuelDecidedError(),
    sentences.NoWorkThereError(),
    sentences.ErasureNotConfirmedError("7"),
    sentences.DrainingError(),
    sentences.ReleaseBusyError(),
    sentences.ReleaseFailedError(code="", reason="exit code 1"),
    *(
        sentences.ReleaseFailedError(code=code, reason="nothing")
        for code in ("NothingToReleaseError", "ReleaseOvertakenError", "DiskFullError")
    ),
    sentences.StyleUnknownError("7"),
    sentences.StyleTakenError("7"),
    sentences.StyleNameMissingError(),
    sentences.StyleEmptyError(),
    sentences.StylesFullError(limit=2),
    errors.FrameBrokenError(limit=2),
    *(UploadRefusedError(reason) for reason in Refusal),
    errors.CountOutOfRangeError(count=5, maximum=4),
    errors.AvoidTooLongError(length=3, limit=2),
    errors.OptionOutOfRangeError(option="steps", figure=0, minimum=1, maximum=2),
    errors.StrengthWithoutReferenceError(),
    errors.BasisNotTakenError(basis=Basis.REFERENCE, model="7"),
    errors.BasisNotTakenError(basis=Basis.UPSCALE, model="7"),
    sentences.SizeUnreadableError(),
    sentences.SizeNotDrawnError(
        model="7", multiple=8, least_pixels=1, most_pixels=2, usual=Canvas(width=64, height=64)
    ),
    sentences.ModelMismatchError("7"),
    sentences.MediumMismatchError(),
    sentences.LargestError(),
    sentences.ChannelNotOpenError([ChannelId(1), ChannelId(2)]),
    sentences.MemberBlockedError(),
    sentences.NotAdminError(),
    sentences.NotAuthorError(),
    sentences.NotModeratorError(),
    sentences.ThreadUnseenError(MemberId(1)),
    sentences.PermissionsMissingError(discord.Permissions(send_messages=True, attach_files=True)),
    sentences.PermissionsMissingError(NEEDED_PERMISSIONS, channel=ChannelId(1)),
    app_commands.CheckFailure(),
]
DEFECT = RuntimeError("a defect")


def outside_brackets(shown: str) -> str:
    """What is left when sentences, nested ones too, members' own words and Discord's markup are taken away."""
    before = None
    while before != shown:
        before, shown = shown, re.sub(r"⟦[^⟦⟧]*⟧", "", shown)
    return re.sub(r"<[@t][^>]*>|https://\S+|\u2068.*?\u2069|`\d+`", "", shown)


@pytest.mark.parametrize("error", [*ERRORS, DEFECT], ids=lambda error: type(error).__name__)
def test_every_error_is_a_translated_sentence(error: Exception) -> None:
    assert not re.search("[A-Za-z]", outside_brackets(sentences.sentence(error, T)))


def test_what_a_member_can_do_something_about_is_not_called_a_defect() -> None:
    defect = sentences.sentence(DEFECT, T)
    assert not [error for error in ERRORS if sentences.sentence(error, T) == defect]
    of_members = {one for one in vars(sentences).values() if isinstance(one, type) and issubclass(one, AtelierError)}
    refusals = {*of_members, *errors.InvalidRequestError.__subclasses__()} - {AtelierError}
    assert {error.__name__ for error in refusals} <= {type(error).__name__ for error in ERRORS}


def test_every_note_is_made_of_translated_sentences() -> None:
    for note in every_note(T):
        assert not re.search("[A-Za-z]", outside_brackets(note.content)), note.content
        assert all(button.label.startswith("⟦") for button in note.buttons)
        assert all(attachment.description.startswith("⟦") for attachment in note.attachments)


@pytest.mark.parametrize("language", ["en", *catalogues.languages()])
def test_every_note_and_card_is_taken_by_discord_in_every_language(language: str) -> None:
    t = texts_for(language.replace("_", "-"))
    for note in every_note(t):
        form, view = Form(), view_of(note)
        checked_components(form, view.to_components() if view else [], is_new=False)
        form.close()
        assert width(note.content) <= MESSAGE_LIMIT
        assert all(width(attachment.description) <= ALT_TEXT_LIMIT for attachment in note.attachments)
    for card in every_card(t):
        form = Form()
        checked_embeds(form, [card.to_dict()])
        form.close()
    for text in (guide(t), greeting(t)):
        assert width(text) <= MESSAGE_LIMIT


def test_what_moderators_and_admins_did_is_told_in_translated_sentences() -> None:
    for deed in Deed:
        detail = json.dumps({"language": {"was": None, "is": "de"}}) if deed is Deed.SET else ""
        entry = AuditEntry(server=ServerId(2), moderator=None, deed=deed, at=NOW, creation=CreationId(9), detail=detail)
        line = audit_line(entry, T)
        assert not re.search("[A-Za-z]", outside_brackets(line)), line
    assert all(setting_name(field.name, T).startswith("⟦") for field in fields(ServerSettings))


def test_help_greeting_and_cards_are_translated() -> None:
    assert not re.search("[A-Za-z]", outside_brackets(guide(T)))
    assert not re.search("[A-Za-z]", outside_brackets(greeting(T)))
    for card in every_card(T):
        assert str(card.title).startswith("⟦")
        assert all(str(field.name).startswith("⟦") for field in card.fields)


def test_a_language_without_a_catalogue_stays_english() -> None:
    t = texts_for("xx-YY")
    assert t("Cancelled.") == "Cancelled."
    assert t.plural("⏳ {count} is ahead of it.", "⏳ {count} are ahead of it.", 2) == "⏳ 2 are ahead of it."


def test_texts_are_called_t_wherever_they_go_so_that_the_extraction_finds_their_sentences() -> None:
    for path in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.arg(arg=name, annotation=ast.Name(id="Texts") | ast.Constant(value="Texts")):
                    assert name == "t", f"{path}:{node.lineno}"
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="texts_for"))):
                    assert name == "t", f"{path}:{node.lineno}"
                case _:
                    pass
