import statistics

from hypothesis import given
from hypothesis import strategies as st

from inference.contract.identifiers import ModelName
from inference.estimate import FIRST_DEVIATION, FIRST_GUESS_SECONDS, Estimates

MODEL = ModelName("fake")


def test_before_the_first_job_the_guess_may_be_off_by_all_of_it() -> None:
    estimates = Estimates()
    assert estimates.predict_seconds(MODEL, 10) == estimates.deviation_seconds(MODEL, 10) == 10 * FIRST_GUESS_SECONDS
    assert not estimates.knows(MODEL)


def test_one_job_is_believed_with_reserve() -> None:
    estimates = Estimates()
    estimates.observe(MODEL, size=10, device_seconds=5.0)
    assert estimates.predict_seconds(MODEL, 20) == 10.0
    assert estimates.deviation_seconds(MODEL, 20) == FIRST_DEVIATION * 10.0


@given(st.floats(min_value=0.001, max_value=1_000))
def test_jobs_that_cost_the_same_leave_no_doubt(seconds: float) -> None:
    estimates = Estimates()
    estimates.warm(MODEL, [(10, seconds)] * 60)
    assert estimates.deviation_seconds(MODEL, 10) < 0.001 * estimates.predict_seconds(MODEL, 10)


@given(st.lists(st.floats(min_value=0.01, max_value=100), min_size=1, max_size=60))
def test_mean_and_deviation_stay_within_what_was_seen(costs: list[float]) -> None:
    estimates = Estimates()
    estimates.warm(MODEL, [(1, cost) for cost in costs])
    assert min(costs) * 0.999 <= estimates.predict_seconds(MODEL, 1) <= max(costs) * 1.001
    assert 0 <= estimates.deviation_seconds(MODEL, 1) <= max(costs) - min(costs) + FIRST_DEVIATION * costs[0]


def test_the_deviation_comes_to_that_of_the_jobs() -> None:
    estimates = Estimates()
    costs = [1.0, 3.0] * 100
    estimates.warm(MODEL, [(1, cost) for cost in costs])
    assert abs(estimates.deviation_seconds(MODEL, 1) - statistics.pstdev(costs)) < 0.3
