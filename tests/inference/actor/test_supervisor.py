import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from inference.actor.backoff import Backoff
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.actor.vitals import Patience
from inference.actor.wire import PROTOCOL
from inference.contract.errors import FailureCode
from inference.contract.events import Cancelled, Failed, Lost, Progressed, Started, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.outage import ActorDownError
from inference.contract.text import TextRequest
from tests.inference.actor.conftest import Start, asked, ends_of, next_of

without_card = pytest.mark.skipif(torch.cuda.is_available(), reason="torch can use the card of this machine")

ONE, TWO = JobId(1), JobId(2)
LONG = 0.01  # A pace in seconds at which a text of 2,000 words outlasts any test here.


async def test_a_job_is_started_told_of_and_made(start: Start) -> None:
    async with start() as actor:
        before = time.monotonic_ns()
        await actor.begin(ONE, asked(words=12))

        started = await next_of(actor, Started)
        preview = await next_of(actor, Progressed)
        succeeded = await next_of(actor, Succeeded)

    assert before < started.monotonic_ns < time.monotonic_ns()
    assert preview.preview
    artifact = succeeded.making.artifacts[0]
    assert len(artifact.path.read_text().split()) == 12
    assert succeeded.making.provenance.seed == 1


async def test_the_start_does_not_wait_for_the_handshake(start: Start) -> None:
    async with start() as actor:
        was_ready = actor.is_ready
        await actor.ready()

        assert not was_ready
        assert actor.is_ready
        assert actor.hello is not None
        assert actor.hello.pid == actor.pid


async def test_a_job_begun_before_the_handshake_is_not_forgotten(start: Start) -> None:
    async with start() as actor:
        await actor.begin(ONE, asked())

        assert isinstance((await ends_of(actor, 1))[ONE], Succeeded)


async def test_the_process_shows_that_it_lives(start: Start) -> None:
    async with start(pace_seconds=LONG) as actor:
        await actor.begin(ONE, asked(words=2000))
        while actor.last_heartbeat is None:
            await next_of(actor, Progressed)
        await actor.cancel(ONE)

    assert actor.last_heartbeat.resident_bytes > 2**20
    assert actor.last_heartbeat.loading is None


async def test_two_jobs_share_a_batch(start: Start) -> None:
    async with start(pace_seconds=0.02) as actor:
        await actor.ready()
        began = time.monotonic()
        for job_id in (ONE, TWO):
            await actor.begin(job_id, asked(words=30))
        ends = await ends_of(actor, 1, 2)
        took = time.monotonic() - began

    seconds = sum(end.making.device_seconds for end in ends.values() if isinstance(end, Succeeded))
    assert 0.6 <= seconds <= took  # One batch of 30 steps, not two after one another.


async def test_a_job_joins_a_batch_that_runs(start: Start) -> None:
    async with start(pace_seconds=LONG) as actor:
        await actor.begin(ONE, asked(words=2000))
        await next_of(actor, Progressed, 1)

        await actor.begin(TWO, asked(words=10))

        assert isinstance(await next_of(actor, Succeeded), Succeeded)
        await actor.cancel(ONE)
        assert isinstance((await ends_of(actor, 1))[ONE], Cancelled)


async def test_a_cancel_takes_effect_within_a_step(start: Start) -> None:
    async with start(pace_seconds=0.2) as actor:
        await actor.begin(ONE, asked(words=500))
        await next_of(actor, Progressed)
        asked_at = time.monotonic()

        await actor.cancel(ONE)

        assert isinstance((await ends_of(actor, 1))[ONE], Cancelled)
        assert time.monotonic() - asked_at < 2.0


async def test_cancelling_an_unknown_job_does_nothing(start: Start) -> None:
    async with start() as actor:
        await actor.ready()
        await actor.cancel(JobId(77))
        await actor.begin(ONE, asked())

        assert isinstance((await ends_of(actor, 1))[ONE], Succeeded)


async def test_a_job_cancelled_before_there_is_a_process_never_reaches_it(start: Start) -> None:
    async with start() as actor:
        beginning = asyncio.ensure_future(actor.begin(ONE, asked()))
        await asyncio.sleep(0)

        await actor.cancel(ONE)
        await beginning

        assert await actor.next_event() == Cancelled(job_id=ONE)


