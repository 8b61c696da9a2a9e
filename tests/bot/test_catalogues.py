"""The catalogues say what the sources say, and what is wrong with one is found."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from bot.i18n import catalogues, sources
from bot.i18n.catalogues import NAME
from bot.i18n.checks import forms, is_command_name, problems
from bot.i18n.sources import AlsoPluralError, NotLiteralError

SOURCE = """
class Songs(commands.GroupCog, group_name=locale_str("songs")):
    @app_commands.command(name=locale_str("sing"), description=locale_str("Have a song sung"))
    @app_commands.describe(prompt=locale_str("What it is about"), voice=locale_str("Whose voice"))
    @app_commands.rename(length=locale_str("seconds"))
    async def sing(self, interaction, prompt: str, length: int, *, voice: str = "") -> None:
        await say(t("Sung for {member}.", member=1), t.plural("{count} note", "{count} notes", 3))
        await say(t.of("music", "Note"), texts_for("en")("Hush."), self._t("Louder."), t(VOICES[voice].message))


menu = app_commands.ContextMenu(name=locale_str("Recipe"), callback=sing)
choice = Choice(name=locale_str("Story"), value="story")
"""
FOUND = {
    (NAME, "songs"), (NAME, "sing"), (NAME, "prompt"), (NAME, "seconds"), (NAME, "voice"),
    (None, "Have a song sung"), (None, "What it is about"), (None, "Whose voice"), (None, "Sung for {member}."),
    (None, ("{count} note", "{count} notes")), ("music", "Note"), (None, "Hush."), (None, "Louder."),
    (None, "Recipe"), (None, "Story"),
}  # fmt: skip


@pytest.mark.parametrize("language", catalogues.languages())
def test_a_catalogue_says_all_that_the_sources_say_and_nothing_else(language: str) -> None:
    found = problems(catalogues.read(catalogues.path_of(language)), sources.template())
    assert not found, "\n".join(["run `make texts`, then see to", *found])


@pytest.mark.parametrize("language", catalogues.languages())
def test_a_catalogue_stays_as_it_is_when_nothing_changed(language: str) -> None:
    path = catalogues.path_of(language)
    assert catalogues.rendered(catalogues.read(path)) == path.read_text(encoding="utf-8")


def test_chinese_is_set_as_its_glossary_promises() -> None:
    for message in catalogues.read(catalogues.path_of("zh_CN")):
        if not message.id:
            continue
        for form in forms(message):
            shown = re.sub("`[^`]+`", "code", form)
            assert not re.search(r"[\u4e00-\u9fff][,;:!?.]|[,;:!?][\u4e00-\u9fff]|[您「」『』\"()]", shown), form
            assert not re.search(r"\s[，。；：！？、（）]|[，。；：！？、（）]\s", shown), form
            assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", shown), form


def template() -> Catalog:
    """What a test translates: a sentence, a plural, and the name of a command that a sentence names."""
    wanted = Catalog(fuzzy=False)
    wanted.add("Begin with `/write`, {member}.")
    wanted.add(("{count} word", "{count} words"))
    wanted.add("**Done**")
    wanted.add("write", context=NAME)
    return wanted


def german(
    *,
    begin: str = "Beginne mit `/schreiben`, {member}.",
    words: tuple[str, ...] = ("ein Wort", "{count} Wörter"),
    done: str = "**Fertig**",
    write: str = "schreiben",
) -> Catalog:
    catalogue = Catalog(locale="de")
    catalogue.update(template())
    catalogue["Begin with `/write`, {member}."].string = begin
    catalogue["{count} word"].string = words
    catalogue["**Done**"].string = done
    named = catalogue.get("write", context=NAME)
    assert named is not None
    named.string = write
    return catalogue


def test_nothing_is_wrong_with_a_faithful_translation() -> None:
    assert not problems(german(), template())


@pytest.mark.parametrize(
    ("catalogue", "problem"),
    [
        (german(begin=""), "not translated"),
        (german(words=("{count} Wort", "")), "not translated"),
        (german(words=("{count} Wort",)), "not translated"),
        (german(begin="Beginne mit `/schreiben`."), "other placeholders"),
        (german(begin="Beginne mit `/schreiben`, {name}."), "other placeholders"),
        (german(begin="Beginne mit `/schreiben`, {member."), "other placeholders"),
        (german(words=("{count} Wort", "{anzahl} Wörter")), "other placeholders"),
        (german(begin="Beginne mit `/write`, {member}."), "names other commands"),
        (german(begin="Beginne, {member}."), "names other commands"),
        (german(done="Fertig"), "other markup"),
        (german(done="**Fertig** "), "blanks at its ends"),
        (german(write="Schreiben"), "not a name that Discord takes"),
    ],
)
def test_what_is_wrong_with_a_translation_is_found(catalogue: Catalog, problem: str) -> None:
    assert [found.partition(":")[0] for found in problems(catalogue, template())].count(problem) == 1


def test_a_sentence_that_is_new_gone_or_unsure_is_found() -> None:
    catalogue = german()
    catalogue.add("Gone.", "Weg.")
    catalogue["**Done**"].flags.add("fuzzy")
    wanted = template()
    wanted.add("New.")
    assert {found.partition(":")[0] for found in problems(catalogue, wanted)} == {
        "obsolete",
        "fuzzy",
        "not in the catalogue",
    }


def test_sentences_names_and_options_are_found_in_the_sources(tmp_path: Path) -> None:
    (tmp_path / "songs.py").write_text(SOURCE)
    found = [(each.context, each.message) for each in sources.found_in(tmp_path / "songs.py")]
    assert set(found) == FOUND
    assert len(found) == len(FOUND)


@pytest.mark.parametrize("call", ['t(f"{x}")', "t(a + b)", "t.plural(one, many, 2)", "locale_str(name)"])
def test_a_sentence_that_is_put_together_in_the_code_is_refused(call: str, tmp_path: Path) -> None:
    (tmp_path / "songs.py").write_text(call)
    with pytest.raises(NotLiteralError):
        list(sources.found_in(tmp_path / "songs.py"))


def test_a_sentence_that_is_also_the_singular_of_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "songs.py").write_text('t("One."), t.plural("One.", "{count} of them.", 2)')
    with pytest.raises(AlsoPluralError):
        sources.template(tmp_path)


@pytest.mark.parametrize("name", ["write", "写作", "ภาษา", "a-b_c'd", "x" * 32])
def test_what_discord_takes_for_a_name(name: str) -> None:
    assert is_command_name(name)


@pytest.mark.parametrize("name", ["", "Write", "two words", "写作！", "Écrire", "x" * 33, "🎨"])
def test_what_discord_does_not_take_for_a_name(name: str) -> None:
    assert not is_command_name(name)
