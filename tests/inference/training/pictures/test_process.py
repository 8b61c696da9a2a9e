"""The command line as a host runs it: killed, begun again, and ended."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from inference.training.pictures.assembling import record_of
from inference.training.pictures.workshop import Workshop

_ROOT = Path(__file__).parents[4]


@asynccontextmanager
async def trainer(workshop: Workshop, *options: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "inference.training.pictures", "--minutes", "60", "--saving-seconds", "0"),
        *("--folder", str(workshop.folder), "--models", str(workshop.models)),
        *("--committed", str(workshop.committed), "--text-encoder", str(workshop.text_encoder)),
        *options,
        cwd=_ROOT,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(is_so: Callable[[], bool], process: Process) -> None:
    """Looks until something is so, or fails once the process has ended."""
    while not is_so():
        if process.returncode is not None:
            assert process.stderr is not None
            pytest.fail((await process.stderr.read()).decode())
        await asyncio.sleep(0.05)


def steps_at(checkpoint: Path) -> int:
    return int(torch.load(checkpoint, weights_only=True)["step"]) if checkpoint.exists() else 0


async def test_training_outlives_a_kill_and_its_companion_does_not_outlive_it(
    workshop: Workshop, tmp_path: Path
) -> None:
    workshop = replace(workshop, committed=shutil.copytree(workshop.committed, tmp_path / "committed"))
    checkpoint = workshop.denoiser_checkpoint
    async with trainer(workshop, "--workers", "2") as process:
        await until(lambda: steps_at(checkpoint) > 0, process)
        companions = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        await process.wait()
        reached = steps_at(checkpoint)
    _, alive = await asyncio.to_thread(psutil.wait_procs, companions, 60)
    assert companions
    assert not alive
    async with trainer(workshop, "--workers", "1", "--assemble") as process:
        await until(lambda: steps_at(checkpoint) > reached, process)
        process.terminate()
        assert process.stderr is not None
        said = (await process.stderr.read()).decode()
        assert await process.wait() == 0
    assert f"saved at step {steps_at(checkpoint)}" in said
    assert record_of(workshop.committed).denoiser_pictures > 16 * reached
