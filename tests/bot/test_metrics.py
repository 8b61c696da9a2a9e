"""What is counted, and when a part counts as well: without a bot around it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from bot.monitor import health
from bot.monitor.health import RECOVERY_SECONDS, SILENCE_SECONDS, Condition, Health, Part
from bot.monitor.meters import Meters, Reading
from bot.monitor.traffic import Traffic
from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import JobId
from inference.contract.jobs import Job, JobState
from inference.contract.outage import Cause, Outage
from storage.survey import Backlog, Pile
from tests.storage.works import MODEL, NOON, submission

OF_JOB = {"medium": "text", "model": MODEL}
WELL = Condition(word="well", is_well=True)
ILL = Condition(word="ill", is_well=False)


def job(state: JobState, **changes: object) -> Job:
    asked = submission()
    values = {name: getattr(asked, name) for name in type(asked).__dataclass_fields__}
    return replace(Job(id=JobId(1), **values), state=state, **changes)  # type: ignore[arg-type]  # By name.


def figure(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(name, labels)


def test_a_job_counts_its_wait_once_and_its_run_at_its_end() -> None:
    meters = Meters()
    started, ended = NOON + timedelta(seconds=4), NOON + timedelta(seconds=10)
    meters.job_moved(job(JobState.RUNNING, started_at=started))
    meters.job_moved(job(JobState.QUEUED, started_at=started, attempts=1))
    meters.job_moved(job(JobState.RUNNING, started_at=started, attempts=1))
    meters.job_moved(job(JobState.SUCCEEDED, started_at=started, finished_at=ended, attempts=1))
    assert figure(meters, "atelier_job_wait_seconds_sum", **OF_JOB) == 4
    assert figure(meters, "atelier_job_wait_seconds_count", **OF_JOB) == 1
    assert figure(meters, "atelier_job_run_seconds_sum", **OF_JOB) == 6
    assert figure(meters, "atelier_job_attempts_lost_total", **OF_JOB) == 1
    assert figure(meters, "atelier_jobs_total", outcome="succeeded", failure="", **OF_JOB) == 1


def test_a_failure_is_counted_with_its_reason() -> None:
    meters = Meters()
    failure = Failure(code=FailureCode.OUT_OF_MEMORY)
    meters.job_moved(job(JobState.FAILED, started_at=NOON, finished_at=NOON, failure=failure))
    assert figure(meters, "atelier_jobs_total", outcome="failed", failure="out_of_memory", **OF_JOB) == 1


def test_a_job_that_never_started_has_no_run() -> None:
    meters = Meters()
    meters.job_moved(job(JobState.CANCELLED, finished_at=NOON))
    assert figure(meters, "atelier_jobs_total", outcome="cancelled", failure="", **OF_JOB) == 1
    assert figure(meters, "atelier_job_run_seconds_count", **OF_JOB) is None


def reading(*, backlog: Backlog | None, parts: dict[Part, Condition]) -> Reading:
    return Reading(
        health=Health(parts=parts, gateway_latency_seconds=0.04),
        backlog=backlog,
        rows=3,
        restarts=2,
        resident_bytes={"bot": 100, "actor": 900},
        device_bytes={"free": 5, "total": 8},
    )


def test_what_is_read_is_told_as_it_was_read() -> None:
    meters = Meters()
    pile = Pile(count=7, oldest_at=NOON)
    none = Pile(count=0, oldest_at=None)
    meters.read(reading(backlog=Backlog(queued=pile, running=none, undelivered=none), parts={Part.ACTOR: ILL}))
    assert figure(meters, "atelier_queue_depth", state="queued") == 7
    assert figure(meters, "atelier_queue_depth", state="running") == 0
    assert figure(meters, "atelier_queue_oldest_timestamp_seconds", state="queued") == NOON.timestamp()
    assert figure(meters, "atelier_queue_oldest_timestamp_seconds", state="running") is None
    assert figure(meters, "atelier_up", part="actor") == 0
    assert figure(meters, "atelier_batch_rows") == 3
    assert figure(meters, "atelier_actor_restarts_total") == 2
    assert figure(meters, "atelier_resident_bytes", process="actor") == 900
    assert figure(meters, "atelier_device_memory_bytes", kind="free") == 5
    assert figure(meters, "atelier_gateway_latency_seconds") == 0.04


def test_a_database_that_does_not_answer_leaves_no_stale_figure() -> None:
    meters = Meters()
    pile = Pile(count=7, oldest_at=NOON)
    meters.read(reading(backlog=Backlog(queued=pile, running=pile, undelivered=pile), parts={Part.DATABASE: WELL}))
    meters.read(reading(backlog=None, parts={Part.DATABASE: ILL}))
    assert figure(meters, "atelier_queue_depth", state="queued") is None
    assert figure(meters, "atelier_up", part="database") == 0


def test_two_bots_in_one_process_count_apart() -> None:
    first, second = Meters(), Meters()
    first.edit_held_back()
    assert figure(first, "atelier_edits_held_back_total") == 1
    assert figure(second, "atelier_edits_held_back_total") == 0
    assert b"atelier_edits_held_back_total 1.0" in generate_latest(first.registry)


# Whether a part is well.


@given(st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_an_actor_is_well_while_it_speaks_or_comes_back(absent: float | None, silent: float | None) -> None:
    condition = health.actor(absent_seconds=absent, silent_seconds=silent)
    if absent is None:
        assert condition.is_well == (silent is not None and silent < SILENCE_SECONDS)
    else:
        assert condition.is_well == (absent < RECOVERY_SECONDS)


def test_an_actor_that_cannot_start_is_ill_at_once_and_says_why() -> None:
    outage = Outage(cause=Cause.WRONG_BUILD, reason="torch is built without CUDA")
    condition = health.actor(absent_seconds=0.1, silent_seconds=None, outage=outage)
    assert not condition.is_well
    assert condition.as_json() == {"state": "cannot start", "is_well": False, "reason": "torch is built without CUDA"}


@pytest.mark.parametrize(
    ("is_ready", "is_open", "is_well"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_gateway_is_well_while_it_is_ready_and_open(is_ready: bool, is_open: bool, is_well: bool) -> None:
    assert health.gateway(is_ready=is_ready, is_open=is_open).is_well == is_well


@given(st.dictionaries(st.sampled_from(Part), st.booleans(), min_size=1))
def test_a_bot_is_as_well_as_its_worst_part(parts: dict[Part, bool]) -> None:
    conditions = {part: WELL if is_well else ILL for part, is_well in parts.items()}
    assert Health(parts=conditions, gateway_latency_seconds=None).is_well == all(parts.values())


@pytest.mark.parametrize("seconds", [float("inf"), float("nan")])
def test_a_latency_that_is_not_known_is_none(seconds: float) -> None:
    assert health.latency(seconds) is None


# What passes between the bot and Discord.


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """A server that refuses everything: with a code, without one, and with what is no JSON at all."""
    site = web.Application()
    bodies = {"coded": '{"code": 50013, "message": "Missing Permissions"}', "plain": "<html>", "listed": "[1]"}

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=403, text=bodies[request.match_info["kind"]], content_type="application/json")

    site.router.add_get("/{kind}", refuse)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(("kind", "code"), [("coded", "50013"), ("plain", "0"), ("listed", "0")])
async def test_a_refusal_is_counted_by_status_and_code(elsewhere: str, kind: str, code: str) -> None:
    meters = Meters()
    traffic = Traffic(meters, clock=lambda: 0.0)
    async with (
        aiohttp.ClientSession(trace_configs=[traffic.trace]) as session,
        session.get(f"{elsewhere}/{kind}") as it,
    ):
        await it.read()
    assert figure(meters, "atelier_discord_errors_total", status="403", code=code) == 1


async def test_a_connection_that_breaks_is_counted_too() -> None:
    meters = Meters()
    traffic = Traffic(meters, clock=lambda: 0.0)
    async with aiohttp.ClientSession(trace_configs=[traffic.trace]) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("http://127.0.0.1:1/")
    assert figure(meters, "atelier_discord_errors_total", status="none", code="ClientConnectorError") == 1
