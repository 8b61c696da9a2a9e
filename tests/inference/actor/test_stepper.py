from collections.abc import Generator, Hashable
from pathlib import Path

import pytest

from inference.actor.stepper import Stepper
from inference.contract.artifacts import Artifact
from inference.contract.errors import FailureCode
from inference.contract.events import ActorEvent, Cancelled, EngineEvent, Failed, Progressed, Started, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from inference.engines.engine import Batch, Steps
from inference.engines.fake.words import FakeWriter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowEngine(FakeWriter):
    """Takes as many seconds a step as its batch key says, of a clock that is told."""

    def __init__(self, clock: Clock, *, room: int = 8) -> None:
        super().__init__()
        self._told = clock
        self._room = room
        self.running: list[Hashable] = []
        self.order: list[Hashable] = []

    def batch_key(self, request: Request) -> Hashable:
        return request.prompt

    def may_begin(self, request: Request) -> bool:
        return len(self.running) < self._room

    def run(self, batch: Batch) -> Steps:
        key = self.batch_key(batch.runs[0].request)
        self.running.append(key)
        for event in super().run(batch):
            if event is None:
                self.order.append(key)
                self._told.now += float(str(key))
            yield event
        self.running.remove(key)


class LyingEngine(FakeWriter):
    """Returns without having ended its runs."""

    def run(self, batch: Batch) -> Generator[EngineEvent | None, None, None]:
        yield None


@pytest.fixture
def heard() -> list[ActorEvent]:
    return []


def stepper_of(engine: FakeWriter, heard: list[ActorEvent], folder: Path, clock: Clock | None = None) -> Stepper:
    return Stepper(engine_for=lambda _: engine, emit=heard.append, spool=folder, clock=clock or Clock())


def asked(prompt: str = "1", words: int = 20, variants: int = 1) -> TextRequest:
    return TextRequest(prompt=prompt, model=ModelName("fake"), words=words, seed=1, variants=variants)


def finish(stepper: Stepper) -> None:
    while not stepper.is_idle:
        stepper.step()


def ended(heard: list[ActorEvent]) -> list[int]:
    return [event.job_id for event in heard if not isinstance(event, Started | Progressed)]


def started(heard: list[ActorEvent]) -> list[int]:
    return [event.job_id for event in heard if isinstance(event, Started)]


def test_batches_get_the_device_by_the_time_that_they_take(heard: list[ActorEvent], tmp_path: Path) -> None:
    clock = Clock()
    engine = SlowEngine(clock)
    stepper = stepper_of(engine, heard, tmp_path, clock)
    stepper.begin(JobId(1), asked("1", words=400))
    stepper.begin(JobId(2), asked("4", words=400))

    for _ in range(100):
        stepper.step()

    assert engine.order.count("1") == pytest.approx(4 * engine.order.count("4"), rel=0.1)


def test_a_batch_of_many_gets_as_many_shares(heard: list[ActorEvent], tmp_path: Path) -> None:
    clock = Clock()
    engine = SlowEngine(clock)
    stepper = stepper_of(engine, heard, tmp_path, clock)
    stepper.begin(JobId(1), asked("1", words=400))
    for number in (2, 3, 4):
        stepper.begin(JobId(number), asked("1.0", words=400))

    for _ in range(100):
        stepper.step()

    assert engine.order.count("1.0") == pytest.approx(3 * engine.order.count("1"), rel=0.1)


def test_a_newcomer_owes_nothing_and_is_owed_nothing(heard: list[ActorEvent], tmp_path: Path) -> None:
    clock = Clock()
    engine = SlowEngine(clock)
    stepper = stepper_of(engine, heard, tmp_path, clock)
    stepper.begin(JobId(1), asked("1", words=400))
    for _ in range(50):
        stepper.step()
    stepper.begin(JobId(2), asked("1.0", words=400))
    engine.order.clear()

    for _ in range(20):
        stepper.step()

    assert engine.order.count("1") == pytest.approx(10, abs=1)


def test_a_job_without_room_waits_and_those_behind_it_too(heard: list[ActorEvent], tmp_path: Path) -> None:
    engine = SlowEngine(Clock(), room=1)
    stepper = stepper_of(engine, heard, tmp_path)
    for number, model in enumerate(["1", "2", "1"], start=1):
        stepper.begin(JobId(number), asked(model))

    finish(stepper)

    assert ended(heard) == [1, 2, 3]
    starts = [heard.index(event) for event in heard if isinstance(event, Started)]
    ends = [heard.index(event) for event in heard if isinstance(event, Succeeded)]
    assert ends[0] < starts[1] < ends[1] < starts[2]


