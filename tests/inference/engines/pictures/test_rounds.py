"""How the runs of a batch share the calls of a pipeline."""

from typing import Any

import pytest

from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed, Succeeded
from inference.contract.image import Canvas, Style
from inference.contract.mediums import Basis
from inference.engines.pictures.engine import PictureEngine
from tests.inference.engines.pictures.conftest import (
    Studio,
    batch_of,
    difference,
    drawn,
    ends_of,
    pictures_of,
    steps_of,
)


@pytest.fixture(scope="module")
def engine(studio: Studio) -> PictureEngine:
    return studio.engine()


def ends_in(steps: list[list[EngineEvent]]) -> list[tuple[int, int]]:
    """The job of each end, and the step that it came with."""
    return [(event.job_id, n) for n, step in enumerate(steps) for event in step if not isinstance(event, Progressed)]


def test_each_denoising_step_is_a_step_and_so_is_the_decoding(engine: PictureEngine, studio: Studio) -> None:
    assert len(steps_of(engine, batch_of(studio.ask(steps=5)))) == 5 + 1


def test_compatible_runs_that_arrive_together_are_one_call(engine: PictureEngine, studio: Studio) -> None:
    runs = [studio.ask(steps=4), studio.ask(steps=4, prompt="the sea", seed=8, count=3)]

    assert len(steps_of(engine, batch_of(*runs))) == 4 + 1


@pytest.mark.parametrize(
    "wish", [{"steps": 3}, {"guidance": 5.0}, {"avoid": "fog"}, {"canvas": Canvas(width=96, height=64)}]
)
def test_runs_of_other_plans_take_turns(engine: PictureEngine, studio: Studio, wish: dict[str, Any]) -> None:
    one, other = studio.ask(steps=4), studio.ask(**{"steps": 4} | wish)

    steps = steps_of(engine, batch_of(one, other))

    assert {job for job, _ in ends_in(steps)} == {one.job_id, other.job_id}
    assert len(steps) > 4 + 3


def test_a_newcomer_is_drawn_in_turn_with_those_that_are_there(engine: PictureEngine, studio: Studio) -> None:
    long, short = studio.ask(steps=12), studio.ask(steps=2, seed=3)
    batch = batch_of(long)
    happened: list[EngineEvent] = []
    for number, event in enumerate(engine.run(batch)):
        if number == 2:
            batch.admit(short)
        if event is not None and not isinstance(event, Progressed):
            batch.end(event.job_id)
            happened.append(event)

    assert [event.job_id for event in happened] == [short.job_id, long.job_id]
    (lonely,) = drawn(engine, studio.ask(steps=2, seed=3))
    assert difference(pictures_of(happened[0])[0], lonely[0]) <= 1


def test_newcomers_of_the_same_plan_wait_for_its_end_and_share_a_call(engine: PictureEngine, studio: Studio) -> None:
    first, *later = (studio.ask(steps=4, seed=seed) for seed in range(4))
    batch, ended, steps = batch_of(first), {}, 0
    for event in engine.run(batch):
        if steps == 1 and len(batch.runs) == 1:
            for run in later:
                batch.admit(run)
            later[-1].is_cancelled = True
        if event is None:
            steps += 1
        elif not isinstance(event, Progressed):
            batch.end(event.job_id)
            ended[event.job_id] = type(event), steps

    assert [ended[run.job_id][0] for run in (first, *later)] == [Succeeded, Succeeded, Succeeded, Cancelled]
    assert ended[first.job_id][1] < ended[later[0].job_id][1] == ended[later[1].job_id][1]
    assert steps == 2 * (4 + 1) - 1  # With the last, the batch ends.


def test_a_round_that_nobody_wants_any_longer_stops_at_once(engine: PictureEngine, studio: Studio) -> None:
    runs = [studio.ask(steps=50), studio.ask(steps=50)]
    steps = engine.run(batch_of(*runs))
    while next(steps) is not None:
        pass

    for run in runs:
        run.is_cancelled = True

    assert [event for event in steps if event is not None] == [Cancelled(job_id=run.job_id) for run in runs]


def test_a_reference_that_is_gone_fails_its_run_alone(engine: PictureEngine, studio: Studio) -> None:
    gone = studio.reference(77)
    gone.path.unlink()

    first, second = ends_of(engine, studio.ask(basis=Basis.REFERENCE, source=gone), studio.ask())

    assert isinstance(first, Failed)
    assert first.failure.code is FailureCode.SOURCE_GONE
    assert isinstance(second, Succeeded)


def test_the_recipe_tells_all_that_it_takes(engine: PictureEngine, studio: Studio) -> None:
    style = Style(name="ink", frame="ink drawing of {prompt}", avoid="colour")
    run = studio.ask(
        style=style,
        avoid="fog",
        count=2,
        seed=41,
        basis=Basis.REFERENCE,
        strength=0.5,
        steps=4,
        guidance=2.5,
        source=studio.reference(1, 120, 60),
        prompt="an apple " * 40,
    )

    (end,) = ends_of(engine, run)

    assert isinstance(end, Succeeded)
    recipe = end.making.provenance
    assert (recipe.seed, recipe.device, recipe.dtype, recipe.engine) == (41, "cpu", "float32", "diffusers")
    assert recipe.settings == {
        "pipeline": "StableDiffusionPipeline",
        "scheduler": "DDIMScheduler",
        "fit": "whole",
        "steps": 4,
        "guidance": 2.5,
        "width": 96,
        "height": 48,
        "seeds": "41 42",
        "strength": 0.5,
        "style": "ink",
        "avoid": "fog, colour",
        "words_unread": 77,
    }
    assert {"torch", "diffusers", "transformers"} <= set(recipe.versions)


def test_a_style_frames_the_prompt(engine: PictureEngine, studio: Studio) -> None:
    style = Style(name="ink", frame="ink drawing of {prompt}")

    framed, written = drawn(engine, studio.ask(style=style), studio.ask(prompt="ink drawing of a red apple"))

    assert difference(framed[0], written[0]) <= 1


def test_a_seed_that_was_drawn_makes_the_picture_again(engine: PictureEngine, studio: Studio) -> None:
    (end,) = ends_of(engine, studio.ask(seed=None))
    assert isinstance(end, Succeeded)

    (again,) = drawn(engine, studio.ask(seed=end.making.provenance.seed))

    assert difference(pictures_of(end)[0], again[0]) == 0
