"""An engine stepped as the actor steps it, and what came of its runs."""

from collections.abc import Iterator

from inference.contract.artifacts import Artifact
from inference.contract.events import EngineEvent, Progressed, Succeeded
from inference.engines.engine import Batch, Engine, Run


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


def batch_of(*runs: Run) -> Batch:
    batch = Batch()
    for run in runs:
        batch.admit(run)
    return batch


def ends_of(engine: Engine, *runs: Run) -> list[EngineEvent]:
    steps = stepped(engine, batch_of(*runs))
    return [event for step in steps for event in step if not isinstance(event, Progressed)]


def progress_of(engine: Engine, run: Run) -> list[Progressed]:
    return [event for step in stepped(engine, batch_of(run)) for event in step if isinstance(event, Progressed)]


def success_of(engine: Engine, run: Run) -> Succeeded:
    (end,) = ends_of(engine, run)
    assert isinstance(end, Succeeded)
    return end


def artifact_of(event: EngineEvent) -> Artifact:
    assert isinstance(event, Succeeded)
    return event.making.artifacts[0]


def sums_of(event: EngineEvent) -> list[str]:
    assert isinstance(event, Succeeded)
    return [artifact.sha256 for artifact in event.making.artifacts]