def test_a_job_that_waits_is_cancelled_without_a_start(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(FakeWriter(), heard, tmp_path)
    stepper.begin(JobId(1), asked())

    stepper.cancel(JobId(1))
    finish(stepper)

    assert heard == [Cancelled(job_id=JobId(1))]


def test_a_batch_holds_no_more_than_its_rows(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(FakeWriter(), heard, tmp_path)
    for number in range(FakeWriter.max_rows + 1):
        stepper.begin(JobId(number), asked(words=10 + number))

    stepper.step()
    assert sum(isinstance(event, Started) for event in heard) == FakeWriter.max_rows

    finish(stepper)
    assert len(ended(heard)) == FakeWriter.max_rows + 1


def test_a_job_of_three_rows_waits_for_the_third_and_is_not_overtaken(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(FakeWriter(), heard, tmp_path)
    for number in range(6):  # Two rows are left.
        stepper.begin(JobId(number), asked(words=10 + 10 * number))
    stepper.begin(JobId(6), asked(variants=3))
    stepper.begin(JobId(7), asked())

    stepper.step()
    assert started(heard) == [0, 1, 2, 3, 4, 5]

    finish(stepper)
    assert started(heard)[6:] == [6, 7]
    first_end = next(event for event in heard if isinstance(event, Succeeded))
    assert heard.index(first_end) < heard.index(next(e for e in heard if isinstance(e, Started) and e.job_id == 6))
    assert sorted(ended(heard)) == list(range(8))


def test_a_job_of_three_rows_gets_its_turn_though_others_keep_coming(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(FakeWriter(), heard, tmp_path)
    for number in range(8):
        stepper.begin(JobId(number), asked(words=10 + number))
    stepper.begin(JobId(8), asked(variants=3))

    for number in range(9, 60):
        stepper.begin(JobId(number), asked(words=20))
        stepper.step()

    assert started(heard).index(8) == 8
    assert 8 in ended(heard)


def test_a_job_of_more_rows_than_a_batch_holds_has_one_of_its_own(heard: list[ActorEvent], tmp_path: Path) -> None:
    class NarrowEngine(FakeWriter):
        max_rows = 2

    stepper = stepper_of(NarrowEngine(), heard, tmp_path)
    stepper.begin(JobId(1), asked(variants=3))
    stepper.begin(JobId(2), asked())

    stepper.step()
    assert started(heard) == [1]

    finish(stepper)
    assert ended(heard) == [1, 2]


def test_cancelling_a_job_of_three_rows_makes_room_for_three(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(FakeWriter(), heard, tmp_path)
    for number in (1, 2):
        stepper.begin(JobId(number), asked(words=200, variants=3))
    stepper.begin(JobId(3), asked(variants=3))
    stepper.step()
    assert started(heard) == [1, 2]

    stepper.cancel(JobId(1))
    stepper.step()
    stepper.step()

    assert started(heard) == [1, 2, 3]
    assert ended(heard) == [1]


def test_a_job_of_three_rows_gets_as_many_shares(heard: list[ActorEvent], tmp_path: Path) -> None:
    clock = Clock()
    engine = SlowEngine(clock)
    stepper = stepper_of(engine, heard, tmp_path, clock)
    stepper.begin(JobId(1), asked("1", words=400))
    stepper.begin(JobId(2), asked("1.0", words=400, variants=3))

    for _ in range(100):
        stepper.step()

    assert engine.order.count("1.0") == pytest.approx(3 * engine.order.count("1"), rel=0.1)


def test_a_job_is_lent_the_files_that_it_is_made_from(heard: list[ActorEvent], tmp_path: Path) -> None:
    lent: list[tuple[Artifact, ...]] = []

    class Reading(FakeWriter):
        def run(self, batch: Batch) -> Steps:
            lent.extend(run.sources for run in batch.runs)
            yield from super().run(batch)

    source = Artifact(path=tmp_path / "kept", media_type="text/plain", sha256="0" * 64, size_bytes=1)
    stepper = stepper_of(Reading(), heard, tmp_path)

    stepper.begin(JobId(1), asked(), [source])
    stepper.step()

    assert lent == [(source,)]


def test_runs_that_an_engine_forgets_fail(heard: list[ActorEvent], tmp_path: Path) -> None:
    stepper = stepper_of(LyingEngine(), heard, tmp_path)
    stepper.begin(JobId(1), asked())

    finish(stepper)

    assert [event.failure.code for event in heard if isinstance(event, Failed)] == [FailureCode.ENGINE_BROKE]


def test_nothing_is_left_in_the_spool_of_what_did_not_succeed(heard: list[ActorEvent], tmp_path: Path) -> None:
    class Spilling(FakeWriter):
        def run(self, batch: Batch) -> Steps:
            batch.runs[0].spool("half.txt").write_text("half")
            yield None
            raise RuntimeError

    stepper = stepper_of(Spilling(), heard, tmp_path)
    stepper.begin(JobId(1), asked())

    finish(stepper)

    assert list(tmp_path.iterdir()) == []
