"""What every engine owes the actor, shown of each."""

import errno
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from inference.catalog.catalog import Catalog
from inference.contract.artifacts import Artifact
from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.requests import MAX_SEED, Basis, Genre, TextRequest
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Batch, Engine, Run
from inference.engines.fake import FAKE, FakeEngine
from inference.engines.llama import LlamaEngine
from inference.engines.residency import Residency
from inference.engines.text import TextEngine
from tests.inference.engines.tiny import TINY, build_tiny, tiny_catalog
from tests.inference.engines.tiny_gguf import TINY_GGUF, build_tiny_gguf, tiny_gguf_catalog

Ask = Callable[..., Run]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder)
    return folder, tiny_catalog(folder)


@pytest.fixture(scope="module")
def tiny_gguf(tiny: tuple[Path, Catalog], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    pytest.importorskip("xllamacpp", reason="the extra llama is not installed")
    folder = tmp_path_factory.mktemp("tiny-gguf")
    build_tiny_gguf(tiny[0], folder)
    return folder, tiny_gguf_catalog(folder)


@pytest.fixture(params=["fake", "text", "llama"])
def engine(request: pytest.FixtureRequest, tiny: tuple[Path, Catalog]) -> Engine:
    clock = itertools.count().__next__
    if request.param == "fake":
        return FakeEngine(clock=clock)
    residency = Residency[Checkpoint](budget_gib=1)
    if request.param == "llama":
        folder, catalog = request.getfixturevalue("tiny_gguf")
        return LlamaEngine(catalog=catalog, models=folder, residency=residency, clock=clock)
    folder, catalog = tiny
    return TextEngine(catalog=catalog, models=folder, residency=residency, device="cpu", dtype="float32", clock=clock)


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Ask:
    model = {"fake": FAKE, "llama": TINY_GGUF}.get(engine.name, TINY)

    def make(number: int, *, sources: Sequence[Artifact] = (), **wishes: Any) -> Run:
        usual: dict[str, Any] = {"prompt": "the river", "words": 20, "genre": Genre.STORY, "seed": 1}
        request = TextRequest(model=ModelName(model), **{**usual, **wishes})
        return Run(job_id=JobId(number), request=request, sources=tuple(sources), folder=tmp_path, prefix=str(number))

    return make


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[str], Artifact]:
    """A text as the media store keeps it."""

    def keep(text: str) -> Artifact:
        content = text.encode("utf-8")
        sha256 = hashlib.sha256(content).hexdigest()
        path = tmp_path / f"kept-{sha256}"
        path.write_bytes(content)
        return Artifact(path=path, media_type="text/plain", sha256=sha256, size_bytes=len(content))

    return keep


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


def sums_of(event: EngineEvent) -> list[str]:
    assert isinstance(event, Succeeded)
    return [artifact.sha256 for artifact in event.making.artifacts]


def test_every_run_ends_once(engine: Engine, ask: Ask) -> None:
    ends = ends_of(engine, *(ask(number, words=10 + number) for number in range(engine.max_rows)))

    assert sorted(event.job_id for event in ends) == list(range(engine.max_rows))
    assert all(isinstance(event, Succeeded) for event in ends)


def test_an_artifact_is_a_text_that_its_sum_describes(engine: Engine, ask: Ask) -> None:
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
    def refuse(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)

    ends = ends_of(engine, ask(1))

    assert [event.failure.code for event in ends if isinstance(event, Failed)] == [FailureCode.DISK_FULL]


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
    batch = Batch()
    batch.admit(ask(1, variants=3, words=30))
    events = [event for step in stepped(engine, batch) for event in step]

    told = [event for event in events if isinstance(event, Progressed)]
    first = artifact_of(events[-1]).path.read_text(encoding="utf-8")
    assert [event.fraction for event in told] == sorted(event.fraction for event in told)
    assert all(0 <= event.fraction <= 1 for event in told)
    assert first.startswith(told[0].preview)


def test_a_cancel_lets_all_variants_go_and_changes_no_neighbour(engine: Engine, ask: Ask) -> None:
    batch, run, neighbour = Batch(), ask(1, words=60, variants=3), ask(2, words=40)
    batch.admit(run)
    batch.admit(neighbour)
    steps = stepped(engine, batch)
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


MADE_FROM = [{"basis": Basis.CONTINUATION}, {"basis": Basis.REVISION, "change": "sadder"}]


@pytest.mark.parametrize("wish", MADE_FROM)
def test_what_it_is_made_from_decides_the_text(
    engine: Engine, ask: Ask, kept: Callable[[str], Artifact], wish: dict[str, Any]
) -> None:
    rain, rain_again = kept("The rain ran by the river."), kept("The rain ran by the river.")
    door = kept("Nobody walked home.")
    first, second, third = (
        ends_of(engine, ask(number, sources=[source], **wish))[0]
        for number, source in enumerate([rain, rain_again, door])
    )

    assert artifact_of(first).sha256 == artifact_of(second).sha256
    assert artifact_of(first).sha256 != artifact_of(third).sha256


@pytest.mark.parametrize("wish", MADE_FROM)
def test_a_text_made_from_another_does_not_hold_it(
    engine: Engine, ask: Ask, kept: Callable[[str], Artifact], wish: dict[str, Any]
) -> None:
    source = kept("The zyzzyva sat on the xylophone and counted to a quincunx of moons.")

    end = ends_of(engine, ask(1, sources=[source], words=30, **wish))[0]

    assert isinstance(end, Succeeded)
    text = artifact_of(end).path.read_text(encoding="utf-8")
    assert not any(word in text for word in ("zyzzyva", "xylophone", "quincunx"))
    assert end.making.size <= 1.3 * 30 + 1


def test_earlier_passages_count_too(engine: Engine, ask: Ask, kept: Callable[[str], Artifact]) -> None:
    earlier, last = kept("A cat slept by the old door."), kept("The lamp went out.")
    wish = {"basis": Basis.CONTINUATION}

    short, long = (
        ends_of(engine, ask(1, sources=[last], **wish)),
        ends_of(engine, ask(2, sources=[earlier, last], **wish)),
    )

    assert artifact_of(short[0]).sha256 != artifact_of(long[0]).sha256


@pytest.mark.parametrize("wish", MADE_FROM)
def test_a_source_that_is_gone_fails_its_run_alone(
    engine: Engine, ask: Ask, kept: Callable[[str], Artifact], wish: dict[str, Any]
) -> None:
    gone = kept("The night was long.")
    gone.path.unlink()

    ends = ends_of(engine, ask(1, sources=[gone], **wish), ask(2, **wish), ask(3))

    failed = {event.job_id: event.failure.code for event in ends if isinstance(event, Failed)}
    assert failed == {1: FailureCode.SOURCE_GONE, 2: FailureCode.SOURCE_GONE}
    assert [event.job_id for event in ends if isinstance(event, Succeeded)] == [3]
