"""Every sentence that a member reads goes through gettext."""

import ast
import gettext
import re
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot import errors as sentences
from bot.errors import GenreUnknownError, PermissionsMissingError
from bot.features.guide import greeting, guide
from bot.features.history import history_note
from bot.i18n import Texts, texts_for
from bot.ui import notes
from bot.ui.recipes import recipe
from inference.contract import errors
from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import CreationId
from inference.contract.jobs import Parent, Relation
from storage.domain import Page, Score
from tests.bot.test_notes import creation, job

BOT = Path(__file__).parents[2] / "bot"


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
    errors.LanguageNotSpokenError(language="zh", model="M", spoken=("en", "de")),
    errors.ModelMissingError("m"),
    errors.NotAllowedError(),
    errors.CreationNotFoundError(),
    errors.JobNotFoundError(),
    errors.DiskFullError(),
    errors.StorageUnavailableError(),
    GenreUnknownError(),
    PermissionsMissingError(discord.Permissions(send_messages=True, attach_files=True)),
    RuntimeError("a defect"),
]


def outside_brackets(shown: str) -> str:
    """What is left when sentences, nested ones too, members' own words and Discord's markup are taken away."""
    before = None
    while before != shown:
        before, shown = shown, re.sub(r"⟦[^⟦⟧]*⟧", "", shown)
    return re.sub(r"<[@t][^>]*>|https://\S+|\u2068.*?\u2069|`\d+`", "", shown)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_is_a_translated_sentence(error: Exception) -> None:
    assert not re.search("[A-Za-z]", outside_brackets(sentences.sentence(error, T)))


def test_every_note_is_made_of_translated_sentences() -> None:
    shown = [
        notes.waiting(job(), place=1, t=T),
        notes.waiting(job(), place=3, t=T),
        notes.working(job(), fraction=0.5, preview="", t=T),
        notes.cancelled(job(), t=T),
        notes.ready_ping(job().member, t=T),
        *(notes.failed(job(failure=Failure(code=code)), t=T) for code in FailureCode),
        *notes.finished(creation(), "", t=T),
        history_note(Page(rows=(), older=None, newer=None), {}, t=T),
        history_note(
            Page(rows=(creation(),), older=CreationId(1), newer=CreationId(2)),
            {CreationId(9): Score(mean_stars=4.0, raters=1)},
            t=T,
        ),
    ]
    for note in shown:
        assert not re.search("[A-Za-z]", outside_brackets(note.content)), note.content
        assert all(button.label.startswith("⟦") for button in note.buttons)


def test_help_greeting_and_recipe_are_translated() -> None:
    assert not re.search("[A-Za-z]", outside_brackets(guide(T)))
    assert not re.search("[A-Za-z]", outside_brackets(greeting(T)))
    card = recipe(replace(creation(), parents=(Parent(creation=CreationId(3), relation=Relation.AGAIN),)), t=T)
    assert card.title is not None
    assert card.title.startswith("⟦")
    assert all(field.name is not None and field.name.startswith("⟦") for field in card.fields)


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
