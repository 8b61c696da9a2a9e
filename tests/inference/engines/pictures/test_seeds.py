"""What a seed promises of a picture, over sizes, schedulers and neighbours."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.contract.image import Canvas
from inference.contract.mediums import MAX_SEED, Basis
from inference.engines.pictures.engine import PictureEngine
from tests.inference.engines.pictures.conftest import Studio, difference, drawn

# With their ways to take a generator: none at all, noise at each step, noise between few steps.
SCHEDULERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "DDIMScheduler": {},
    "DPMSolverMultistepScheduler": {"algorithm_type": "sde-dpmsolver++"},
    "EulerAncestralDiscreteScheduler": {},
    "EulerDiscreteScheduler": {},
    "LCMScheduler": {},
    "TCDScheduler": {},
    "UniPCMultistepScheduler": {},
}
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers")  # Of numpy, in its schedulers.

SIDES: Final = (64, 80, 96)
PROMPTS: Final = ("a red apple", "a fox", "the sea at night, and nobody there", "雨夜里，一只黑猫")

rows = st.fixed_dictionaries(
    {"seed": st.sampled_from([0, 1, 7, MAX_SEED]), "prompt": st.sampled_from(PROMPTS), "count": st.integers(1, 2)}
)


@pytest.fixture(scope="module")
def engines(studio: Studio) -> dict[str, PictureEngine]:
    return {
        name: studio.engine(scheduler=name, scheduler_options=options, most_pixels=96 * 96)
        for name, options in SCHEDULERS.items()
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scheduler=st.sampled_from(sorted(SCHEDULERS)),
    width=st.sampled_from(SIDES),
    height=st.sampled_from(SIDES),
    has_reference=st.booleans(),
    asked=st.lists(rows, min_size=2, max_size=3),
)
def test_a_picture_is_the_same_alone_and_in_any_company(
    engines: dict[str, PictureEngine],
    studio: Studio,
    scheduler: str,
    width: int,
    height: int,
    has_reference: bool,
    asked: list[dict[str, Any]],
) -> None:
    engine = engines[scheduler]
    wish: dict[str, Any] = {"canvas": Canvas(width=width, height=height), "steps": 2}
    if has_reference:
        wish |= {"basis": Basis.REFERENCE, "source": studio.reference(1)}

    together = drawn(engine, *(studio.ask(**wish | row) for row in asked))

    first, last = asked[0], asked[-1]
    (lonely,) = drawn(engine, studio.ask(**wish | first))
    assert all(difference(*pair) <= 1 for pair in zip(lonely, together[0], strict=True))
    (lonely,) = drawn(engine, studio.ask(**wish | last | {"count": 1}))
    assert difference(lonely[0], together[-1][0]) <= 1
    assert together[0][0].shape == (height, width, 3)
