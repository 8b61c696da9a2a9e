"""What every `JobStore` does, over every one there is."""

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from inference.contract.errors import (
    ArtifactLostError,
    CreationNotFoundError,
    Failure,
    FailureCode,
    IllegalMoveError,
    JobNotFoundError,
)
from inference.contract.identifiers import CreationId, JobId, MessageId, ModelName
from inference.contract.jobs import NEXT_STATES, Job, JobState, Parent, Relation, Submission
from inference.contract.ports import JobStore
from tests.storage.works import ANNA, BEN, MODEL, after, again, making, spooled, started, submission

NOTE = MessageId(5_000_000_000_000_000_001)
NOWHERE = JobId(404)
BROKEN = Failure(code=FailureCode.ENGINE_BROKE, detail="CUDA error")


async def moved(jobs: JobStore, spool: Path, state: JobState) -> Job:
    """A job that has come to this state by legal moves."""
    match state:
        case JobState.QUEUED:
            return await jobs.add(submission())
        case JobState.RUNNING:
            return await started(jobs)
        case JobState.SUCCEEDED:
            job = await started(jobs)
            return await jobs.succeed(job.id, making(spooled(spool)), at=after(2))
        case JobState.FAILED | JobState.CANCELLED:
            job = await started(jobs)
            return await jobs.move(job.id, state, at=after(2))


async def test_a_submission_comes_back_as_a_queued_job_with_every_field_it_had(jobs: JobStore) -> None:
    given = submission(prompt="灯台 \U0001f4a1 \x00 \ud800 \u200f\u0645\u0631", submitted_at=after(0.123456))

    job = await jobs.add(given)

    assert job.state is JobState.QUEUED
    assert {field.name: getattr(job, field.name) for field in fields(Submission)} == {
        field.name: getattr(given, field.name) for field in fields(Submission)
    }
    assert await jobs.get(job.id) == job


async def test_a_submission_whose_parent_is_gone_is_refused(jobs: JobStore) -> None:
    with pytest.raises(CreationNotFoundError):
        await jobs.add(submission(parents=again(CreationId(404))))


async def test_a_job_remembers_the_creation_that_it_began_from(jobs: JobStore, spool: Path) -> None:
    parent = (await moved(jobs, spool, JobState.SUCCEEDED)).creation
    assert parent is not None

    job = await jobs.add(submission(parents=again(parent)))

    assert (await jobs.get(job.id)).parents == again(parent)


async def made_from(jobs: JobStore, spool: Path, text: str, *parents: tuple[CreationId, Relation]) -> Job:
    """A job that has made this text, begun from these works."""
    begun_from = tuple(Parent(creation=creation, relation=relation) for creation, relation in parents)
    job = await started(jobs, parents=begun_from)
    return await jobs.succeed(job.id, making(spooled(spool, text)), at=after(2))


async def sources_of(jobs: JobStore, job: Job) -> list[str]:
    return [source.path.read_text() for source in await jobs.sources(job.id)]


def work_of(job: Job) -> CreationId:
    assert job.creation is not None
    return job.creation


async def test_a_continuation_has_all_passages_that_it_goes_on_from_oldest_first(jobs: JobStore, spool: Path) -> None:
    first = await made_from(jobs, spool, "first")
    draft = await made_from(jobs, spool, "draft", (work_of(first), Relation.CONTINUATION))
    second = await made_from(jobs, spool, "second", (work_of(draft), Relation.REVISION))
    third = await made_from(jobs, spool, "third", (work_of(second), Relation.CONTINUATION))

    assert await sources_of(jobs, first) == []
    assert await sources_of(jobs, second) == ["draft"]
    assert await sources_of(jobs, third) == ["first", "second"]


async def test_a_continuation_made_again_has_the_sources_of_the_first(jobs: JobStore, spool: Path) -> None:
    first = await made_from(jobs, spool, "first")
    second = await made_from(jobs, spool, "second", (work_of(first), Relation.CONTINUATION))
    other = await made_from(
        jobs, spool, "other", (work_of(second), Relation.AGAIN), (work_of(first), Relation.CONTINUATION)
    )

    assert await sources_of(jobs, other) == ["first"]


async def test_a_remix_has_no_sources_and_an_unknown_job_is_not_found(jobs: JobStore, spool: Path) -> None:
    first = await made_from(jobs, spool, "first")
    assert await sources_of(jobs, await made_from(jobs, spool, "remix", (work_of(first), Relation.REMIX))) == []
    with pytest.raises(JobNotFoundError):
        await jobs.sources(NOWHERE)


async def test_an_unknown_job_is_not_found(jobs: JobStore) -> None:
    with pytest.raises(JobNotFoundError):
        await jobs.get(NOWHERE)
    with pytest.raises(JobNotFoundError):
        await jobs.move(NOWHERE, JobState.RUNNING, at=after(1))
    with pytest.raises(JobNotFoundError):
        await jobs.succeed(NOWHERE, making(), at=after(1))
    assert await jobs.place(NOWHERE) == 0


