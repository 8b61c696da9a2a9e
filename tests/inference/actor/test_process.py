import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inference.actor.wire import (
    CHILD_SETTINGS,
    Begin,
    ChildSettings,
    Drain,
    Hello,
    decode_at_parent,
    encode_to_child,
)
from inference.contract.events import ActorEvent, Progressed, Started, Succeeded
from inference.contract.identifiers import JobId
from inference.engines.fake.words import FAKE
from tests.inference.actor.conftest import asked

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def child(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = ChildSettings(models=tmp_path, spool=tmp_path, heartbeat_seconds=60, warm=(FAKE,))
    with subprocess.Popen(
        [sys.executable, "-m", "inference.actor.process", CHILD_SETTINGS.dump_json(settings).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"ATELIER_FAKE_PACE_SECONDS": "0.02"},
    ) as process:
        assert isinstance(hear(process), Hello)
        yield process
        process.kill()


def hear(process: subprocess.Popen[bytes]) -> object:
    assert process.stdout is not None
    return decode_at_parent(process.stdout.readline())


def say(process: subprocess.Popen[bytes], order: Begin | Drain) -> None:
    assert process.stdin is not None
    process.stdin.write(encode_to_child(order))
    process.stdin.flush()


def rest(process: subprocess.Popen[bytes]) -> list[ActorEvent]:
    assert process.stdout is not None
    events = [decode_at_parent(line) for line in process.stdout]
    return [event for event in events if not isinstance(event, Progressed)]  # type: ignore[misc]  # No heartbeats here.


def test_a_sigterm_lets_what_runs_end_and_takes_nothing_new(child: subprocess.Popen[bytes]) -> None:
    say(child, Begin(job_id=JobId(1), request=asked(words=40)))
    assert isinstance(hear(child), Started)

    child.send_signal(signal.SIGTERM)
    say(child, Begin(job_id=JobId(2), request=asked(words=10)))

    assert [(type(event), event.job_id) for event in rest(child)] == [(Succeeded, 1)]
    assert child.wait(10) == 0


def test_a_drain_gives_up_when_its_grace_is_over(child: subprocess.Popen[bytes]) -> None:
    say(child, Begin(job_id=JobId(1), request=asked(words=2000)))
    assert isinstance(hear(child), Started)
    began = time.monotonic()

    say(child, Drain(grace_seconds=0.3))

    assert rest(child) == []
    assert child.wait(10) == 0
    assert time.monotonic() - began < 5


def test_an_idle_process_drains_at_once(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)

    assert child.wait(10) == 0


def test_an_idle_process_ends_when_its_orders_end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None

    child.stdin.close()

    assert child.wait(10) != 0


def test_ctrl_c_in_the_terminal_is_left_to_the_parent(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGINT)
    say(child, Begin(job_id=JobId(1), request=asked(words=10)))
    say(child, Drain(grace_seconds=5))

    assert child.wait(10) == 0


@pytest.mark.parametrize("line", [b"nonsense", b'{"kind": "begin", "job_id": 1}'])
def test_an_order_that_is_not_understood_ends_the_process_so_that_no_job_waits_for_it(
    child: subprocess.Popen[bytes], line: bytes
) -> None:
    assert child.stdin is not None
    child.stdin.write(line + b"\n")
    child.stdin.flush()

    child.wait(10)


def test_a_parent_that_is_killed_takes_the_process_along(tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.contract.text import TextRequest

async def main():
    folder = Path({str(tmp_path)!r})
    settings = ActorSettings(models=folder, spool=folder / "spool", warm=("fake",),
                             env={{"ATELIER_FAKE_PACE_SECONDS": "0.05"}})
    async with Supervisor.start(settings) as actor:
        await actor.begin(1, TextRequest(prompt="x", model="fake", words=2000))
        await actor.next_event()
        print(actor.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        line = next(line for line in parent.stdout if line.strip().isdigit())
        orphan = psutil.Process(json.loads(line))

        parent.kill()

        psutil.wait_procs([orphan], timeout=10)
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
