"""Jobs that are made from earlier works."""

from inference.contract.errors import FailureCode
from inference.contract.events import (
    Cancelled,
    Failed,
)
from inference.contract.jobs import JobState
from tests.inference.bench import LIN, MIRA, Bench


async def test_a_continuation_is_handed_over_with_what_it_goes_on_from(bench: Bench) -> None:
    parent = await bench.finished()
    job = await bench.submit(LIN, goes_on_from=parent)
    await bench.actor.has_begun(2)
    (source,) = bench.actor.sources[job.id]
    assert source.path.read_text() == "a text"


async def test_one_whose_source_is_gone_fails_and_never_reaches_the_actor(bench: Bench) -> None:
    parent = await bench.finished()
    waits = [await bench.submit() for _ in range(2)]
    await bench.actor.has_begun(3)
    job = await bench.submit(LIN, goes_on_from=parent)
    assert parent.creation is not None
    await bench.storage.creations.delete(parent.creation)
    bench.actor.says(Cancelled(job_id=waits[0].id))
    failed = await bench.heard(Failed, job.id)
    assert isinstance(failed, Failed)
    assert failed.failure.code is FailureCode.SOURCE_GONE
    assert job.id not in bench.actor.begun
    assert await bench.state(job.id) is JobState.FAILED
    last = await bench.submit(MIRA)
    assert (await bench.actor.has_begun(4))[3] == last.id  # Its place is free again.
