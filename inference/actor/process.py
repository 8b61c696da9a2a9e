"""The child: owns the device, reads orders from stdin, writes events to what was stdout. Run by the supervisor."""

import contextlib
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn, assert_never

import structlog

from inference.actor.memory import resident_bytes
from inference.actor.stepper import Stepper
from inference.actor.wire import (
    CHILD_SETTINGS,
    PROTOCOL,
    Begin,
    Cancel,
    ChildSettings,
    Drain,
    Heartbeat,
    Hello,
    ToChild,
    ToParent,
    Unable,
    WireBrokenError,
    decode_at_child,
    encode_to_parent,
)
from inference.contract.errors import AtelierError
from inference.contract.mediums import Medium
from inference.engines.accelerator import free_bytes, hardware_of, passed_over_by
from inference.engines.failures import outage_of, places_of
from inference.engines.workshop import Workshop

log = structlog.get_logger(__name__)

_TERM_GRACE_SECONDS: Final = 20.0  # For a SIGTERM, which cannot say how long.


@dataclass(slots=True, kw_only=True)
class Draining:
    """Whether the process is to end; set by a signal or an order, read by the stepping thread."""

    inbox: "queue.SimpleQueue[ToChild | None]"
    deadline: float | None = None  # Of `time.monotonic`.

    def begin(self, grace_seconds: float) -> None:
        deadline = time.monotonic() + grace_seconds
        self.deadline = deadline if self.deadline is None else min(self.deadline, deadline)
        self.inbox.put(None)  # Wakes the stepping thread.

    @property
    def is_over(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline


@dataclass(slots=True, kw_only=True)
class Outbox:
    """Writes whole lines to the parent, from any thread."""

    fd: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: ToParent) -> None:
        line = memoryview(encode_to_parent(message))
        with self.lock:
            while line:
                try:
                    line = line[os.write(self.fd, line) :]
                except BrokenPipeError:
                    leave()


def leave() -> NoReturn:
    """The parent is gone: nothing may go on holding the device, not even for the time of a tidy exit."""
    os._exit(1)


def claim_stdout() -> int:
    """Keep the wire for ourselves: whatever a library prints goes to stderr from now on."""
    wire = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return wire


def read_orders(inbox: "queue.SimpleQueue[ToChild | None]") -> None:
    """Run in a thread of its own until the parent closes the pipe, by dying if need be."""
    for line in sys.stdin.buffer:
        try:
            inbox.put(decode_at_child(line))
        except (WireBrokenError, AtelierError) as error:
            # Whatever it was, a job waits for it. A new child, and the queue's attempts, make an end of it.
            log.error("an order was not understood", error=type(error).__name__)
            break
    leave()


def beat(outbox: Outbox, workshop: Workshop, seconds: float, stopping: threading.Event) -> None:
    """Run in a thread of its own: shows the parent that the process lives, also in a step that lasts."""
    while not stopping.wait(seconds):
        outbox.send(
            Heartbeat(
                monotonic_ns=time.monotonic_ns(),
                resident_bytes=resident_bytes(),
                device_free_bytes=device_free_bytes(workshop.device),
                loaded=workshop.loaded,
                loading=workshop.loading,
            )
        )


def device_free_bytes(device: str) -> int | None:
    """A driver that fails must not silence the heartbeat: the step that meets it says so in its own words."""
    with contextlib.suppress(Exception):
        return free_bytes(device)
    return None


def work(stepper: Stepper, inbox: "queue.SimpleQueue[ToChild | None]", draining: Draining) -> None:
    """Step until drained. Orders are looked at between steps; with nothing to do it sleeps on the inbox."""
    while not draining.is_over:
        with contextlib.suppress(queue.Empty):
            while True:
                obey(inbox.get(block=stepper.is_idle and draining.deadline is None), stepper, draining)
        if draining.deadline is not None:
            stepper.drop_waiting()
            if stepper.is_idle:
                return
        stepper.step()


def obey(order: ToChild | None, stepper: Stepper, draining: Draining) -> None:
    match order:
        case Begin(job_id=job_id, request=request, sources=sources, guard=guard):
            stepper.begin(job_id, request, sources, guard=guard)
        case Cancel(job_id=job_id):
            stepper.cancel(job_id)
        case Drain(grace_seconds=grace_seconds):
            draining.begin(grace_seconds)
        case None:
            pass
        case _:
            assert_never(order)


def configure_logging() -> None:
    """JSON lines on stderr, which the parent reads and passes on."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def thread(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True, name=target.__name__).start()


def preload(workshop: Workshop, settings: ChildSettings) -> None:
    """A model that fails here is reported again, by its first job."""
    for model in settings.warm if settings.is_preloading else ():
        try:
            workshop.preload(model)
        except Exception as error:
            log.error("a model did not preload", model=model, error=type(error).__name__, places=places_of(error))


def opened(settings: ChildSettings) -> Workshop:
    """With the engines that are wanted first. Raises whatever a library or a driver raises."""
    workshop = Workshop.open(
        settings.models,
        extra_catalog=settings.extra_catalog,
        device=settings.device,
        dtype=settings.dtype,
        memory_gib=settings.memory_gib,
        environment=os.environ,
    )
    for model in settings.warm:
        workshop.warm(model)
    return workshop


def greeting(workshop: Workshop, settings: ChildSettings) -> Hello:
    """Raises what the driver raises."""
    return Hello(
        protocol=PROTOCOL,
        pid=os.getpid(),
        device=workshop.device,
        hardware=hardware_of(workshop.device),
        mediums=tuple(Medium),
        passed_over=passed_over_by(workshop.device) if settings.device == "auto" else None,
    )


def main() -> None:
    faulthandler.enable(sys.stderr)
    outbox = Outbox(fd=claim_stdout())
    configure_logging()
    settings = CHILD_SETTINGS.validate_json(sys.argv[1])
    inbox: queue.SimpleQueue[ToChild | None] = queue.SimpleQueue()
    draining = Draining(inbox=inbox)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says what follows of it.
    signal.signal(signal.SIGTERM, lambda *_: draining.begin(_TERM_GRACE_SECONDS))
    thread(read_orders, inbox)
    try:
        workshop = opened(settings)
        hello = greeting(workshop, settings)
    except Exception as error:
        log.debug("the actor cannot start", error=type(error).__name__, places=places_of(error))
        outbox.send(Unable(protocol=PROTOCOL, outage=outage_of(error)))
        return
    outbox.send(hello)
    stopping = threading.Event()
    thread(beat, outbox, workshop, settings.heartbeat_seconds, stopping)
    preload(workshop, settings)
    stepper = Stepper(engine_for=workshop.engine_for, emit=outbox.send, spool=settings.spool)
    work(stepper, inbox, draining)
    stepper.close()
    stopping.set()


if __name__ == "__main__":
    main()
    # The reader still waits on stdin, and would be torn from it by an interpreter that ends in the usual way.
    sys.stderr.flush()
    os._exit(0)