@pytest.mark.parametrize("state", JobState)
async def test_a_job_moves_only_along_the_table(jobs: JobStore, spool: Path, state: JobState) -> None:
    for target in JobState:
        job = await moved(jobs, spool, state)
        if target in NEXT_STATES[state] and target is not JobState.SUCCEEDED:
            assert (await jobs.move(job.id, target, at=after(3))).state is target
        else:
            with pytest.raises(IllegalMoveError):
                await jobs.move(job.id, target, at=after(3))
            assert await jobs.get(job.id) == job


async def test_a_job_knows_when_it_started_and_ended_and_why(jobs: JobStore) -> None:
    job = await jobs.add(submission())

    running = await jobs.move(job.id, JobState.RUNNING, at=after(1.5))
    failed = await jobs.move(job.id, JobState.FAILED, at=after(2.5), failure=BROKEN)

    assert running == replace(job, state=JobState.RUNNING, started_at=after(1.5))
    assert failed == replace(running, state=JobState.FAILED, finished_at=after(2.5), failure=BROKEN)
    assert await jobs.get(job.id) == failed


async def test_only_a_death_of_the_actor_counts_as_an_attempt(jobs: JobStore) -> None:
    job = await started(jobs)
    await jobs.move(job.id, JobState.QUEUED, at=after(2), is_attempt=True)
    await jobs.move(job.id, JobState.RUNNING, at=after(3))
    await jobs.requeue_running()

    assert (await jobs.get(job.id)).attempts == 1


async def test_of_two_moves_at_once_only_one_wins(jobs: JobStore) -> None:
    for _ in range(5):
        job = await jobs.add(submission())

        outcomes = await asyncio.gather(
            jobs.move(job.id, JobState.RUNNING, at=after(1)),
            jobs.move(job.id, JobState.RUNNING, at=after(2)),
            return_exceptions=True,
        )

        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Job)]
        assert [type(outcome) for outcome in outcomes if outcome is not winner] == [IllegalMoveError]
        assert await jobs.get(job.id) == winner


async def test_of_a_success_and_a_cancel_at_once_only_one_wins(jobs: JobStore, spool: Path) -> None:
    for _ in range(5):
        job = await started(jobs)

        outcomes = await asyncio.gather(
            jobs.succeed(job.id, making(spooled(spool)), at=after(2)),
            jobs.move(job.id, JobState.CANCELLED, at=after(2)),
            return_exceptions=True,
        )

        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Job)]
        assert [type(outcome) for outcome in outcomes if outcome is not winner] == [IllegalMoveError]
        assert (winner.creation is not None) == (winner.state is JobState.SUCCEEDED)
        assert await jobs.get(job.id) == winner


async def test_a_success_ends_the_job_with_a_creation(jobs: JobStore, spool: Path) -> None:
    job = await started(jobs)

    ended = await jobs.succeed(job.id, making(spooled(spool)), at=after(2))

    assert ended.creation is not None
    assert ended == replace(job, state=JobState.SUCCEEDED, finished_at=after(2), creation=ended.creation)
    assert await jobs.get(job.id) == ended