async def test_a_killed_process_loses_its_jobs_and_works_again(start: Start) -> None:
    async with start(pace_seconds=LONG) as actor:
        await actor.begin(ONE, asked(words=2000))
        await next_of(actor, Progressed)
        dead = actor.pid
        assert dead is not None

        os.kill(dead, signal.SIGKILL)

        assert await ends_of(actor, 1) == {ONE: Lost(job_id=ONE)}
        await actor.begin(TWO, asked(words=10))
        assert isinstance((await ends_of(actor, 2))[TWO], Succeeded)
        assert actor.restarts == 1
        assert actor.pid != dead
        assert not psutil.pid_exists(dead)


async def test_a_job_that_hangs_passes_its_deadline_and_the_process_is_killed(start: Start) -> None:
    patience = Patience(handshake_seconds=30, silence_seconds=10, deadline_seconds=0.5)
    async with start(fault="silent", patience=patience) as actor:
        await actor.begin(ONE, asked())

        assert await ends_of(actor, 1) == {ONE: Lost(job_id=ONE)}


async def test_a_process_without_a_heartbeat_is_killed(start: Start) -> None:
    patience = Patience(handshake_seconds=30, silence_seconds=1.0, deadline_seconds=30)
    async with start(pace_seconds=LONG, patience=patience) as actor:
        await actor.begin(ONE, asked(words=2000))
        await next_of(actor, Started)
        assert actor.pid is not None

        os.kill(actor.pid, signal.SIGSTOP)

        await next_of(actor, Lost)


