import itertools
import math
import random

from hypothesis import given
from hypothesis import strategies as st

from inference.contract.identifiers import JobId, ModelName
from inference.estimate import Estimates
from inference.forecast import Load, forecast

MODEL = ModelName("fake")
SECONDS = st.floats(min_value=0.01, max_value=1_000)
LOADS = st.lists(st.tuples(SECONDS, st.floats(min_value=0, max_value=100), st.integers(1, 3)), max_size=12)


def loads_of(costs: list[tuple[float, float, int]], *, first: int = 0) -> list[Load]:
    return [
        Load(job=JobId(first + number), seconds=seconds, deviation_seconds=deviation, rows=rows)
        for number, (seconds, deviation, rows) in enumerate(costs)
    ]


@given(running=LOADS, waiting=LOADS, capacity=st.integers(1, 8))
def test_every_job_gets_an_interval(
    running: list[tuple[float, float, int]], waiting: list[tuple[float, float, int]], capacity: int
) -> None:
    on_device, line = loads_of(running), loads_of(waiting, first=100)
    etas = forecast(on_device, line, capacity=capacity)
    assert etas.keys() == {load.job for load in (*on_device, *line)}
    assert all(0 <= earliest <= latest * 1.000001 for earliest, latest in etas.values())


@given(running=LOADS, waiting=LOADS, capacity=st.integers(1, 8))
def test_when_costs_are_certain_the_last_job_ends_with_all_the_work(
    running: list[tuple[float, float, int]], waiting: list[tuple[float, float, int]], capacity: int
) -> None:
    on_device = loads_of([(seconds, 0.0, rows) for seconds, _, rows in running])
    line = loads_of([(seconds, 0.0, rows) for seconds, _, rows in waiting], first=100)
    etas = forecast(on_device, line, capacity=capacity)
    everything = sum(load.seconds for load in (*on_device, *line))
    assert math.isclose(max((latest for _, latest in etas.values()), default=0.0), everything, rel_tol=1e-6)


@given(
    seconds=SECONDS,
    spread=st.floats(min_value=0, max_value=1),
    running=st.integers(0, 8),
    waiting=st.integers(1, 20),
    capacity=st.integers(1, 8),
)
def test_of_equal_jobs_a_later_place_is_never_promised_earlier(
    seconds: float, spread: float, running: int, waiting: int, capacity: int
) -> None:
    equal = (seconds, spread * seconds, 1)
    line = loads_of([equal] * waiting, first=100)
    etas = forecast(loads_of([equal] * min(running, capacity)), line, capacity=capacity)
    ends = [etas[load.job] for load in line]
    assert all(one[1] <= other[1] * 1.000001 for one, other in itertools.pairwise(ends))
    assert all(one[0] <= other[0] * 1.000001 + 1e-9 for one, other in itertools.pairwise(ends))


@given(waiting=LOADS, seconds=SECONDS)
def test_one_more_job_in_front_brings_nobody_nearer(waiting: list[tuple[float, float, int]], seconds: float) -> None:
    line = loads_of([(cost, 0.0, rows) for cost, _, rows in waiting])
    (extra,) = loads_of([(seconds, 0.0, 1)], first=100)
    before = forecast([], line, capacity=1)
    after = forecast([], [extra, *line], capacity=1)
    assert all(after[load.job][0] >= before[load.job][0] * 0.999999 for load in line)


def test_a_job_alone_takes_what_it_costs() -> None:
    (load,) = loads_of([(12.0, 0.0, 1)])
    assert forecast([], [load], capacity=4)[load.job] == (12.0, 12.0)


def test_those_behind_share_the_device_at_the_latest_and_not_at_the_earliest() -> None:
    first, second = loads_of([(10.0, 0.0, 1), (10.0, 0.0, 1)])
    etas = forecast([], [first, second], capacity=2)
    assert etas[first.job] == (10.0, 20.0)
    assert etas[second.job] == (20.0, 20.0)


def test_one_of_more_rows_than_are_free_waits_for_those_before_it() -> None:
    held, behind = loads_of([(10.0, 0.0, 2), (10.0, 0.0, 2)])
    etas = forecast([held], [behind], capacity=3)
    assert etas[held.job] == (10.0, 10.0)
    assert etas[behind.job] == (20.0, 20.0)


def is_within(rng: random.Random, *, scatter: float, capacity: int, jobs: int) -> list[bool]:
    """For each job of a queue of chance, whether its real end lies in the interval that was foreseen.

    Its costs are log-normal about the model's, from which the estimates have seen some as well.
    """
    sigma = math.sqrt(math.log(1 + scatter**2))
    estimates = Estimates()

    def cost(size: int) -> float:
        return size * 0.05 * rng.lognormvariate(-(sigma**2) / 2, sigma)

    for _ in range(30):
        size = rng.randint(20, 500)
        estimates.observe(MODEL, size=size, device_seconds=cost(size))
    sizes = [rng.randint(20, 500) for _ in range(jobs)]
    running = min(capacity, jobs // 2)
    left = [rng.random() if number < running else 1.0 for number in range(jobs)]
    foreseen = [
        Load(
            job=JobId(number),
            seconds=part * estimates.predict_seconds(MODEL, size),
            deviation_seconds=part * estimates.deviation_seconds(MODEL, size),
        )
        for number, (size, part) in enumerate(zip(sizes, left, strict=True))
    ]
    real = [
        Load(job=JobId(number), seconds=part * cost(size), deviation_seconds=0)
        for number, (size, part) in enumerate(zip(sizes, left, strict=True))
    ]
    etas = forecast(foreseen[:running], foreseen[running:], capacity=capacity)
    ends = forecast(real[:running], real[running:], capacity=capacity)  # The late end is how it goes, with these costs.
    return [etas[load.job][0] <= ends[load.job][1] <= etas[load.job][1] for load in real]


def test_four_of_five_jobs_end_within_what_was_foreseen() -> None:
    rng = random.Random(7)
    for scatter in (0.1, 0.3, 0.6):
        for capacity in (1, 4, 8):
            for jobs in (3, 12, 30):
                held = [
                    is_held
                    for _ in range(60)
                    for is_held in is_within(rng, scatter=scatter, capacity=capacity, jobs=jobs)
                ]
                assert sum(held) / len(held) >= 0.8, (scatter, capacity, jobs)
