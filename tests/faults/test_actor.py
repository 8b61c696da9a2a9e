"""An actor that cannot start: everybody is told, nothing is lost, and what waits is made once it is up."""

from pathlib import Path

import aiohttp
import pytest
import torch

from bot.studio import Interaction, Message, Studio
from inference.contract.identifiers import JobId
from inference.contract.jobs import JobState
from tests.inference.engines.tiny import write_tiny_catalog
from tests.support.host import ROOT, Host, atelier

without_card = pytest.mark.skipif(torch.cuda.is_available(), reason="torch can use the card of this machine")

DYING = """
import os, sys
if "inference.actor.process" in sys.orig_argv and os.path.exists({flag!r}):
    os._exit(3)
"""
NOT_RUNNING = "The model is not running"


@pytest.fixture
def with_torch(host: Host) -> dict[str, str]:
    """Settings of a bot whose model runs on torch."""
    return {"ATELIER_CATALOG": str(write_tiny_catalog(host.data)), "ATELIER_TEXT_MODEL": "tiny"}


async def shown(host: Host, asked: Interaction, words: str) -> Message:
    """The answer, once it says this."""
    return await host.until(lambda: asked.response if asked.response and words in asked.response.content else None)


async def health(host: Host) -> tuple[int, dict[str, str]]:
    """Of the actor, as the host's monitor reads it."""
    line = await host.said("health and metrics are served")
    address = line.split('"address": "')[1].split('"')[0]
    async with aiohttp.ClientSession() as browser, browser.get(f"{address}/healthz") as answer:
        return answer.status, (await answer.json())["parts"]["actor"]


@without_card
async def test_a_device_that_torch_cannot_use_is_told_everybody_and_costs_nothing(
    host: Host, studio: Studio, with_torch: dict[str, str]
) -> None:
    await host.start(**with_torch, ATELIER_DEVICE="cuda")
    asked = await host.write("ada", "a lighthouse", length=20)

    note = await host.until(
        lambda: asked.response if asked.response and NOT_RUNNING in asked.response.content else None
    )
    assert "Done in" not in note.content
    reason = (await host.said("the actor cannot start")).strip()
    assert "without CUDA" in reason
    status, actor = await health(host)
    assert (status, actor["state"]) == (503, "cannot start")
    assert "without CUDA" in actor["reason"]
    jobs = await studio.person("ada").command("jobs")
    await host.until(
        lambda: jobs.response if jobs.response and "until the model is running" in jobs.response.content else None
    )
    assert await host.stop() == 0
    assert [line for line in host.log if "Traceback" in line] == []
    assert len([line for line in host.log if "the actor cannot start" in line]) == 1

    await host.start(**with_torch, ATELIER_DEVICE="cpu")
    await host.work_of(asked)
    await host.stop()
    async with host.storage() as storage:
        job = await storage.jobs.get(JobId(1))
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, 0)


async def test_an_actor_that_dies_at_its_start_is_told_until_it_comes_up_by_itself(
    host: Host, studio: Studio, tmp_path: Path
) -> None:
    flag = tmp_path / "dying"
    flag.touch()
    (tmp_path / "sitecustomize.py").write_text(DYING.format(flag=str(flag)))
    await host.start(PYTHONPATH=f"{tmp_path}:{ROOT}")
    asked = await host.write("ada", "a lighthouse", length=20)
    await shown(host, asked, NOT_RUNNING)
    flag.unlink()
    await host.work_of(asked)
    assert (await health(host))[1]["state"] == "alive"


@without_card
async def test_the_doctor_says_in_a_few_lines_why_the_actor_does_not_start(
    host: Host, with_torch: dict[str, str]
) -> None:
    await host.make_database()
    settings = with_torch | {"ATELIER_DATA_DIR": str(host.data), "ATELIER_DEVICE": "cuda"}
    code, said = await atelier("doctor", folder=host.data, **settings)
    assert code == 1
    assert "is built without CUDA" in said
    assert "install torch for CUDA" in said
    assert len(said.splitlines()) < 60
