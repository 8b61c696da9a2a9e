"""Requests for pictures made fit for a model: its options, its sizes, its languages."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SizeNotDrawnError, SizeUnreadableError
from bot.fitting import canvas_of, fitted, in_style, is_drawn, size_in, sizes_of, with_translator
from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.contract.errors import LanguageNotSpokenError, OptionOutOfRangeError
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, ImageRequest, Option
from storage.domain import Preset

CATALOG = Catalog.load()
PAINTER = CATALOG.get(ModelName("fake-pictures"))  # Any size from 64×64 to about 1024×1024, in steps of 8 pixels.
WRITER = CATALOG.get(ModelName("fake"))
CHINESE = "海边的一座灯塔，日落时分"


def asked(**changes: Any) -> ImageRequest:
    return ImageRequest(**{"prompt": "a lighthouse", "model": PAINTER.name, **changes})


def honouring(*options: Option, model: Model = PAINTER) -> Model:
    return replace(model, options=frozenset(options))


def test_what_a_model_has_no_use_for_is_taken_out_and_named_in_one_order() -> None:
    request = asked(guidance=3, avoid="text", steps=4, canvas=Canvas(width=64, height=64))
    fit = fitted(request, honouring(Option.STEPS))
    assert fit.unused == (Option.AVOID, Option.CANVAS, Option.GUIDANCE)
    assert (fit.avoid, fit.canvas, fit.guidance, fit.steps) == (None, None, None, 4)


def test_what_was_named_before_stays_named() -> None:
    fit = fitted(asked(steps=4), honouring())
    assert fitted(fit, honouring()) == fit


def test_a_style_s_figures_stand_where_the_member_set_none_and_are_no_wish_of_theirs() -> None:
    preset = Preset(name="Ink", frame="ink of {prompt}", steps=9, guidance=2.0, canvas=Canvas(width=72, height=64))
    plain = honouring(Option.STEPS, Option.CANVAS)
    styled = in_style(fitted(asked(steps=4), plain), preset, plain, scale=1)
    assert (styled.steps, styled.guidance, styled.unused) == (4, None, ())
    assert styled.canvas == preset.canvas
    assert styled.style is not None


def test_a_style_s_size_that_the_model_does_not_draw_is_left_to_the_model() -> None:
    preset = Preset(name="Ink", frame="ink of {prompt}", canvas=Canvas(width=2_048, height=2_048))
    assert in_style(asked(), preset, PAINTER, scale=1).canvas is None


@pytest.mark.parametrize(
    "typed",
    [
        "640x480",
        "640×480",
        " 640 X 480 px",
        "640*480",
        "640 480",
        "640\N{FULLWIDTH LATIN SMALL LETTER X}480",
        "640\N{CYRILLIC SMALL LETTER HA}480",
    ],
)
def test_a_size_is_read_however_it_is_typed(typed: str) -> None:
    assert size_in(typed) == Canvas(width=640, height=480)


@pytest.mark.parametrize("typed", ["", "large", "640", "640x", "x480", "-640x480", "640.5x480", "640x480x3"])
def test_what_is_no_size_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(SizeUnreadableError):
        size_in(typed)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_size_or_a_refusal(typed: str) -> None:
    try:
        canvas = canvas_of(typed, PAINTER, scale=1)
    except (SizeUnreadableError, SizeNotDrawnError, OptionOutOfRangeError):
        return
    assert is_drawn(canvas, PAINTER, scale=1)


def test_a_size_that_the_model_does_not_draw_is_refused_with_what_it_does() -> None:
    with pytest.raises(SizeNotDrawnError) as refused:
        canvas_of("100x100", PAINTER, scale=1)
    assert (refused.value.multiple, refused.value.usual) == (8, Canvas(width=256, height=256))


def test_any_size_may_be_asked_of_a_model_that_has_no_use_for_it() -> None:
    assert canvas_of("100x100", honouring(), scale=1) == Canvas(width=100, height=100)


@pytest.mark.parametrize("model", [one for one in CATALOG if one.picture], ids=lambda model: model.name)
def test_every_size_that_a_model_of_the_catalog_offers_is_one_that_it_draws(model: Model) -> None:
    scale = CATALOG.scale_of(model)
    sizes = sizes_of(model, scale=scale)
    assert sizes
    assert all(is_drawn(canvas, model, scale=scale) for canvas in sizes.values())
    assert Option.CANVAS in model.options or len(sizes) == 1


def test_a_prompt_that_the_model_reads_needs_no_translator() -> None:
    english = replace(PAINTER, languages=("en",))
    assert with_translator(asked(), english, WRITER).translator is None


def test_a_prompt_that_the_model_does_not_read_is_put_into_english_by_one_that_speaks_both() -> None:
    english = replace(PAINTER, languages=("en",))
    assert with_translator(asked(prompt=CHINESE), english, WRITER).translator == WRITER.name


@pytest.mark.parametrize("spoken", [("en",), ("zh",), ("de", "fr")])
def test_where_nobody_speaks_both_the_member_is_told(spoken: tuple[str, ...]) -> None:
    english = replace(PAINTER, languages=("en",))
    with pytest.raises(LanguageNotSpokenError):
        with_translator(asked(prompt=CHINESE), english, replace(WRITER, languages=spoken))


def test_nothing_is_translated_for_a_model_that_does_not_read_english() -> None:
    with pytest.raises(LanguageNotSpokenError):
        with_translator(asked(prompt=CHINESE), replace(PAINTER, languages=("de",)), WRITER)


def test_without_a_writer_the_member_is_told() -> None:
    with pytest.raises(LanguageNotSpokenError):
        with_translator(asked(prompt=CHINESE), replace(PAINTER, languages=("en",)), None)
