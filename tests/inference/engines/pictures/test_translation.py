"""The translation of a prompt, by a text model of random weights and by what such a model might say."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from inference.contract.events import Succeeded
from inference.contract.identifiers import ModelName
from inference.engines.checkpoint import Checkpoint
from inference.engines.pictures.translation import believed, translation_of
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine
from tests.inference.engines import tiny
from tests.inference.engines.pictures.conftest import Studio, difference, drawn, ends_of, engine_of

PROMPT = "雨夜里，一只黑猫"


@pytest.fixture
def translator(tmp_path: Path) -> TextEngine:
    tiny.build_tiny(tmp_path)
    shelf = Shelf(catalog=tiny.tiny_catalog(tmp_path), models=tmp_path, residency=Residency(budget_gib=1))
    return TextEngine(shelf=shelf, device="cpu", dtype="float32")


@pytest.mark.parametrize(
    ("written", "translation"),
    [
        ("a black cat on a rainy night", "a black cat on a rainy night"),
        ('"A black cat on a rainy night."\n\nI hope this helps!', "A black cat on a rainy night."),
        ("", None),
        ("\n \n", None),
        ("一只黑猫在雨夜里", None),
        (PROMPT, None),
        ("a cat " * 30, None),
    ],
)
def test_only_what_can_be_a_translation_is_taken_for_one(written: str, translation: str | None) -> None:
    assert believed(written, PROMPT) == translation


def test_a_translation_pauses_at_each_token_and_is_the_same_each_time(translator: TextEngine) -> None:
    with translator.held(tiny.TINY) as checkpoint:
        steps = [len(list(translation_of(PROMPT, checkpoint))) for _ in range(2)]

    assert steps[0] == steps[1] > 1


def test_a_picture_is_drawn_from_the_translation_or_else_from_the_prompt_itself(
    translator: TextEngine, studio: Studio
) -> None:
    engine = engine_of(studio.model(), lend=translator.held)

    (end,) = ends_of(engine, studio.ask(prompt=PROMPT, translator=tiny.TINY))

    assert isinstance(end, Succeeded)
    settings = end.making.provenance.settings
    assert ("translation" in settings) != ("untranslated" in settings)


def test_without_its_translator_a_run_goes_on_with_the_prompt_as_it_is(studio: Studio) -> None:
    engine = studio.engine()
    asked = studio.ask(prompt=PROMPT, translator=ModelName("nobody"))

    (end,) = ends_of(engine, asked)

    assert isinstance(end, Succeeded)
    assert end.making.provenance.settings["untranslated"] == "nobody"
    (plain,) = drawn(engine, studio.ask(prompt=PROMPT))
    (again,) = drawn(engine, studio.ask(prompt=PROMPT, translator=ModelName("nobody")))
    assert difference(plain[0], again[0]) == 0


def test_others_are_drawn_while_a_prompt_is_translated(translator: TextEngine, studio: Studio) -> None:
    def lend(name: ModelName) -> AbstractContextManager[Checkpoint]:
        return translator.held(name)

    engine = engine_of(studio.model(), lend=lend)
    slow, quick = studio.ask(prompt=PROMPT * 3, translator=tiny.TINY), studio.ask()

    ends = ends_of(engine, slow, quick)

    assert all(isinstance(end, Succeeded) for end in ends)
