"""What styles a server has, how they are found, and what they make of a request."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StyleEmptyError, StylesFullError, StyleTakenError, StyleUnknownError
from bot.i18n import catalogues, texts_for
from bot.styles import MOST_STYLES, Styles, frame_of, shipped
from bot.ui.names import STYLE_NAMES, style_name
from inference.contract.errors import AvoidTooLongError, FrameBrokenError, OptionOutOfRangeError
from inference.contract.identifiers import ModelName, ServerId
from inference.contract.image import MAX_FRAME_CHARACTERS, MAX_STEPS, Canvas, ImageRequest, Option, Style
from inference.safety.words import folded
from storage import Storage
from storage.domain import Preset
from tests.storage.databases import sqlite_address
from tests.storage.works import ANNA, NOON, SERVER

__all__ = ["sqlite_address"]

ELSEWHERE = ServerId(2_000_000_000_000_000_002)
EN, ZH = texts_for("en-US"), texts_for("zh-CN")
SKETCH = Preset(name="Sketch", frame="a pencil sketch of {prompt}", avoid="colour", steps=4, guidance=1.5)
REQUEST = ImageRequest(prompt="an owl", model=ModelName("fake-pictures"))


@pytest.fixture
async def storage(sqlite_address: str, tmp_path: Path) -> AsyncIterator[Storage]:
    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        yield storage


@pytest.fixture
async def styles(storage: Storage) -> Styles:
    styles = Styles(storage.styles, clock=lambda: NOON)
    await styles.load()
    return styles


async def again(storage: Storage) -> Styles:
    """As the next run of the bot has them."""
    styles = Styles(storage.styles, clock=lambda: NOON)
    await styles.load()
    return styles


def test_every_style_of_ours_fits_a_request_and_has_a_name_to_translate() -> None:
    assert len(shipped()) >= 16
    assert shipped().keys() == STYLE_NAMES.keys()
    for key, preset in shipped().items():
        assert STYLE_NAMES[key].message == preset.name
        styled = Styles.applied(REQUEST, preset)
        assert styled.style is not None
        assert "an owl" in styled.style.framed(styled.prompt)


@pytest.mark.parametrize(
    ("words", "frame"),
    [
        ("a sketch of {prompt}", "a sketch of {prompt}"),
        ("pencil, paper", "{prompt}, pencil, paper"),
        (" , pencil ", "{prompt}, pencil"),
        ("", "{prompt}"),
        ("  ", "{prompt}"),
    ],
)
def test_words_without_a_place_for_the_prompt_follow_it(words: str, frame: str) -> None:
    assert frame_of(words) == frame


@given(st.text(max_size=200))
def test_any_words_make_a_frame_unless_they_name_the_place_twice(words: str) -> None:
    if words.count("{prompt}") <= 1:
        assert "an owl" in Style(name="any", frame=frame_of(words)).framed("an owl")


def test_a_style_sets_what_the_member_did_not() -> None:
    preset = replace(SKETCH, canvas=Canvas(width=512, height=768))
    styled = Styles.applied(replace(REQUEST, steps=30), preset)
    assert styled.style == Style(name="Sketch", frame="a pencil sketch of {prompt}", avoid="colour")
    assert (styled.steps, styled.guidance, styled.canvas) == (30, 1.5, Canvas(width=512, height=768))
    assert styled.avoid is None  # It joins the member's own only when the picture is made.


def test_a_style_does_not_bring_back_what_the_model_has_no_use_for() -> None:
    styled = Styles.applied(replace(REQUEST, unused=(Option.STEPS,)), SKETCH)
    assert (styled.steps, styled.guidance) == (None, 1.5)


async def test_a_style_is_found_however_it_is_written_and_in_each_of_our_languages(styles: Styles) -> None:
    ours = shipped()["watercolour"]
    for name in ("Watercolour", " WATERCOLOUR ", "\uff57atercolour", style_name("Watercolour", ZH)):
        assert styles.preset(SERVER, name) == ours
    with pytest.raises(StyleUnknownError):
        styles.preset(SERVER, "no such thing")


async def test_what_is_added_is_offered_first_and_in_that_server_alone(styles: Styles, storage: Storage) -> None:
    await styles.add(SERVER, SKETCH, by=ANNA)
    for known in (styles, await again(storage)):
        assert known.preset(SERVER, "sketch") == SKETCH
        assert known.completed(SERVER, "", EN)[0].value == "Sketch"
        assert [choice.value for choice in known.completed(SERVER, "sket", EN)] == ["Sketch"]
        assert known.completed(ELSEWHERE, "sket", EN) == []
    with pytest.raises(StyleTakenError):
        await styles.add(SERVER, replace(SKETCH, name="SKETCH"), by=ANNA)
    with pytest.raises(StyleTakenError):
        await styles.add(SERVER, replace(SKETCH, name="watercolour"), by=ANNA)


async def test_one_of_ours_changed_is_the_servers_own_until_it_is_removed(styles: Styles, storage: Storage) -> None:
    was, now = await styles.change(SERVER, "Comic", lambda preset: replace(preset, steps=9), by=ANNA)
    assert (was, now) == (shipped()["comic"], replace(was, steps=9))
    assert (await again(storage)).preset(SERVER, "Comic") == now
    assert styles.is_own(SERVER, now)
    removed, back = await styles.remove(SERVER, "Comic", by=ANNA)
    assert (removed, back) == (now, was)
    assert styles.preset(SERVER, "Comic") == was


async def test_one_of_ours_removed_is_hidden_until_it_is_added_by_its_bare_name(
    styles: Styles, storage: Storage
) -> None:
    ours = shipped()["comic"]
    assert await styles.remove(SERVER, "Comic", by=ANNA) == (ours, None)
    for known in (styles, await again(storage)):
        assert ours not in known.offered(SERVER).values()
        assert [preset.name for preset in known.hidden(SERVER)] == ["Comic"]
        with pytest.raises(StyleUnknownError):
            known.preset(SERVER, "Comic")
        assert known.preset(ELSEWHERE, "Comic") == ours
    assert await styles.add(SERVER, Preset(name="comic", frame="{prompt}"), by=ANNA) == ours
    assert styles.preset(SERVER, "Comic") == ours
    assert await storage.styles.all() == {}


async def test_another_name_leaves_nothing_under_the_old_one(styles: Styles) -> None:
    await styles.add(SERVER, SKETCH, by=ANNA)
    await styles.change(SERVER, "sketch", lambda preset: replace(preset, name="Pencil"), by=ANNA)
    assert styles.preset(SERVER, "pencil").frame == SKETCH.frame
    with pytest.raises(StyleUnknownError):
        styles.preset(SERVER, "sketch")
    with pytest.raises(StyleTakenError):
        await styles.change(SERVER, "pencil", lambda preset: replace(preset, name="Anime"), by=ANNA)
    await styles.change(SERVER, "Anime", lambda preset: replace(preset, name="Manga"), by=ANNA)
    with pytest.raises(StyleUnknownError):
        styles.preset(SERVER, "Anime")


@pytest.mark.parametrize(
    ("preset", "error"),
    [
        (Preset(name="nothing", frame="{prompt}"), StyleEmptyError),
        (Preset(name="twice", frame="{prompt} and {prompt}"), FrameBrokenError),
        (Preset(name="long", frame="{prompt}" + "x" * MAX_FRAME_CHARACTERS), FrameBrokenError),
        (Preset(name="steep", frame="{prompt}", steps=MAX_STEPS + 1), OptionOutOfRangeError),
        (Preset(name="wordy", frame="{prompt}", avoid="x" * 501), AvoidTooLongError),
    ],
)
async def test_a_style_that_no_request_can_have_is_refused(
    styles: Styles, storage: Storage, preset: Preset, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await styles.add(SERVER, preset, by=ANNA)
    assert await storage.styles.all() == {}


async def test_a_server_has_a_bound_of_styles_and_makes_room_by_removing(styles: Styles) -> None:
    for number in range(MOST_STYLES):
        await styles.add(SERVER, replace(SKETCH, name=f"Sketch {number}"), by=ANNA)
    with pytest.raises(StylesFullError):
        await styles.add(SERVER, SKETCH, by=ANNA)
    with pytest.raises(StylesFullError):
        await styles.change(SERVER, "Comic", lambda preset: replace(preset, steps=9), by=ANNA)
    await styles.change(SERVER, "Sketch 7", lambda preset: replace(preset, steps=9), by=ANNA)
    await styles.remove(SERVER, "Comic", by=ANNA)  # To hide one of ours needs no room.
    await styles.remove(SERVER, "Sketch 7", by=ANNA)
    await styles.add(SERVER, SKETCH, by=ANNA)
    assert len(styles.completed(SERVER, "sketch", EN)) == 25  # Discord's bound.


@pytest.mark.parametrize("language", catalogues.languages())
def test_no_two_of_our_styles_are_called_the_same(language: str) -> None:
    t = texts_for(language.replace("_", "-"))
    called = {folded(style_name(preset.name, t)): key for key, preset in shipped().items()}
    assert len(called) == len(shipped())
    assert all(shipped().get(name, shipped()[key]) == shipped()[key] for name, key in called.items())
