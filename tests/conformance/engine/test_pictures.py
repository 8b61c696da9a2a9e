"""What every engine of pictures owes besides."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from inference.contract.artifacts import Artifact
from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed, Succeeded
from inference.contract.image import Canvas, Guard, Picture, Showing, Style
from inference.contract.mediums import MAX_SEED, Basis
from inference.engines.engine import Engine
from tests.conformance.engine.conftest import DRAWERS, UPSCALERS, Ask, Keep, Scoring
from tests.conformance.engine.steps import batch_of, ends_of, progress_of, stepped, success_of, sums_of

ALL = pytest.mark.parametrize("engine", sorted({*DRAWERS, *UPSCALERS}), indirect=True)
DRAWING = pytest.mark.parametrize("engine", DRAWERS, indirect=True)
UPSCALING = pytest.mark.parametrize("engine", UPSCALERS, indirect=True)


def picture_of(artifact: Artifact) -> Picture:
    assert artifact.picture is not None
    return artifact.picture


def pixels_of(artifact: Artifact) -> npt.NDArray[np.int64]:
    with Image.open(artifact.path) as opened:
        return np.asarray(opened).astype(np.int64)


def artifacts_of(event: EngineEvent) -> tuple[Artifact, ...]:
    assert isinstance(event, Succeeded)
    return event.making.artifacts


def looks_like(one: Artifact, other: Artifact) -> bool:
    """As far as a seed promises: rows that share a batch may be rounded otherwise."""
    return int(np.abs(pixels_of(one) - pixels_of(other)).max()) <= 1


@ALL
def test_a_picture_is_a_png_of_which_its_facts_are_true(engine: Engine, ask: Ask) -> None:
    for artifact in artifacts_of(success_of(engine, ask(1))):
        picture = picture_of(artifact)
        with Image.open(artifact.path) as opened:
            opened.load()
            assert (opened.format, opened.mode) == ("PNG", "RGB")
            assert opened.size == (picture.width, picture.height)
            assert not opened.info
        assert int(picture.fingerprint, 16) >= 0
        assert picture.unsafe == 0.01


@DRAWING
@pytest.mark.parametrize("count", [1, 2, 4])
def test_there_are_as_many_pictures_as_were_asked_for(engine: Engine, ask: Ask, count: int) -> None:
    artifacts = artifacts_of(success_of(engine, ask(1, count=count)))

    assert len({artifact.path for artifact in artifacts}) == count
    assert len({artifact.sha256 for artifact in artifacts}) == count


@DRAWING
@pytest.mark.parametrize("seed", [7, MAX_SEED - 1])
def test_each_picture_is_what_its_seed_makes_alone(engine: Engine, ask: Ask, seed: int) -> None:
    seeds = [(seed + number) % (MAX_SEED + 1) for number in range(3)]
    alone = [artifacts_of(success_of(engine, ask(3 + n, seed=one)))[0] for n, one in enumerate(seeds)]

    end = next(end for end in ends_of(engine, ask(1, seed=seed, count=3), ask(2, seed=9)) if end.job_id == 1)

    assert isinstance(end, Succeeded)
    assert all(map(looks_like, end.making.artifacts, alone))
    assert end.making.provenance.seed == seed
    assert end.making.provenance.settings["seeds"] == " ".join(map(str, seeds))


@DRAWING
def test_more_pictures_are_more_work(engine: Engine, ask: Ask) -> None:
    one, four = success_of(engine, ask(1)).making, success_of(engine, ask(2, count=4)).making
    steady = success_of(engine, ask(3, steps=8)).making

    assert (four.size, steady.size) == pytest.approx((4 * one.size, 2 * one.size), abs=4)
    assert four.device_seconds > 0


@DRAWING
def test_the_canvas_asked_for_is_the_picture_s(engine: Engine, ask: Ask) -> None:
    (artifact,) = artifacts_of(success_of(engine, ask(1, canvas=Canvas(width=96, height=64))))

    assert (picture_of(artifact).width, picture_of(artifact).height) == (96, 64)


@DRAWING
def test_it_takes_as_many_steps_as_were_asked_for(engine: Engine, ask: Ask) -> None:
    few, many = progress_of(engine, ask(1, steps=3)), progress_of(engine, ask(2, steps=9))

    assert len(many) - len(few) == 6
    assert success_of(engine, ask(3, steps=9)).making.provenance.settings["steps"] == 9


WISHES: list[dict[str, Any]] = [
    {"avoid": "rain"},
    {"guidance": 7.5},
    {"steps": 6},
    {"style": Style(name="ink", frame="{prompt}, in ink")},
    {"style": Style(name="plain", frame="{prompt}", avoid="text")},
]


@DRAWING
@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_makes_another_picture(engine: Engine, ask: Ask, wish: dict[str, Any]) -> None:
    plain, wished = success_of(engine, ask(1)), success_of(engine, ask(2, **wish))

    assert sums_of(plain) != sums_of(wished)


@DRAWING
def test_a_reference_decides_the_picture(engine: Engine, ask: Ask, kept: Keep) -> None:
    wish = {"basis": Basis.REFERENCE, "strength": 0.5}
    first, again, other = (
        success_of(engine, ask(number, sources=[kept(colour=colour)], **wish))
        for number, colour in enumerate(["teal", "teal", "gold"])
    )

    assert sums_of(first) == sums_of(again)
    assert sums_of(first) != sums_of(other)


@DRAWING
def test_strength_is_how_far_from_its_reference(engine: Engine, ask: Ask, kept: Keep) -> None:
    source = kept()
    near, far = (
        success_of(engine, ask(number, sources=[source], basis=Basis.REFERENCE, strength=strength, steps=10)).making
        for number, strength in enumerate([0.2, 0.9])
    )

    assert near.artifacts[0].sha256 != far.artifacts[0].sha256
    assert near.size < far.size
    assert (near.provenance.settings["strength"], far.provenance.settings["strength"]) == (0.2, 0.9)


@UPSCALING
def test_an_upscale_is_one_picture_of_more_pixels(engine: Engine, ask: Ask, kept: Keep) -> None:
    source = kept(width=40, height=30)
    (artifact,) = artifacts_of(success_of(engine, ask(1, basis=Basis.UPSCALE, sources=[source])))

    picture = picture_of(artifact)
    assert picture.width * 30 == picture.height * 40
    assert picture.width > 40
    # It still is what it was.
    assert np.abs(pixels_of(artifact).mean((0, 1)) - pixels_of(source).mean((0, 1))).max() < 40


@UPSCALING
def test_an_upscale_stays_within_what_a_picture_may_measure(engine: Engine, ask: Ask, kept: Keep) -> None:
    source = kept(width=1536, height=12)
    (artifact,) = artifacts_of(success_of(engine, ask(1, basis=Basis.UPSCALE, sources=[source])))

    assert (picture_of(artifact).width, picture_of(artifact).height) == (2048, 16)


@ALL
def test_a_source_that_is_gone_or_broken_fails_its_run_alone(engine: Engine, ask: Ask, kept: Keep) -> None:
    wish = {"basis": Basis.REFERENCE if engine.name in DRAWERS else Basis.UPSCALE}
    gone, broken, whole = kept(), kept("no picture"), kept()
    gone.path.unlink()
    runs = [ask(number, sources=sources, **wish) for number, sources in enumerate([[gone], [broken], (), [whole]])]

    ends = ends_of(engine, *runs)

    failed = {event.job_id: event.failure.code for event in ends if isinstance(event, Failed)}
    gone_code = FailureCode.SOURCE_GONE
    assert failed == {0: gone_code, 1: FailureCode.ENGINE_BROKE, 2: gone_code}
    assert [event.job_id for event in ends if isinstance(event, Succeeded)] == [3]


@ALL
@pytest.mark.parametrize(
    ("guard", "showing"), [(Guard.HOLD, Showing.HELD), (Guard.BLUR, Showing.SPOILER), (Guard.PASS, Showing.OPEN)]
)
def test_the_guard_decides_how_an_unsafe_picture_is_shown(
    engine: Engine, ask: Ask, outputs: Scoring, guard: Guard, showing: Showing
) -> None:
    outputs.score = 0.99
    artifacts = artifacts_of(success_of(engine, ask(1, guard=guard, prompt="an unsafe thing")))

    assert {picture_of(artifact).showing for artifact in artifacts} == {showing}
    assert {picture_of(artifact).unsafe for artifact in artifacts} == {0.99}


@DRAWING
def test_on_the_way_there_are_sketches(engine: Engine, ask: Ask) -> None:
    sketches = []
    for step in stepped(engine, batch_of(ask(1, is_long=True, count=2))):
        for event in step:
            if isinstance(event, Progressed) and event.sketch:
                with Image.open(event.sketch) as opened:
                    sketches.append(opened.size)

    assert sketches
    assert all(max(size) <= 512 for size in sketches)


@DRAWING
def test_nothing_unsafe_is_sketched(engine: Engine, ask: Ask, outputs: Scoring) -> None:
    outputs.score = 0.99
    told = progress_of(engine, ask(1, is_long=True, guard=Guard.BLUR, prompt="an unsafe thing"))

    assert told
    assert not any(event.sketch for event in told)


@DRAWING
def test_a_cancel_lets_all_pictures_go_and_changes_no_neighbour(engine: Engine, ask: Ask) -> None:
    run, neighbour = ask(1, is_long=True, count=3), ask(2, is_long=True)
    steps = stepped(engine, batch_of(run, neighbour))
    for _ in range(5):
        next(steps)

    run.is_cancelled = True

    ends = [event for step in steps for event in step if not isinstance(event, Progressed)]
    assert ends[0] == Cancelled(job_id=run.job_id)
    assert not run.spooled
    assert looks_like(artifacts_of(ends[1])[0], artifacts_of(success_of(engine, ask(3, is_long=True)))[0])
