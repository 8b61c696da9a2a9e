"""What every engine of words owes besides."""

from typing import Any

import pytest

from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, Failed, Progressed, Succeeded
from inference.contract.mediums import MAX_SEED, Basis
from inference.engines.engine import Engine
from tests.conformance.engine.conftest import WRITERS, Ask, Keep
from tests.conformance.engine.steps import artifact_of, batch_of, ends_of, stepped, success_of, sums_of

pytestmark = pytest.mark.parametrize("engine", WRITERS, indirect=True)

MADE_FROM = [{"basis": Basis.CONTINUATION}, {"basis": Basis.REVISION, "change": "sadder"}]


def test_what_is_made_is_a_text(engine: Engine, ask: Ask) -> None:
    artifact = artifact_of(success_of(engine, ask(1)))

    assert artifact.path.read_bytes().decode("utf-8").strip()
    assert artifact.picture is None


@pytest.mark.parametrize("seed", [7, MAX_SEED - 1])
def test_each_variant_is_what_its_seed_makes_alone(engine: Engine, ask: Ask, seed: int) -> None:
    alone = [ends_of(engine, ask(3 + k, seed=(seed + k) % (MAX_SEED + 1)))[0] for k in range(3)]
    together = next(end for end in ends_of(engine, ask(1, seed=seed, variants=3), ask(2, seed=9)) if end.job_id == 1)
    assert sums_of(together) == [artifact_of(end).sha256 for end in alone]
    assert isinstance(together, Succeeded)
    assert together.making.provenance.seed == seed


def test_variants_cost_and_measure_together(engine: Engine, ask: Ask) -> None:
    one, three = ends_of(engine, ask(1)), ends_of(engine, ask(2, variants=3))

    assert isinstance(one[0], Succeeded)
    assert isinstance(three[0], Succeeded)
    assert three[0].making.size > 2 * one[0].making.size
    assert three[0].making.device_seconds > 0
    assert len({artifact.path for artifact in three[0].making.artifacts}) == 3


def test_the_progress_of_variants_is_one(engine: Engine, ask: Ask) -> None:
    events = [event for step in stepped(engine, batch_of(ask(1, variants=3, words=30))) for event in step]

    told = [event for event in events if isinstance(event, Progressed)]
    first = artifact_of(events[-1]).path.read_text(encoding="utf-8")
    assert [event.fraction for event in told] == sorted(event.fraction for event in told)
    assert all(0 <= event.fraction <= 1 for event in told)
    assert first.startswith(told[0].preview)


def test_a_cancel_lets_all_variants_go_and_changes_no_neighbour(engine: Engine, ask: Ask) -> None:
    run, neighbour = ask(1, words=60, variants=3), ask(2, words=40)
    steps = stepped(engine, batch_of(run, neighbour))
    for _ in range(5):
        next(steps)

    run.is_cancelled = True

    ends = [event for step in steps for event in step if not isinstance(event, Progressed)]
    assert ends[0] == Cancelled(job_id=run.job_id)
    assert not run.spooled
    assert artifact_of(ends[1]).sha256 == artifact_of(ends_of(engine, ask(3, words=40))[0]).sha256


def test_without_temperature_every_seed_makes_the_same(engine: Engine, ask: Ask) -> None:
    first, second = ends_of(engine, ask(1, seed=1, temperature=0.0)), ends_of(engine, ask(2, seed=2, temperature=0.0))

    assert artifact_of(first[0]).sha256 == artifact_of(second[0]).sha256


def test_without_temperature_there_is_one_variant(engine: Engine, ask: Ask) -> None:
    one, three = ends_of(engine, ask(1, temperature=0.0)), ends_of(engine, ask(2, temperature=0.0, variants=3))

    assert sums_of(three[0]) == sums_of(one[0])
    assert isinstance(one[0], Succeeded)
    assert isinstance(three[0], Succeeded)
    assert three[0].making.size == one[0].making.size


@pytest.mark.parametrize("wish", [{"temperature": 2.0}, {"language": "zh"}])
def test_a_wish_that_is_not_the_model_s_own_makes_another_text(engine: Engine, ask: Ask, wish: dict[str, Any]) -> None:
    plain, wished = ends_of(engine, ask(1)), ends_of(engine, ask(2, **wish))

    assert artifact_of(plain[0]).sha256 != artifact_of(wished[0]).sha256


def test_the_temperature_asked_for_is_in_the_recipe(engine: Engine, ask: Ask) -> None:
    end = ends_of(engine, ask(1, temperature=1.5))[0]

    assert isinstance(end, Succeeded)
    assert end.making.provenance.settings["temperature"] == 1.5


@pytest.mark.parametrize("wish", MADE_FROM)
def test_what_it_is_made_from_decides_the_text(engine: Engine, ask: Ask, kept: Keep, wish: dict[str, Any]) -> None:
    rain, rain_again = kept("The rain ran by the river."), kept("The rain ran by the river.")
    door = kept("Nobody walked home.")
    first, second, third = (
        ends_of(engine, ask(number, sources=[source], **wish))[0]
        for number, source in enumerate([rain, rain_again, door])
    )

    assert artifact_of(first).sha256 == artifact_of(second).sha256
    assert artifact_of(first).sha256 != artifact_of(third).sha256


@pytest.mark.parametrize("wish", MADE_FROM)
def test_a_text_made_from_another_does_not_hold_it(engine: Engine, ask: Ask, kept: Keep, wish: dict[str, Any]) -> None:
    source = kept("The zyzzyva sat on the xylophone and counted to a quincunx of moons.")

    end = ends_of(engine, ask(1, sources=[source], words=30, **wish))[0]

    assert isinstance(end, Succeeded)
    text = artifact_of(end).path.read_text(encoding="utf-8")
    assert not any(word in text for word in ("zyzzyva", "xylophone", "quincunx"))
    assert end.making.size <= 1.3 * 30 + 1


def test_earlier_passages_count_too(engine: Engine, ask: Ask, kept: Keep) -> None:
    earlier, last = kept("A cat slept by the old door."), kept("The lamp went out.")
    wish = {"basis": Basis.CONTINUATION}

    short, long = (
        ends_of(engine, ask(1, sources=[last], **wish)),
        ends_of(engine, ask(2, sources=[earlier, last], **wish)),
    )

    assert artifact_of(short[0]).sha256 != artifact_of(long[0]).sha256


@pytest.mark.parametrize("wish", MADE_FROM)
def test_a_source_that_is_gone_fails_its_run_alone(engine: Engine, ask: Ask, kept: Keep, wish: dict[str, Any]) -> None:
    gone = kept("The night was long.")
    gone.path.unlink()

    ends = ends_of(engine, ask(1, sources=[gone], **wish), ask(2, sources=(), **wish), ask(3))

    failed = {event.job_id: event.failure.code for event in ends if isinstance(event, Failed)}
    assert failed == {1: FailureCode.SOURCE_GONE, 2: FailureCode.SOURCE_GONE}
    assert [event.job_id for event in ends if isinstance(event, Succeeded)] == [3]
