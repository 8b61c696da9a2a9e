"""The parent's side of the actor: starts the child, watches it, starts it again, and speaks to it for the queue."""

import asyncio
import json
import logging
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import structlog

from inference.actor.backoff import Backoff
from inference.actor.child import Child
from inference.actor.vitals import Ailment, Patience, Vitals
from inference.actor.wire import (
    PROTOCOL,
    Begin,
    Cancel,
    ChildSettings,
    Drain,
    Heartbeat,
    Hello,
    ToParent,
    Unable,
    WireBrokenError,
    WireVersionError,
    decode_at_parent,
)
from inference.contract.artifacts import Artifact
from inference.contract.environment import caches_in
from inference.contract.events import ActorEvent, Cancelled, Lost, Progressed, Started
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard
from inference.contract.outage import ActorDownError, Cause, Outage
from inference.contract.requests import Request

log = structlog.get_logger(__name__)

_LAST_WORDS_SECONDS: Final = 1.0  # For the rest of its log, once it is dead.
_LOOKS_PER_PATIENCE: Final = 5  # How often the watch looks within its shortest patience.


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorSettings:
    """How to run the actor."""

    models: Path  # The folder of pulled models.
    spool: Path  # Where artifacts wait for storage; on the file system of the media, so that taking them is a rename.
    cache: Path | None = None  # Where libraries keep what they compile; None: where each of them likes.
    extra_catalog: Path | None = None
    capacity: int = 8  # Rows that it is given at a time.
    device: str = "auto"
    dtype: str = "auto"
    memory_gib: float = 8.0
    warm: tuple[ModelName, ...] = ()  # Their engines are imported before the handshake, else at the first job.
    is_preloading: bool = False  # Whether the weights of `warm` are loaded at the start as well.
    heartbeat_seconds: float = 1.0
    grace_seconds: float = 20.0  # For what runs, when the supervisor closes.
    patience: Patience = field(default_factory=Patience)
    backoff: Backoff = field(default_factory=Backoff)
    env: Mapping[str, str] = field(default_factory=dict)  # Added to the child's environment.

    def for_child(self) -> ChildSettings:
        return ChildSettings(
            models=self.models.absolute(),
            spool=self.spool.absolute(),
            extra_catalog=self.extra_catalog and self.extra_catalog.absolute(),
            device=self.device,
            dtype=self.dtype,
            memory_gib=self.memory_gib,
            heartbeat_seconds=self.heartbeat_seconds,
            warm=self.warm,
            is_preloading=self.is_preloading,
        )


