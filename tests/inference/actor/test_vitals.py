import random
from dataclasses import replace

import pytest

from inference.actor.backoff import Backoff
from inference.actor.vitals import Ailment, Patience, Vitals
from inference.actor.wire import Heartbeat
from inference.contract.identifiers import JobId, ModelName

PATIENCE = Patience(handshake_seconds=60, silence_seconds=10, deadline_seconds=30, load_seconds=300)
BEAT = Heartbeat(monotonic_ns=0, resident_bytes=0, loaded=(), loading=None)
LOADING = replace(BEAT, loading=ModelName("big"))


@pytest.fixture
def vitals() -> Vitals:
    vitals = Vitals(spawned_at=0)
    vitals.greeted(10)
    return vitals


def test_a_process_that_does_not_greet_is_given_up() -> None:
    vitals = Vitals(spawned_at=0)

    assert vitals.ailment(60, PATIENCE) is None
    assert vitals.ailment(61, PATIENCE) is Ailment.NO_HANDSHAKE


def test_a_process_that_falls_silent_is_given_up(vitals: Vitals) -> None:
    vitals.beaten(BEAT, 15)

    assert vitals.ailment(25, PATIENCE) is None
    assert vitals.ailment(26, PATIENCE) is Ailment.NO_HEARTBEAT


def test_a_job_without_a_sign_is_overdue_though_the_heart_beats(vitals: Vitals) -> None:
    vitals.job_heard_at = {JobId(1): 10, JobId(2): 40}
    vitals.beaten(BEAT, 40)

    assert vitals.ailment(40, PATIENCE) is None
    assert vitals.ailment(41, PATIENCE) is Ailment.JOB_OVERDUE


def test_a_job_is_not_overdue_for_a_model_that_loads(vitals: Vitals) -> None:
    vitals.job_heard_at = {JobId(1): 10}
    vitals.beaten(LOADING, 12)
    vitals.beaten(LOADING, 60)
    assert vitals.ailment(60, PATIENCE) is None

    vitals.beaten(BEAT, 65)

    assert vitals.ailment(65, PATIENCE) is None
    assert vitals.job_heard_at == {JobId(1): 65}


def test_a_model_that_loads_for_ever_is_given_up(vitals: Vitals) -> None:
    vitals.beaten(LOADING, 12)
    vitals.beaten(LOADING, 320)

    assert vitals.ailment(320, PATIENCE) is Ailment.LOAD_OVERDUE


def test_a_pause_of_the_parent_is_not_held_against_the_process(vitals: Vitals) -> None:
    vitals.job_heard_at = {JobId(1): 10}

    vitals.forgive(500)

    assert vitals.ailment(505, PATIENCE) is None


def test_the_delay_grows_to_its_bound() -> None:
    backoff = Backoff(first_seconds=1, factor=2, longest_seconds=30, jitter=0)

    delays = [backoff.delay_seconds(failures, random.Random(0)) for failures in (1, 2, 3, 4, 5, 6, 10_000)]

    assert delays == [1, 2, 4, 8, 16, 30, 30]


def test_jitter_only_shortens_the_delay() -> None:
    backoff = Backoff(first_seconds=8, jitter=0.25)

    delays = {backoff.delay_seconds(1, random.Random(seed)) for seed in range(50)}

    assert len(delays) > 40
    assert 6 <= min(delays) <= max(delays) <= 8


def test_a_healthy_life_starts_the_count_anew() -> None:
    backoff = Backoff(healthy_seconds=100)

    assert backoff.failures_after(5, lived_seconds=99) == 6
    assert backoff.failures_after(5, lived_seconds=100) == 1
