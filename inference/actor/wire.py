"""What parent and child say to each other: one JSON object a line, tagged by `kind`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from inference.contract.artifacts import Artifact
from inference.contract.errors import AtelierError
from inference.contract.events import ActorEvent
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard
from inference.contract.mediums import Medium
from inference.contract.outage import Outage
from inference.contract.requests import Request
from inference.hardware import Hardware

PROTOCOL: Final = 4  # Raised by every change that the other side would not understand.
LINE_LIMIT_BYTES: Final = 16 * 2**20  # The longest text with its preview takes far less.


class WireBrokenError(AtelierError):
    """A line that is no message."""


class WireVersionError(AtelierError):
    """Parent and child speak different protocols: the installation changed under a running bot, which must restart."""

    def __init__(self, *, ours: int, theirs: int) -> None:
        super().__init__(f"the actor speaks protocol {theirs}, this process {ours}: restart the bot")
        self.ours = ours
        self.theirs = theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSettings:
    """What the child needs to know before it can listen; given on its command line."""

    models: Path  # The folder of pulled models.
    spool: Path
    extra_catalog: Path | None = None
    device: str = "auto"
    dtype: str = "auto"
    memory_gib: float = 8.0  # For resident models.
    heartbeat_seconds: float = 1.0
    warm: tuple[ModelName, ...] = ()  # Their engines are imported before the handshake.
    is_preloading: bool = False  # Whether their weights are loaded at once as well.


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    job_id: JobId
    request: Request
    sources: tuple[Artifact, ...] = ()  # What it is made from; the files are the media store's, for reading only.
    guard: Guard = Guard.HOLD
    kind: Literal["begin"] = "begin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    job_id: JobId
    kind: Literal["cancel"] = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    grace_seconds: float
    kind: Literal["drain"] = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The child's first message."""

    protocol: int
    pid: int
    device: str
    hardware: Hardware
    mediums: tuple[Medium, ...]
    passed_over: Outage | None = None  # A card is present and not used.
    kind: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unable:
    """The child's only message, when it cannot work and ends."""

    protocol: int
    outage: Outage
    kind: Literal["unable"] = "unable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    monotonic_ns: int
    resident_bytes: int
    device_free_bytes: int | None = None  # Of the device's own memory; None: it has none, or its driver fails.
    loaded: tuple[ModelName, ...]
    loading: ModelName | None  # The stepping thread is busy with it: no events meanwhile.
    kind: Literal["heartbeat"] = "heartbeat"


ToChild = Begin | Cancel | Drain
ToParent = Hello | Unable | Heartbeat | ActorEvent

_TO_CHILD: Final = TypeAdapter[ToChild](Annotated[ToChild, Field(discriminator="kind")])
_TO_PARENT: Final = TypeAdapter[ToParent](Annotated[ToParent, Field(discriminator="kind")])
CHILD_SETTINGS: Final = TypeAdapter(ChildSettings)

T = TypeVar("T")


def encode_to_child(message: ToChild) -> bytes:
    return _TO_CHILD.dump_json(message) + b"\n"


def encode_to_parent(message: ToParent) -> bytes:
    return _TO_PARENT.dump_json(message) + b"\n"


def decode_at_child(line: bytes) -> ToChild:
    """Raises `WireBrokenError`, whose text quotes nothing of the line: it may hold a prompt."""
    return _decoded(_TO_CHILD, line)


def decode_at_parent(line: bytes) -> ToParent:
    """Raises `WireBrokenError`."""
    return _decoded(_TO_PARENT, line)


def _decoded(adapter: TypeAdapter[T], line: bytes) -> T:
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        problems = ", ".join(sorted({problem["type"] for problem in error.errors(include_input=False)}))
        raise WireBrokenError(f"a line of {len(line)} bytes is no message: {problems}") from None