class Supervisor:
    """The contract's `Actor`, by a child process.

    The child may die at any moment: the jobs that it held are reported as `Lost`, and it is started again. Only `start`
    makes one.
    """

    def __init__(
        self,
        settings: ActorSettings,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._child: Child | None = None
        self._vitals = Vitals(spawned_at=clock())
        self._events: asyncio.Queue[ActorEvent] = asyncio.Queue()
        self._entering: set[JobId] = set()  # In `begin`, until there is a child to take them.
        self._is_closing = False
        self._has_said_why = False  # Of the last child: why it does not come up.
        self._change = asyncio.Condition()
        self.hello: Hello | None = None  # Of the child that is ready; None while there is none.
        self.last_heartbeat: Heartbeat | None = None
        self.restarts = 0
        self._absent_since: float | None = clock()  # None while a child is ready.
        self.outage: Outage | None = None  # Why the last start failed; None once one succeeded.
        self._when_changed: list[Callable[[], None]] = []

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        settings: ActorSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> AsyncIterator[Self]:
        """Returns once the child is spawned; `ready` awaits its handshake. Raises `OSError`.

        Clears the spool: what an earlier run of the bot left there belongs to jobs that begin anew.
        """
        await asyncio.to_thread(_clear, settings.spool)
        supervisor = cls(settings, clock=clock, sleep=sleep, rng=rng or random.Random())
        child = await supervisor._spawn(is_first=True)
        async with asyncio.TaskGroup() as services:
            life = services.create_task(supervisor._live(child))
            try:
                yield supervisor
            finally:
                await supervisor._close(life)

    @property
    def capacity(self) -> int:
        return self._settings.capacity

    @property
    def is_ready(self) -> bool:
        return self.hello is not None

    @property
    def pid(self) -> int | None:
        """Of the child, None between two."""
        return self._child.pid if self._child else None

    @property
    def absent_seconds(self) -> float | None:
        """Since when there is no child that has greeted; None while there is one."""
        return None if self._absent_since is None else self._clock() - self._absent_since

    @property
    def silent_seconds(self) -> float | None:
        """Since the last sign of life of the child that has greeted; None while there is none."""
        return self._clock() - self._vitals.heard_at if self.is_ready else None

    async def ready(self) -> None:
        """Wait for a handshake. Raises `ActorDownError` when a start has failed."""
        async with self._change:
            await self._change.wait_for(lambda: self.is_ready or self.outage is not None)
        if self.outage is not None:
            raise ActorDownError(self.outage)

    def when_changed(self, act: Callable[[], None]) -> None:
        self._when_changed.append(act)

    async def begin(
        self, job_id: JobId, request: Request, sources: Sequence[Artifact] = (), *, guard: Guard = Guard.HOLD
    ) -> None:
        self._entering.add(job_id)
        try:
            async with self._change:
                await self._change.wait_for(lambda: self.is_ready or job_id not in self._entering)
            if job_id in self._entering and self._child is not None:
                self._vitals.job_heard_at[job_id] = self._clock()
                order = Begin(job_id=job_id, request=request, sources=tuple(sources), guard=guard)
                await self._child.send(order)
        finally:
            self._entering.discard(job_id)

    async def cancel(self, job_id: JobId) -> None:
        if job_id in self._vitals.job_heard_at and self._child is not None:
            await self._child.send(Cancel(job_id=job_id))
        elif job_id in self._entering:
            self._entering.discard(job_id)
            self._events.put_nowait(Cancelled(job_id=job_id))
            await self._changed()

    async def next_event(self) -> ActorEvent:
        return await self._events.get()

    # The child's life, again and again.

    async def _spawn(self, *, is_first: bool) -> Child:
        self._vitals = Vitals(spawned_at=self._clock())
        self._has_said_why = False
        settings = self._settings.for_child()
        # A model that kills its process while it loads must do so under a job, whose attempts are counted.
        settings = replace(settings, is_preloading=settings.is_preloading and is_first)
        caches = caches_in(self._settings.cache) if self._settings.cache else {}
        self._child = await Child.spawn(settings, env={**caches, **self._settings.env})
        return self._child

    async def _live(self, child: Child | None) -> None:
        failures = 0
        while True:
            if child is not None:
                await self._attend(child)
            if self._is_closing:
                return
            failures = self._settings.backoff.failures_after(
                failures, lived_seconds=self._clock() - self._vitals.spawned_at
            )
            delay = self._settings.backoff.pause_seconds(failures, self.outage, self._rng)
            # An outage is said once, when it begins: that it goes on is no news.
            level = logging.WARNING if self.outage is None else logging.DEBUG
            log.log(level, "the actor is started again", failures=failures, delay_seconds=round(delay, 2))
            await self._sleep(delay)
            self.restarts += 1
            try:
                child = await self._spawn(is_first=False)
            except OSError as error:
                child = None
                await self._is_down(Outage(cause=Cause.NOT_SPAWNED, reason=f"no process can be started: {error}"))

    async def _attend(self, child: Child) -> None:
        """See one child through, from its first word to its last."""
        async with asyncio.TaskGroup() as group:
            log_relay = group.create_task(child.relay_log())
            watch = group.create_task(self._watch(child))
            try:
                await self._listen(child)
            finally:
                # Whatever ended the listening, a child that nobody hears must not hold the device.
                child.kill()
                code = await child.end()
                watch.cancel()
                await asyncio.wait([log_relay], timeout=_LAST_WORDS_SECONDS)
                log_relay.cancel()
                await self._bury(code)

    async def _listen(self, child: Child) -> None:
        try:
            while line := await child.next_line():
                await self._hear(line)
        except (WireBrokenError, ValueError) as error:
            log.error("the actor spoke out of turn", error=str(error))
        except WireVersionError as error:
            await self._is_down(Outage(cause=Cause.OTHER_VERSION, reason=str(error)))

    async def _hear(self, line: bytes) -> None:
        if self.hello is None:
            _check_protocol(line)
        message: ToParent = decode_at_parent(line)
        now = self._clock()
        match message:
            case Hello():
                self._vitals.greeted(now)
                self.hello = message
                self._absent_since = None
                self.outage = None
                log.info("the actor is ready", pid=message.pid, device=message.device)
                if message.passed_over is not None and self.restarts == 0:
                    reason = message.passed_over.reason
                    log.warning("a graphics card is present, but models run without it", reason=reason)
                await self._changed()
            case Unable(outage=outage):
                await self._is_down(outage)
            case Heartbeat():
                self._vitals.beaten(message, now)
                self.last_heartbeat = message
            case Started() | Progressed():
                self._vitals.job_heard_at[message.job_id] = now
                self._events.put_nowait(message)
            case _:
                self._vitals.job_heard_at.pop(message.job_id, None)
                self._events.put_nowait(message)

    async def _watch(self, child: Child) -> None:
        patience = self._settings.patience
        shortest = min(patience.handshake_seconds, patience.silence_seconds, patience.deadline_seconds)
        pause = shortest / _LOOKS_PER_PATIENCE
        looked_at = self._clock()
        while True:
            await asyncio.sleep(pause)
            now = self._clock()
            if now - looked_at > 2 * pause:
                self._vitals.forgive(now)  # It was this process that stood still; the pipe is yet to be read.
            looked_at = now
            if ailment := self._vitals.ailment(now, patience):
                if ailment is Ailment.NO_HANDSHAKE:
                    reason = f"it did not say a word within {patience.handshake_seconds:g} s of its start"
                    await self._is_down(Outage(cause=Cause.CRASHED, reason=reason))
                else:
                    log.error("the actor is killed", pid=child.pid, ailment=ailment)
                child.kill()
                return

    async def _bury(self, code: int) -> None:
        lost = list(self._vitals.job_heard_at)
        self._vitals.job_heard_at.clear()
        has_greeted = self.is_ready
        self._child = self.hello = None
        if self._absent_since is None:
            self._absent_since = self._clock()
        if self._is_closing:
            pass
        elif has_greeted:
            log.error("the actor died", exit_code=code, jobs_lost=len(lost))
            for job_id in lost:
                self._events.put_nowait(Lost(job_id=job_id))
        elif not self._has_said_why:
            await self._is_down(Outage(cause=Cause.CRASHED, reason=_reason_of(code)))
        await self._changed()

    async def _is_down(self, outage: Outage) -> None:
        """The child that was started last does not come up."""
        self._has_said_why = True
        if outage != self.outage:
            log.error("the actor cannot start", reason=outage.reason, may_pass=outage.may_pass)
            self.outage = outage
        await self._changed()

    async def _close(self, life: "asyncio.Task[None]") -> None:
        """Let what runs end within the grace, then see the child out. What has not ended by then is nobody's fault."""
        self._is_closing = True
        if self._child is None:
            life.cancel()
            return
        grace = self._settings.grace_seconds if self.is_ready else 0.0
        await self._child.send(Drain(grace_seconds=grace))
        with suppress(TimeoutError):
            async with asyncio.timeout(grace + 1.0):
                await asyncio.shield(life)
        if self._child is not None:
            self._child.kill()

    async def _changed(self) -> None:
        async with self._change:
            self._change.notify_all()
        for act in self._when_changed:
            act()


def _check_protocol(line: bytes) -> None:
    """Before the line is read in full, since another version's may not be readable."""
    with suppress(ValueError, AttributeError):
        theirs = json.loads(line).get("protocol", PROTOCOL)
        if theirs != PROTOCOL:
            raise WireVersionError(ours=PROTOCOL, theirs=theirs)


def _reason_of(code: int) -> str:
    """A child that ended before its first word, by its exit code."""
    if code == -signal.SIGKILL:
        return "it was killed while it started; memory may have run out"
    return f"it ended while it started, with {f'signal {-code}' if code < 0 else f'exit code {code}'}"


def _clear(spool: Path) -> None:
    spool.mkdir(parents=True, exist_ok=True)
    for path in spool.iterdir():
        if path.is_file():
            path.unlink()
