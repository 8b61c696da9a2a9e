"""One child process as the parent sees it: its pipes, its log, its end."""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping
from typing import Final, Self, cast

import structlog

from inference.actor.wire import CHILD_SETTINGS, LINE_LIMIT_BYTES, ChildSettings, ToChild, encode_to_child
from inference.contract.environment import passed_on_to_computing

log = structlog.get_logger(__name__)

_OFFLINE: Final = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}
# OpenMP's threads spin while they wait for each other. Beside other busy processes, such as the bot, that made a prompt
# take 14 seconds instead of 0.8 (two cores, SmolLM2); sleeping costs a tenth when the machine is idle.
_USUAL: Final = {"OMP_WAIT_POLICY": "PASSIVE"}


class Child:
    """A process that was spawned; whoever spawns it awaits `end`, which leaves neither zombie nor pipe."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        # All three were asked for as pipes.
        self._orders = cast("asyncio.StreamWriter", process.stdin)
        self._events = cast("asyncio.StreamReader", process.stdout)
        self._errors = cast("asyncio.StreamReader", process.stderr)

    @classmethod
    async def spawn(cls, settings: ChildSettings, *, env: Mapping[str, str]) -> Self:
        """Raises `OSError` when the system has no room for another process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "inference.actor.process",
            CHILD_SETTINGS.dump_json(settings).decode(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group; the parent says what follows.
            start_new_session=True,
            env=_USUAL | passed_on_to_computing(prefixes=("ATELIER_FAKE_",)) | _OFFLINE | dict(env),
            limit=LINE_LIMIT_BYTES,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def send(self, message: ToChild) -> None:
        """A child that is gone takes nothing; that it is gone shows elsewhere."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._orders.write(encode_to_child(message))
            await self._orders.drain()

    async def next_line(self) -> bytes:
        """Empty at the end. Raises `ValueError` for a line beyond all measure."""
        return await self._events.readline()

    async def relay_log(self) -> None:
        """Say again what the child says on stderr, until it says no more."""
        while True:
            try:
                line = await self._errors.readline()
            except ValueError:
                continue  # Beyond the limit; the reader has dropped it.
            if not line:
                return
            _relay(line)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> int:
        """Wait for the process and close its pipes; returns its exit code, negative for a signal."""
        code = await self._process.wait()
        self._orders.close()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await self._orders.wait_closed()
        return code


def _relay(line: bytes) -> None:
    try:
        fields = json.loads(line)
        level, event = fields.pop("level"), fields.pop("event")
    except (ValueError, AttributeError, KeyError, TypeError):
        log.info("the actor's output", line=line.decode(errors="replace").rstrip())
        return
    fields.pop("timestamp", None)
    log.log(logging.getLevelNamesMapping().get(str(level).upper(), logging.INFO), event, **fields)
