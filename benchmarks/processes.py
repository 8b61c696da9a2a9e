"""Programs of this repository as processes of their own."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_FAREWELL_SECONDS: Final = 30.0


@asynccontextmanager
async def spawned(
    module: str, *arguments: str, cwd: Path, env: Mapping[str, str], is_logging: bool = False
) -> AsyncIterator[Process]:
    """`python -m module`, ended with the block. Its stdin and stdout are pipes, and its stderr when `is_logging`.

    Nothing that the host has set for the bot reaches it, save for what is in `env`.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ATELIER_", "DISCORD_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=cwd,
        env=inherited | {"PYTHONPATH": str(ROOT)} | dict(env),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE if is_logging else DEVNULL,
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _FAREWELL_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
