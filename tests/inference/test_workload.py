from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.catalog.catalog import Catalog
from inference.contract.identifiers import ModelName
from inference.contract.image import MAX_COUNT, MAX_SIDE, MAX_STEPS, MIN_SIDE, MIN_STRENGTH, Canvas, ImageRequest
from inference.contract.mediums import Basis
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from inference.workload import denoising_steps, size_of

CATALOG = Catalog.load()
STARTER, FAKE = ModelName("starter-pictures"), ModelName("fake-pictures")
UPSCALER = CATALOG.get(ModelName("realesr-animevideov3"))

sides = st.integers(MIN_SIDE, MAX_SIDE)
pictures = st.fixed_dictionaries(
    {
        "count": st.integers(1, MAX_COUNT),
        "steps": st.integers(1, MAX_STEPS) | st.none(),
        "canvas": st.builds(Canvas, width=sides, height=sides) | st.none(),
    }
)
references = st.fixed_dictionaries(
    {"basis": st.just(Basis.REFERENCE), "strength": st.floats(MIN_STRENGTH, 1) | st.none()}
)
drawings = st.builds(
    lambda wishes, basis: ImageRequest(prompt="a fox", model=FAKE, **wishes, **basis),
    pictures,
    references | st.just({}),
)
models = st.sampled_from([model for model in CATALOG if model.picture])


def of(request: Request, *, scale: int = 1) -> int:
    return size_of(request, CATALOG.get(request.model), scale=scale)


@pytest.mark.parametrize(("words", "variants", "size"), [(10, 1, 10), (150, 3, 450)])
def test_a_text_is_its_words(words: int, variants: int, size: int) -> None:
    assert of(TextRequest(prompt="a fox", model=ModelName("fake"), words=words, variants=variants)) == size


@pytest.mark.parametrize(
    ("wishes", "size"),
    [
        ({"count": 1, "steps": 1, "canvas": Canvas(width=1000, height=100)}, 100),
        ({"count": 4, "steps": 10, "canvas": Canvas(width=1000, height=100)}, 4_000),
        ({"count": 1, "steps": 10}, 656),  # 256 × 256, the model's own.
        ({"count": 1, "steps": 10, "basis": Basis.REFERENCE, "strength": 0.35}, 197),  # Three steps of the ten.
    ],
)
def test_a_picture_is_the_kilopixels_that_its_steps_denoise(wishes: dict[str, Any], size: int) -> None:
    assert of(ImageRequest(prompt="a fox", model=FAKE, **wishes)) == size


def test_what_an_upscaler_adds_is_not_denoised() -> None:
    request = ImageRequest(prompt="a fox", model=STARTER, count=1, steps=10)

    own = of(request, scale=4)
    asked_for = of(replace(request, canvas=Canvas(width=256, height=256)), scale=4)

    assert own == asked_for == 41  # Ten times 64 × 64.


@given(drawings, models, st.integers(1, 4))
def test_no_picture_is_without_work(request: ImageRequest, model: Any, scale: int) -> None:
    assert size_of(request, model, scale=scale) > 0
    assert denoising_steps(request, model.picture) > 0


@given(drawings, st.data())
def test_more_of_anything_is_never_less_work(request: ImageRequest, data: st.DataObject) -> None:
    count = data.draw(st.integers(request.count, MAX_COUNT))
    steps = request.steps and data.draw(st.integers(request.steps, MAX_STEPS))
    strength = request.strength and data.draw(st.floats(request.strength, 1))
    canvas = request.canvas and Canvas(
        width=data.draw(st.integers(request.canvas.width, MAX_SIDE)),
        height=data.draw(st.integers(request.canvas.height, MAX_SIDE)),
    )

    more = replace(request, count=count, steps=steps, strength=strength, canvas=canvas)

    assert of(more) >= of(request)


@given(drawings)
def test_a_reference_only_ever_saves_work(request: ImageRequest) -> None:
    assert of(request) <= of(replace(request, basis=Basis.NOTHING, strength=None))


@given(st.integers(1, MAX_COUNT))
def test_an_upscale_is_work_whatever_it_asks_for(count: int) -> None:
    request = ImageRequest(prompt="a fox", model=UPSCALER.name, count=count, basis=Basis.UPSCALE)

    assert of(request) == size_of(replace(request, count=1), UPSCALER) > 0


@given(st.integers(1, MAX_COUNT))
def test_an_upscale_takes_one_row_whatever_it_asks_for(count: int) -> None:
    assert ImageRequest(prompt="a fox", model=UPSCALER.name, count=count, basis=Basis.UPSCALE).rows == 1


def test_a_drawing_of_a_model_that_draws_no_longer_is_hardly_any_work() -> None:
    assert size_of(ImageRequest(prompt="a fox", model=UPSCALER.name), UPSCALER) == 1
