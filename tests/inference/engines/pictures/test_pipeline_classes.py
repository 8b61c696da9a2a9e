"""The pipelines that the catalog may name, each tried with a tiny model of random weights."""

from collections.abc import Callable
from typing import Any

import pytest

from inference.catalog.classes import PIPELINES, REFERENCE_PIPELINES
from inference.contract.events import Cancelled, Progressed, Succeeded
from inference.contract.mediums import Basis
from inference.engines.pictures.engine import PictureEngine
from tests.inference.engines.pictures.conftest import Pixels, Studio, batch_of, difference, drawn, pictures_of, steps_of
from tests.inference.engines.pictures.tiny import REFERENCE_OF

Alone = Callable[..., Pixels]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers")  # Of numpy, in its schedulers.

SAME = 1  # Of 255.
OTHER = 4
READS_AVOID = PIPELINES - {"FluxPipeline", "Flux2KleinPipeline", "LatentConsistencyModelPipeline", "SanaSprintPipeline"}

every_class = pytest.mark.parametrize("pipeline", sorted(PIPELINES))
every_class_with_reference = pytest.mark.parametrize(
    "pipeline", sorted(name for name in PIPELINES if REFERENCE_OF[name])
)


@pytest.fixture(scope="module")
def engines(studio: Studio) -> dict[str, PictureEngine]:
    return {pipeline: studio.engine(pipeline) for pipeline in PIPELINES}


@pytest.fixture(scope="module")
def alone(engines: dict[str, PictureEngine], studio: Studio) -> Alone:
    """The picture that a request makes when nobody else is there, drawn once."""
    pictures: dict[str, Pixels] = {}

    def draw(pipeline: str, **wishes: Any) -> Pixels:
        key = f"{pipeline} {wishes}"
        if key not in pictures:
            pictures[key] = drawn(engines[pipeline], studio.ask(**wishes))[0][0]
        return pictures[key]

    return draw


def test_every_class_that_begins_from_a_picture_is_tried() -> None:
    assert set(REFERENCE_OF) == PIPELINES
    assert set(REFERENCE_OF.values()) - {""} == REFERENCE_PIPELINES


@every_class
def test_pictures_are_the_same_alone_and_in_company(
    engines: dict[str, PictureEngine], alone: Alone, studio: Studio, pipeline: str
) -> None:
    far: dict[str, Any] = {"prompt": "on a blue sea, far away, at night"}
    first, second, other = alone(pipeline), alone(pipeline, seed=2), alone(pipeline, **far)

    (one, two), (three,) = drawn(engines[pipeline], studio.ask(count=2), studio.ask(**far))

    assert difference(first, one) <= SAME
    assert difference(second, two) <= SAME  # The second of two takes the seed that follows.
    assert difference(other, three) <= SAME
    assert min(difference(first, second), difference(first, other)) > OTHER


@every_class_with_reference
def test_a_reference_leads_each_picture_that_begins_from_it(
    engines: dict[str, PictureEngine], alone: Alone, studio: Studio, pipeline: str
) -> None:
    one, other = studio.reference(1), studio.reference(2)
    wish: dict[str, Any] = {"basis": Basis.REFERENCE, "strength": 0.5}
    lonely = [alone(pipeline, source=source, **wish) for source in (one, other)]

    (first, _), (last,) = drawn(
        engines[pipeline], studio.ask(source=one, count=2, **wish), studio.ask(source=other, **wish)
    )

    assert difference(lonely[0], first) <= SAME
    assert difference(lonely[1], last) <= SAME
    assert difference(*lonely) > SAME
    assert difference(lonely[0], alone(pipeline)) > OTHER


@every_class
def test_a_cancelled_run_leaves_its_neighbour_as_it_is(
    engines: dict[str, PictureEngine], alone: Alone, studio: Studio, pipeline: str
) -> None:
    unwanted, wanted = studio.ask(seed=5), studio.ask()
    batch = batch_of(unwanted, wanted)
    steps = engines[pipeline].run(batch)
    while next(steps) is not None:
        pass

    unwanted.is_cancelled = True
    ends = [event for event in steps if event is not None and not isinstance(event, Progressed)]

    assert ends[0] == Cancelled(job_id=unwanted.job_id)
    assert difference(pictures_of(ends[1])[0], alone(pipeline)) <= SAME
    assert not unwanted.spooled


@every_class
def test_a_run_tells_of_itself_with_a_sketch(engines: dict[str, PictureEngine], studio: Studio, pipeline: str) -> None:
    run = studio.ask()

    told = [event for step in steps_of(engines[pipeline], batch_of(run)) for event in step]

    assert any(event.sketch for event in told if isinstance(event, Progressed))
    assert isinstance(told[-1], Succeeded)


@pytest.mark.parametrize("pipeline", sorted(READS_AVOID))
def test_what_is_to_be_avoided_makes_a_difference(alone: Alone, pipeline: str) -> None:
    assert difference(alone(pipeline), alone(pipeline, avoid="stones and clouds")) > SAME
