"""The port that every engine fills, and the runs and batches that the actor lends it."""

from collections import deque
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from inference.contract.artifacts import Artifact
from inference.contract.errors import AtelierError
from inference.contract.events import EngineEvent
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard, ImageRequest
from inference.contract.requests import Request
from inference.contract.text import TextRequest

Steps = Generator[EngineEvent | None, None, None]


class ModelBrokenError(AtelierError):
    """The model's files are here, but nothing can be made with them."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"model {name!r} cannot be loaded: {reason}")
        self.name = name
        self.reason = reason


class NothingMadeError(AtelierError):
    """The engine came to its end with nothing to show."""


class NotFiniteError(AtelierError):
    """The model's numbers are none any longer (NaN or infinite): whatever would be made of them is no work."""


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """One job while an engine works on it."""

    job_id: JobId
    request: Request
    folder: Path  # The spool, where artifacts wait until storage takes them.
    sources: tuple[Artifact, ...] = ()  # What it is made from: files to read, which may be gone by now.
    guard: Guard = Guard.HOLD  # What becomes of pictures that are taken for unsafe.
    prefix: str  # Of every file of this run, so that no two attempts at a job share a name.
    is_cancelled: bool = False  # Set by the actor between steps; the engine answers with `Cancelled` at its next step.
    spooled: list[Path] = field(default_factory=list)
    passing: set[Path] = field(default_factory=set)

    @property
    def text(self) -> TextRequest:
        """The request, for an engine of words: the workshop lends it no other."""
        assert isinstance(self.request, TextRequest)
        return self.request

    @property
    def image(self) -> ImageRequest:
        """The request, for an engine of pictures: the workshop lends it no other."""
        assert isinstance(self.request, ImageRequest)
        return self.request

    def spool(self, name: str) -> Path:
        """Where to write the artifact `name`. What a run leaves there is removed unless it succeeds."""
        path = self.folder / f"{self.prefix}-{name}"
        self.spooled.append(path)
        return path

    def spool_passing(self, name: str) -> Path:
        """Where to write what is of no use to anybody once the run has ended, and is removed then."""
        path = self.folder / f"{self.prefix}-{name}"
        self.passing.add(path)
        return path

    def tidy(self) -> None:
        """Remove what was of use only while the run went on."""
        _remove(self.passing)

    def discard(self) -> None:
        """Remove all that the run wrote."""
        self.tidy()
        _remove(self.spooled)


def _remove(paths: list[Path] | set[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    paths.clear()


class Batch:
    """The runs that one generator works on together; more may be admitted between its steps."""

    def __init__(self) -> None:
        self._open: dict[JobId, Run] = {}
        self._joining: deque[Run] = deque()

    @property
    def runs(self) -> Sequence[Run]:
        """Those that have not ended, in the order in which they were admitted."""
        return tuple(self._open.values())

    def admit(self, run: Run) -> None:
        """For the actor: lend the engine one more run, which it finds at its next step."""
        self._open[run.job_id] = run
        self._joining.append(run)

    def joining(self) -> Sequence[Run]:
        """For the engine: the runs admitted since it last asked."""
        joined = tuple(self._joining)
        self._joining.clear()
        return joined

    def end(self, job_id: JobId) -> Run:
        """For the actor: the run has yielded its last event."""
        return self._open.pop(job_id)


class Engine(Protocol):
    """Makes the works of one medium.

    `run` is a generator that works in steps (a token, a denoising step) for all runs of the batch at once. It yields
    the events that come of a step one by one, then None for the step's end; what it has to look at between steps (who
    joined, who was cancelled) it looks at there. Every run that it was lent ends with exactly one `Succeeded`,
    `Failed` or `Cancelled`; the generator returns when none is left and none is joining. An exception fails the
    batch's runs, and nothing else.
    """

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str:
        """Where it computes, as torch names it: "cpu", "cuda", "mps"."""
        ...

    @property
    def max_rows(self) -> int:
        """How many rows one batch may hold at a time; a run takes as many as its request says."""
        ...

    def batch_key(self, request: Request) -> Hashable:
        """Requests with equal keys may share a batch."""
        ...

    def may_begin(self, request: Request) -> bool:
        """Whether a new batch for this request could have its model in memory beside the batches that run now."""
        ...

    def preload(self, model: ModelName) -> None:
        """Bring the model into memory ahead of the first request.

        Raises `ModelMissingError`, `ModelBrokenError`, `MemoryError`.
        """
        ...

    def run(self, batch: Batch) -> Steps: ...
