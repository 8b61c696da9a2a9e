"""The bot as a child process that has its modules and its tables already.

They take more than a second of a processor, and most journeys need a process of their own. So one process loads them
once, runs nothing, and is forked for each that is wanted.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, Self

import bot

_ROOT: Final = Path(bot.__file__).parents[1]
_FORKING: Final = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.support.prepared"])


class WarmProcess:
    """`python -m bot ARGUMENTS`, with what of asyncio's `Process` the tests need."""

    def __init__(self, process: ForkServerProcess, output: asyncio.StreamReader) -> None:
        self._process = process
        self.output = output

    @classmethod
    async def spawn(cls, *arguments: str, cwd: Path, env: Mapping[str, str]) -> Self:
        """`output` is what it says, be it an error or not."""
        reading, writing = multiprocessing.Pipe(duplex=False)
        with reading, writing:
            process = _FORKING.Process(target=_run_bot, args=(arguments, cwd, dict(env), writing), daemon=True)
            process.start()
            return cls(process, await _stream_of(reading))

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        """Returns the exit code, negative for a signal."""
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        return self._process.exitcode


async def _stream_of(pipe: Connection) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(os.dup(pipe.fileno()), "rb", buffering=0)
    )
    return stream


def _run_bot(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], output: Connection) -> None:
    assert Path(bot.__file__).parents[1] == _ROOT  # The sources of these tests, and no others that are installed.
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output.fileno(), stream.fileno())
    output.close()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
