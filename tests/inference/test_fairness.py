"""Start-time fair queueing, as pure functions."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from inference.contract.identifiers import ApplicationId, ChannelId, JobId, MemberId, MessageId, ModelName, ServerId
from inference.contract.jobs import Job, Reply
from inference.contract.text import TextRequest
from inference.fairness import next_jobs, tags_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_job(number: int, *, start: float = 0.0, attempts: int = 0, variants: int = 1) -> Job:
    return Job(
        id=JobId(number),
        member=MemberId(1),
        request=TextRequest(prompt="a lighthouse", model=ModelName("fake"), variants=variants),
        reply=Reply(
            application=ApplicationId(1),
            server=ServerId(2),
            channel=ChannelId(3),
            token="t",
            token_expires_at=NOW,
            message=MessageId(4),
        ),
        locale="en-US",
        submitted_at=NOW,
        predicted_seconds=1.0,
        start_tag=start,
        finish_tag=start + 1,
        attempts=attempts,
    )


def test_a_member_who_asks_for_much_waits_behind_one_who_asks_for_little() -> None:
    # Ada asks for ten long scripts at once, then Lin for one short poem.
    finish_of_ada = 0.0
    scripts = []
    for _ in range(10):
        tags = tags_of(cost_seconds=60, virtual_time=0, last_finish_tag=finish_of_ada)
        finish_of_ada = tags.finish
        scripts.append(tags.start)
    poem = tags_of(cost_seconds=5, virtual_time=0, last_finish_tag=0).start
    assert sum(start < poem for start in scripts) == 0
    assert min([*scripts[1:], poem]) == poem


def test_a_member_who_was_away_saved_up_no_turns() -> None:
    returning = tags_of(cost_seconds=1, virtual_time=500, last_finish_tag=20)
    assert returning.start == 500


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 100)), min_size=20, max_size=60),
)
def test_no_member_gets_more_than_one_cost_ahead_of_another_who_waits_too(arrivals: list[tuple[int, float]]) -> None:
    # Everybody asks at the same moment; the actor serves by start tag. While two members both still wait, the device
    # seconds that they got differ by at most the greatest cost of each (the bound of the paper, theorem 1).
    last_finish = dict.fromkeys(range(4), 0.0)
    waiting = []
    for order, (member, cost) in enumerate(arrivals):
        tags = tags_of(cost_seconds=cost, virtual_time=0, last_finish_tag=last_finish[member])
        last_finish[member] = tags.finish
        waiting.append((tags.start, order, member, cost))
    waiting.sort()
    served = dict.fromkeys(range(4), 0.0)
    greatest = {member: max((c for m, c in arrivals if m == member), default=0.0) for member in range(4)}
    for position, (_, _, member, cost) in enumerate(waiting):
        served[member] += cost
        still = {m for _, _, m, _ in waiting[position + 1 :]}
        for one in still:
            for other in still:
                assert abs(served[one] - served[other]) <= greatest[one] + greatest[other] + 1e-6


def test_the_actor_takes_as_many_as_it_can_hold_in_order() -> None:
    waiting = [a_job(n) for n in (3, 4, 5)]
    assert next_jobs(waiting, held=[a_job(1), a_job(2)], capacity=4) == waiting[:2]


def test_a_job_of_many_rows_waits_for_all_of_them_and_is_not_overtaken() -> None:
    waiting = [a_job(3, variants=3), a_job(4)]
    assert next_jobs(waiting, held=[a_job(1, variants=3), a_job(2, variants=3)], capacity=8) == []
    assert next_jobs(waiting, held=[a_job(1, variants=3), a_job(2)], capacity=8) == waiting


def test_a_job_of_more_rows_than_the_actor_takes_runs_alone() -> None:
    assert next_jobs([a_job(1, variants=3), a_job(2)], held=[], capacity=2) == [a_job(1, variants=3)]


def test_a_job_that_the_actor_died_with_waits_until_it_is_alone() -> None:
    suspect = a_job(1, attempts=1)
    assert next_jobs([suspect, a_job(2)], held=[a_job(3)], capacity=8) == []
    assert next_jobs([suspect, a_job(2)], held=[], capacity=8) == [suspect]


def test_nothing_joins_a_job_that_the_actor_died_with() -> None:
    assert next_jobs([a_job(2)], held=[a_job(1, attempts=2)], capacity=8) == []