async def test_a_handshake_that_takes_too_long_is_cut_off(start: Start) -> None:
    pauses: list[float] = []
    third = asyncio.Event()

    async def count(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            third.set()

    patience = Patience(handshake_seconds=0.05)  # No interpreter is that quick to import all this.
    async with start(patience=patience, backoff=Backoff(first_seconds=1, jitter=0), injected={"sleep": count}) as actor:
        await asyncio.wait_for(third.wait(), 30)
        assert not actor.is_ready

    assert pauses[:3] == [1, 2, 4]


async def test_a_process_of_another_protocol_is_refused_by_name(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.actor.supervisor.PROTOCOL", PROTOCOL + 1)
    async with start() as actor:
        with pytest.raises(ActorDownError, match="restart the bot"):
            await actor.ready()


@without_card
async def test_a_device_that_torch_cannot_use_is_said_once_and_tried_again_rarely(
    start: Start,
) -> None:
    pauses: asyncio.Queue[float] = asyncio.Queue()
    drawn = ModelName("starter-pictures")
    async with start(warm=(drawn,), device="cuda", injected={"sleep": pauses.put}) as actor:
        with pytest.raises(ActorDownError):
            await actor.ready()
        waited = [await asyncio.wait_for(pauses.get(), 60) for _ in range(2)]

        assert actor.outage is not None
        assert not actor.outage.may_pass
        assert "without CUDA" in actor.outage.reason
        assert waited == [Backoff().lasting_seconds] * 2


async def test_a_process_that_dies_before_its_first_word_may_come_up_the_next_time(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "dying"
    dying.touch()
    (tmp_path / "sitecustomize.py").write_text(f"import os\nif os.path.exists({str(dying)!r}): os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    news = asyncio.Event()
    async with start() as actor:
        actor.when_changed(news.set)
        with pytest.raises(ActorDownError, match="it ended while it started, with exit code"):
            await actor.ready()
        assert actor.outage is not None
        assert actor.outage.may_pass

        dying.unlink()
        while actor.outage is not None:
            await asyncio.wait_for(news.wait(), 30)
            news.clear()

        assert actor.is_ready


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("raise", FailureCode.ENGINE_BROKE),
        ("memory", FailureCode.OUT_OF_MEMORY),
        ("nothing", FailureCode.NOTHING_MADE),
    ],
)
async def test_an_engine_that_breaks_fails_its_jobs_and_not_the_process(
    start: Start, fault: str, code: FailureCode
) -> None:
    async with start(fault=fault) as actor:
        await actor.begin(ONE, asked(prompt="a secret of mine"))

        end = (await ends_of(actor, 1))[ONE]

        assert isinstance(end, Failed)
        assert end.failure.code is code
        assert "secret" not in end.failure.detail
        assert actor.restarts == 0


async def test_a_model_that_no_catalog_knows_fails_its_job(start: Start) -> None:
    async with start() as actor:
        await actor.begin(ONE, replace(asked(), model=ModelName("nobody")))

        end = (await ends_of(actor, 1))[ONE]
        assert isinstance(end, Failed)
        assert end.failure.code is FailureCode.MODEL_MISSING


async def test_a_model_that_is_not_downloaded_is_missing(start: Start) -> None:
    async with start() as actor:
        await actor.begin(ONE, TextRequest(prompt="x", model=ModelName("smollm2-135m")))

        end = (await ends_of(actor, 1))[ONE]

        assert isinstance(end, Failed)
        assert end.failure.code is FailureCode.MODEL_MISSING


async def test_what_a_library_prints_does_not_break_the_wire(start: Start) -> None:
    async with start(fault="chatter") as actor:
        await actor.begin(ONE, asked())

        assert isinstance((await ends_of(actor, 1))[ONE], Succeeded)
        assert actor.restarts == 0


async def test_no_log_holds_a_prompt(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    async with start(fault="raise") as actor:
        await actor.begin(ONE, asked(prompt="heliotrope"))
        await ends_of(actor, 1)

    printed = capfd.readouterr()
    assert "an engine broke" in printed.out + printed.err
    assert "heliotrope" not in printed.out + printed.err


async def test_closing_lets_what_runs_end(start: Start) -> None:
    async with start(pace_seconds=0.02) as actor:
        await actor.begin(ONE, asked(words=30))
        await next_of(actor, Progressed)
        pid = actor.pid

    assert isinstance((await ends_of(actor, 1))[ONE], Succeeded)
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_closing_does_not_wait_beyond_the_grace(start: Start) -> None:
    async with start(pace_seconds=LONG, grace_seconds=0.2) as actor:
        await actor.begin(ONE, asked(words=2000))
        await next_of(actor, Progressed)
        pid = actor.pid
        closing_at = time.monotonic()

    assert time.monotonic() - closing_at < 4
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_the_spool_is_cleared_of_what_an_earlier_run_left(start: Start, actor_settings: ActorSettings) -> None:
    actor_settings.spool.mkdir()
    left = actor_settings.spool / "9-1-text.txt"
    left.write_text("half")

    async with start():
        pass

    assert not left.exists()


async def test_the_secrets_of_the_bot_do_not_reach_the_process(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    async with start() as actor:
        await actor.ready()
        assert actor.pid is not None

        assert "DISCORD_TOKEN" not in psutil.Process(actor.pid).environ()


async def test_nothing_stays_open(start: Start) -> None:
    process = psutil.Process()
    others = process.children()
    async with start() as actor:
        await actor.ready()
    before = process.num_fds()

    for _ in range(3):
        async with start() as actor:
            await actor.ready()

    assert process.num_fds() <= before
    assert process.children() == others


def test_the_parent_loads_no_torch() -> None:
    script = (
        "import sys, inference.actor.supervisor as s; "
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules) or any('engines' in m for m in sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0


async def test_the_restart_is_delayed_more_and_more_until_a_process_was_well(actor_settings: ActorSettings) -> None:
    now, pauses = 0.0, asyncio.Queue[float]()
    waited: list[float] = []
    settings = replace(actor_settings, backoff=Backoff(first_seconds=1, jitter=0, healthy_seconds=100))
    async with Supervisor.start(settings, clock=lambda: now, sleep=pauses.put, rng=random.Random(1)) as actor:
        for number in range(4):
            await actor.ready()
            now += 200 if number == 2 else 1
            assert actor.pid is not None
            os.kill(actor.pid, signal.SIGKILL)
            waited.append(await asyncio.wait_for(pauses.get(), 30))

    assert waited == [1, 2, 1, 2]
