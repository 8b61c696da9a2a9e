"""Runs one of our modules in a process of its own, for one answer: what is large, or may be dangerous, stays there."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

_CHUNK_BYTES: Final = 2**16
_MAX_COMPLAINT_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the process left behind."""

    exit_code: int  # Negative: the signal that ended it.
    answer: bytes  # Its standard output.
    complaint: str  # Its standard error.


async def returned(
    module: str,
    *arguments: str,
    sent: bytes,
    environment: Mapping[str, str],
    within_seconds: float,
    at_most_bytes: int,
) -> Returned:
    """Run `python -m module` with `sent` as its input; `inference.contract.environment` makes an environment.

    Raises `TimeoutError`. No process outlives the call, and none that answers more than `at_most_bytes` goes on.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(within_seconds):
            answer, complaint, _ = await asyncio.gather(
                _read(process, cast("asyncio.StreamReader", process.stdout), at_most_bytes),
                _read(process, cast("asyncio.StreamReader", process.stderr), _MAX_COMPLAINT_BYTES),
                _send(cast("asyncio.StreamWriter", process.stdin), sent),
            )
            exit_code = await process.wait()
            if len(answer) > at_most_bytes:
                exit_code = -signal.SIGKILL  # It may have come to its end before it was killed.
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Returned(exit_code=exit_code, answer=answer, complaint=complaint.decode(errors="replace"))


async def _read(process: Process, stream: asyncio.StreamReader, at_most_bytes: int) -> bytes:
    kept = bytearray()
    while chunk := await stream.read(_CHUNK_BYTES):
        kept += chunk
        if len(kept) > at_most_bytes:
            with suppress(ProcessLookupError):  # It has come to its end meanwhile.
                process.kill()
            break
    return bytes(kept)


async def _send(stream: asyncio.StreamWriter, sent: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # A process that has seen enough may end before the rest.
        stream.write(sent)
        await stream.drain()
        stream.close()
        await stream.wait_closed()