async def test_two_successes_make_one_creation(jobs: JobStore, spool: Path) -> None:
    job = await started(jobs)

    outcomes = await asyncio.gather(
        jobs.succeed(job.id, making(spooled(spool, "one")), at=after(2)),
        jobs.succeed(job.id, making(spooled(spool, "two")), at=after(2)),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IllegalMoveError", "Job"]
    assert len(await jobs.recent_costs(MODEL, limit=10)) == 1


async def test_a_job_that_does_not_run_cannot_succeed(jobs: JobStore, spool: Path) -> None:
    artifact = spooled(spool)
    job = await jobs.add(submission())

    with pytest.raises(IllegalMoveError):
        await jobs.succeed(job.id, making(artifact), at=after(2))

    assert await jobs.get(job.id) == job
    assert artifact.path.exists()


async def test_a_success_whose_file_is_gone_or_changed_leaves_the_job_running(jobs: JobStore, spool: Path) -> None:
    job = await started(jobs)
    changed, gone = spooled(spool, "as it was"), spooled(spool, "gone")
    changed.path.write_text("as it is")
    gone.path.unlink()

    for artifact in (changed, gone):
        with pytest.raises(ArtifactLostError):
            await jobs.succeed(job.id, making(artifact), at=after(2))

    assert await jobs.get(job.id) == job


async def test_waiting_jobs_come_in_order_of_their_start_tags(jobs: JobStore) -> None:
    third = await jobs.add(submission(start_tag=2.0))
    first = await jobs.add(submission(start_tag=1.0, member=BEN))
    second = await jobs.add(submission(start_tag=1.0))
    await started(jobs, start_tag=0.5)

    assert await jobs.waiting(limit=10) == [first, second, third]
    assert await jobs.waiting(limit=2) == [first, second]
    assert await jobs.waiting(limit=2, without={first.id}) == [second, third]


async def test_a_place_counts_the_jobs_that_stand_before(jobs: JobStore) -> None:
    third = await jobs.add(submission(start_tag=2.0))
    first = await jobs.add(submission(start_tag=1.0))
    second = await jobs.add(submission(start_tag=1.0))
    running = await started(jobs, start_tag=0.5)

    assert [await jobs.place(job.id) for job in (first, second, third, running)] == [1, 2, 3, 0]


async def test_what_ran_at_the_crash_waits_again_where_it_stood(jobs: JobStore) -> None:
    behind = await jobs.add(submission(start_tag=3.0))
    second = await started(jobs, start_tag=2.0)
    first = await started(jobs, start_tag=1.0)

    requeued = await jobs.requeue_running()

    assert requeued == [replace(job, state=JobState.QUEUED) for job in (first, second)]
    assert await jobs.waiting(limit=10) == [*requeued, behind]
    assert await jobs.requeue_running() == []


async def test_the_virtual_time_is_the_greatest_start_tag_ever_served(jobs: JobStore) -> None:
    assert await jobs.virtual_time() == 0
    await started(jobs, start_tag=1.25)
    served = await started(jobs, start_tag=7.5)
    await jobs.add(submission(start_tag=9.0))
    await jobs.move(served.id, JobState.QUEUED, at=after(2))

    assert await jobs.virtual_time() == 7.5


async def test_a_members_last_finish_tag_forgets_what_was_cancelled_before_it_started(jobs: JobStore) -> None:
    assert await jobs.last_finish_tag(ANNA) == 0
    await jobs.add(submission(finish_tag=4.0))
    never_served = await jobs.add(submission(finish_tag=8.0))
    await jobs.add(submission(finish_tag=9.0, member=BEN))
    assert await jobs.last_finish_tag(ANNA) == 8.0

    await jobs.move(never_served.id, JobState.CANCELLED, at=after(1))
    assert await jobs.last_finish_tag(ANNA) == 4.0

    served = await started(jobs, finish_tag=6.0)
    await jobs.move(served.id, JobState.CANCELLED, at=after(2))
    assert await jobs.last_finish_tag(ANNA) == 6.0


async def test_recent_costs_are_those_of_the_last_successes_of_one_model_oldest_first(
    jobs: JobStore, spool: Path
) -> None:
    other = ModelName("another")
    for number, model in enumerate([MODEL, MODEL, other, MODEL]):
        job = await started(jobs, model=model)
        made = making(spooled(spool), model=model, size=100 + number, device_seconds=number / 4)
        await jobs.succeed(job.id, made, at=after(10 + number))
    failed = await started(jobs)
    await jobs.move(failed.id, JobState.FAILED, at=after(20), failure=BROKEN)

    assert await jobs.recent_costs(MODEL, limit=2) == [(101, 0.25), (103, 0.75)]
    assert await jobs.recent_costs(other, limit=2) == [(102, 0.5)]
    assert await jobs.recent_costs(ModelName("unused"), limit=2) == []


async def test_ended_jobs_are_undelivered_until_their_note_shows_the_end(jobs: JobStore, spool: Path) -> None:
    succeeded = await moved(jobs, spool, JobState.SUCCEEDED)
    cancelled = await jobs.add(submission())
    cancelled = await jobs.move(cancelled.id, JobState.CANCELLED, at=after(1))
    failed = await started(jobs)
    failed = await jobs.move(failed.id, JobState.FAILED, at=after(3), failure=BROKEN)
    await jobs.add(submission())
    await started(jobs)
    assert await jobs.undelivered() == [cancelled, succeeded, failed]

    await jobs.delivered(succeeded.id, [NOTE], at=after(4))
    await jobs.delivered(cancelled.id, [], at=after(4))

    assert await jobs.undelivered() == [failed]


async def test_a_delivery_told_twice_is_one_delivery(jobs: JobStore, spool: Path) -> None:
    job = await moved(jobs, spool, JobState.SUCCEEDED)

    await jobs.delivered(job.id, [NOTE], at=after(4))
    await jobs.delivered(job.id, [NOTE], at=after(4) + timedelta(seconds=1))

    assert await jobs.get(job.id) == replace(job, delivered_at=after(4))


async def test_what_has_not_ended_cannot_be_delivered(jobs: JobStore) -> None:
    job = await started(jobs)

    with pytest.raises(IllegalMoveError):
        await jobs.delivered(job.id, [NOTE], at=after(4))
    with pytest.raises(JobNotFoundError):
        await jobs.delivered(NOWHERE, [NOTE], at=after(4))
