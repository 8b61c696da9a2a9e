"""What every engine owes the actor, shown of each."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog
from inference.contract.artifacts import Artifact
from inference.contract.events import Cancelled, EngineEvent, Progressed, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.requests import Genre, TextRequest
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Batch, Engine, Run
from inference.engines.fake import FAKE, FakeEngine
from inference.engines.residency import Residency
from inference.engines.text import TextEngine
from tests.inference.engines.tiny import TINY, build_tiny, tiny_catalog

Ask = Callable[..., Run]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder)
    return folder, tiny_catalog(folder)


@pytest.fixture(params=["fake", "text"])
def engine(request: pytest.FixtureRequest, tiny: tuple[Path, Catalog]) -> Engine:
    folder, catalog = tiny
    clock = itertools.count().__next__
    if request.param == "fake":
        return FakeEngine(clock=clock)
    residency = Residency[Checkpoint](budget_gib=1)
    return TextEngine(catalog=catalog, models=folder, residency=residency, device="cpu", dtype="float32", clock=clock)


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Ask:
    model = FAKE if engine.name == "fake" else TINY

    def make(number: int, *, prompt: str = "the river", words: int = 20, seed: int | None = 1) -> Run:
        request = TextRequest(prompt=prompt, model=ModelName(model), words=words, genre=Genre.STORY, seed=seed)
        return Run(job_id=JobId(number), request=request, folder=tmp_path, prefix=str(number))

    return make


def stepped(engine: Engine, batch: Batch) -> Iterator[list[EngineEvent]]:
    """The events of each step."""
    happened: list[EngineEvent] = []
    for event in engine.run(batch):
        if event is None:
            yield happened
            happened = []
            continue
        happened.append(event)
        if not isinstance(event, Progressed):
            batch.end(event.job_id)
    yield happened


def ends_of(engine: Engine, *runs: Run) -> list[EngineEvent]:
    batch = Batch()
    for run in runs:
        batch.admit(run)
    return [event for step in stepped(engine, batch) for event in step if not isinstance(event, Progressed)]


def artifact_of(event: EngineEvent) -> Artifact:
    assert isinstance(event, Succeeded)
    return event.making.artifacts[0]


def test_every_run_ends_once(engine: Engine, ask: Ask) -> None:
    ends = ends_of(engine, *(ask(number, words=10 + number) for number in range(engine.max_rows)))

    assert sorted(event.job_id for event in ends) == list(range(engine.max_rows))
    assert all(isinstance(event, Succeeded) for event in ends)


def test_an_artifact_is_a_text_that_its_sum_describes(engine: Engine, ask: Ask) -> None:
    import hashlib

    artifact = artifact_of(ends_of(engine, ask(1))[0])

    content = artifact.path.read_bytes()
    assert content.decode("utf-8").strip()
    assert hashlib.sha256(content).hexdigest() == artifact.sha256
    assert len(content) == artifact.size_bytes
    assert artifact.media_type == "text/plain"


def test_the_same_request_and_seed_make_the_same_text(engine: Engine, ask: Ask) -> None:
    first, second = ends_of(engine, ask(1)), ends_of(engine, ask(2))

    assert artifact_of(first[0]).sha256 == artifact_of(second[0]).sha256


@pytest.mark.parametrize("other", [{"seed": 2}, {"prompt": "a lamp"}])
def test_another_seed_or_prompt_makes_another_text(engine: Engine, ask: Ask, other: dict[str, object]) -> None:
    first, second = ends_of(engine, ask(1)), ends_of(engine, ask(2, **other))

    assert artifact_of(first[0]).sha256 != artifact_of(second[0]).sha256


def test_a_seed_that_the_engine_drew_is_reported(engine: Engine, ask: Ask) -> None:
    end = ends_of(engine, ask(1, seed=None))[0]

    assert isinstance(end, Succeeded)
    again = ends_of(engine, ask(2, seed=end.making.provenance.seed))[0]
    assert artifact_of(again).sha256 == artifact_of(end).sha256


def test_a_cancel_takes_effect_at_the_next_step(engine: Engine, ask: Ask) -> None:
    batch, run, neighbour = Batch(), ask(1, words=60), ask(2, words=60)
    batch.admit(run)
    batch.admit(neighbour)
    steps = stepped(engine, batch)
    for _ in range(5):
        next(steps)

    run.is_cancelled = True

    assert Cancelled(job_id=run.job_id) in next(steps)
    assert [type(event) for step in steps for event in step if not isinstance(event, Progressed)] == [Succeeded]
    assert not run.spooled


def test_a_run_cancelled_before_its_first_step_only_ends(engine: Engine, ask: Ask) -> None:
    run = ask(1)
    run.is_cancelled = True

    assert ends_of(engine, run) == [Cancelled(job_id=run.job_id)]


def test_a_run_may_join_a_batch_that_runs(engine: Engine, ask: Ask) -> None:
    batch, ended = Batch(), []
    batch.admit(ask(1, words=40))
    for number, step in enumerate(stepped(engine, batch)):
        if number == 3:
            batch.admit(ask(2, words=10))
        ended += [event for event in step if not isinstance(event, Progressed)]

    assert {event.job_id for event in ended} == {1, 2}
    alone = artifact_of(ends_of(engine, ask(3, words=10))[0])
    joined = next(artifact_of(event) for event in ended if event.job_id == 2)
    assert joined.sha256 == alone.sha256


def test_each_step_tells_of_a_run_once_at_most(engine: Engine, ask: Ask) -> None:
    batch = Batch()
    for number in range(3):
        batch.admit(ask(number))

    for step in stepped(engine, batch):
        progressed = [event.job_id for event in step if isinstance(event, Progressed)]
        assert len(progressed) == len(set(progressed))


def test_the_device_is_shared_out_in_full(engine: Engine, ask: Ask) -> None:
    ends = ends_of(engine, ask(1), ask(2))

    shares = [event.making.device_seconds for event in ends if isinstance(event, Succeeded)]
    assert all(share > 0 for share in shares)


def test_a_full_disk_fails_the_run(engine: Engine, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from inference.contract.errors import FailureCode
    from inference.contract.events import Failed

    def refuse(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)

    ends = ends_of(engine, ask(1))

    assert [event.failure.code for event in ends if isinstance(event, Failed)] == [FailureCode.DISK_FULL]
