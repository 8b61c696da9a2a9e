from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.catalog.model import Model
from inference.contract.image import MAX_SIDE, MIN_SIDE, MIN_STRENGTH, Canvas, ImageRequest, Option
from inference.contract.mediums import Basis
from inference.engines.pictures.plan import Plan, plan_of
from tests.inference.engines.pictures.conftest import Studio
from tests.inference.engines.pictures.tiny import TINY

sides = st.integers(MIN_SIDE, MAX_SIDE)


@pytest.fixture(scope="module")
def model(studio: Studio) -> Model:
    return studio.model(multiple_of=8, least_pixels=4_096, most_pixels=16_384)


def plan(model: Model, *, scale: int = 1, source: tuple[int, int] | None = None, **wishes: Any) -> Plan:
    usual: dict[str, Any] = {"prompt": "a fox", "model": TINY}
    return plan_of(ImageRequest(**usual | wishes), model, scale=scale, source=source, sha256="ab")


def test_what_is_not_asked_for_is_the_model_s_own(model: Model) -> None:
    found = plan(model)

    assert (found.width, found.height, found.steps, found.guidance) == (64, 64, 3, 3.0)
    assert (found.strength, found.has_avoid, found.reference) == (None, False, "")


def test_a_canvas_is_what_the_member_gets_after_the_upscaler(model: Model) -> None:
    found = plan(model, scale=4, canvas=Canvas(width=384, height=256))

    assert (found.width, found.height) == (96, 64)


def test_without_a_canvas_the_picture_has_the_shape_of_its_reference(model: Model) -> None:
    found = plan(model, basis=Basis.REFERENCE, source=(1_536, 768))

    assert (found.width, found.height) == (88, 48)


def test_a_model_of_one_size_keeps_to_it(studio: Studio) -> None:
    model = replace(studio.model(), options=frozenset(Option) - {Option.CANVAS})

    found = plan(model, basis=Basis.REFERENCE, source=(1_536, 768))

    assert (found.width, found.height) == (64, 64)


@given(width=sides, height=sides, scale=st.sampled_from([1, 2, 4]))
def test_every_canvas_becomes_one_that_the_model_draws(model: Model, width: int, height: int, scale: int) -> None:
    found = plan(model, scale=scale, canvas=Canvas(width=width, height=height))

    assert found.width % 8 == found.height % 8 == 0
    assert 4_096 <= found.pixels <= 16_384


@given(steps=st.integers(1, 100), strength=st.floats(MIN_STRENGTH, 0.999))
def test_a_reference_counts_and_leaves_something_to_do(model: Model, steps: int, strength: float) -> None:
    found = plan(model, basis=Basis.REFERENCE, source=(64, 64), steps=steps, strength=strength)

    assert found.strength is not None
    # The two ways in which pipelines reckon what they leave out.
    begun = min(int(found.steps * found.strength), found.steps)
    left_out = int(max(found.steps - found.steps * found.strength, 0))
    assert begun >= 1
    assert found.steps - begun >= 1
    assert 1 <= left_out < found.steps


def test_a_strength_of_one_is_led_by_nothing(model: Model) -> None:
    found = plan(model, basis=Basis.REFERENCE, source=(64, 64), strength=1.0, steps=4)

    assert (found.steps, found.strength) == (4, 1.0)


def test_rows_that_look_at_one_picture_share_a_call_with_no_others(studio: Studio) -> None:
    found = plan(studio.model("Flux2KleinPipeline"), basis=Basis.REFERENCE, source=(64, 64))

    assert found.reference == "ab"
