"""What every engine owes the actor, shown of each."""

import errno
import hashlib
from pathlib import Path

import pytest

from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, Failed, Progressed, Succeeded
from inference.contract.image import ImageRequest
from inference.engines.engine import Engine
from tests.conformance.engine.conftest import DRAWERS, WRITERS, Ask
from tests.conformance.engine.steps import artifact_of, batch_of, ends_of, stepped, success_of

CHOOSES = pytest.mark.parametrize("engine", [*WRITERS, *DRAWERS], indirect=True)  # What it makes is a matter of chance.


def test_every_run_ends_once(engine: Engine, ask: Ask) -> None:
    ends = ends_of(engine, *(ask(number) for number in range(engine.max_rows)))

    assert sorted(event.job_id for event in ends) == list(range(engine.max_rows))
    assert all(isinstance(event, Succeeded) for event in ends)


def test_an_artifact_is_what_its_sum_describes(engine: Engine, ask: Ask) -> None:
    run = ask(1)
    artifact = artifact_of(success_of(engine, run))

    content = artifact.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == artifact.sha256
    assert len(content) == artifact.size_bytes
    assert artifact.media_type == ("image/png" if isinstance(run.request, ImageRequest) else "text/plain")


def test_the_same_request_and_seed_make_the_same(engine: Engine, ask: Ask) -> None:
    first, second = ends_of(engine, ask(1)), ends_of(engine, ask(2))

    assert artifact_of(first[0]).sha256 == artifact_of(second[0]).sha256


@CHOOSES
@pytest.mark.parametrize("other", [{"seed": 2}, {"prompt": "a lamp"}])
def test_another_seed_or_prompt_makes_another(engine: Engine, ask: Ask, other: dict[str, object]) -> None:
    first, second = ends_of(engine, ask(1)), ends_of(engine, ask(2, **other))

    assert artifact_of(first[0]).sha256 != artifact_of(second[0]).sha256


@CHOOSES
def test_a_seed_that_the_engine_drew_is_reported(engine: Engine, ask: Ask) -> None:
    end = success_of(engine, ask(1, seed=None))

    again = success_of(engine, ask(2, seed=end.making.provenance.seed))
    assert artifact_of(again).sha256 == artifact_of(end).sha256


def test_a_cancel_takes_effect_at_the_next_step(engine: Engine, ask: Ask) -> None:
    run, neighbour = ask(1, is_long=True), ask(2)
    steps = stepped(engine, batch_of(run, neighbour))
    for _ in range(5):
        next(steps)

    run.is_cancelled = True

    assert Cancelled(job_id=run.job_id) in next(steps)
    assert not any(isinstance(event, Failed | Cancelled) for step in steps for event in step)
    assert not run.spooled


def test_a_run_cancelled_before_its_first_step_only_ends(engine: Engine, ask: Ask) -> None:
    run = ask(1)
    run.is_cancelled = True

    assert ends_of(engine, run) == [Cancelled(job_id=run.job_id)]


def test_a_run_may_join_a_batch_that_runs(engine: Engine, ask: Ask) -> None:
    batch, ended = batch_of(ask(1, is_long=True)), []
    for number, step in enumerate(stepped(engine, batch)):
        if number == 3:
            batch.admit(ask(2))
        ended += [event for event in step if not isinstance(event, Progressed)]

    assert {event.job_id for event in ended} == {1, 2}
    alone = artifact_of(success_of(engine, ask(3)))
    joined = next(artifact_of(event) for event in ended if event.job_id == 2)
    assert joined.sha256 == alone.sha256


def test_each_step_tells_of_a_run_once_at_most(engine: Engine, ask: Ask) -> None:
    for step in stepped(engine, batch_of(*(ask(number) for number in range(3)))):
        progressed = [event.job_id for event in step if isinstance(event, Progressed)]
        assert len(progressed) == len(set(progressed))


def test_a_run_only_ever_gets_further(engine: Engine, ask: Ask) -> None:
    steps = stepped(engine, batch_of(ask(1, is_long=True)))
    fractions = [event.fraction for step in steps for event in step if isinstance(event, Progressed)]

    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1


def test_the_device_is_shared_out_in_full(engine: Engine, ask: Ask) -> None:
    ends = ends_of(engine, ask(1), ask(2))

    shares = [event.making.device_seconds for event in ends if isinstance(event, Succeeded)]
    assert all(share > 0 for share in shares)


def test_a_full_disk_fails_the_run(engine: Engine, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)

    ends = ends_of(engine, ask(1))

    assert [event.failure.code for event in ends if isinstance(event, Failed)] == [FailureCode.DISK_FULL]
