"""Makes the files of works ready: looks whether they are what they were, scrubs texts, writes recipes into pictures.

Most of a release's time goes into it, and no work needs another for it: so many works are shared out to processes.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Final

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import CreationId
from inference.contract.image import ImageRequest, Picture
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from storage.release.errors import ProcessLostError
from storage.release.files import Listed, put_media
from storage.release.scrub import scrubbed

_PNG: Final = "image/png"
# Below it, the start of processes costs more than they save.
WORKS_WORTH_PROCESSES: Final = 2_000
_MOST_PROCESSES: Final = 4  # What is left to do beside them keeps no more of them busy.
_WORKS_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Inscription:
    """What a released picture says of its making, every word of it scrubbed."""

    request: ImageRequest
    provenance: Provenance
    part: int
    picture: Picture
    is_from_upload: bool  # Whether a member's own file is beneath it, as far as anybody can tell.


Inscribe = Callable[[bytes, Inscription], bytes]  # A PNG, and the same one with it. Goes to other processes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeveloped:
    """The files of a work as they are stored, and what is to be said in them."""

    work: CreationId
    medium: Medium
    request: Request
    provenance: Provenance
    artifacts: tuple[tuple[int, Artifact], ...]  # Each with its part.
    is_from_upload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    """The files of a work as they are released; they stand in the folder."""

    work: CreationId
    contents: tuple[bytes, ...]  # Empty: a file is gone, or is not what it was.
    listed: tuple[Listed, ...]


Develop = Callable[[Sequence[Undeveloped]], Iterator[Developed]]


@contextmanager
def developing(root: Path, inscribe: Inscribe, *, works: int) -> Iterator[Develop]:
    """Develops in the given order. Raises `OSError` in a file's turn, and `ProcessLostError`.

    `works`: how many there will be.
    When the block ends, nobody writes into the folder any more.
    """
    one = partial(developed, root, inscribe)
    processes = min(_MOST_PROCESSES, max(1, (os.cpu_count() or 1) - 1))
    if works < WORKS_WORTH_PROCESSES:
        yield partial(map, one)
        return
    # Not forked: a thread of ours may hold a lock at this moment, which no child of a fork would ever get.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        yield partial(_shared_out, pool, one, 2 * processes)
    finally:
        pool.shutdown(cancel_futures=True)


def developed(root: Path, inscribe: Inscribe, work: Undeveloped) -> Developed:
    """Raises `OSError`."""
    try:
        stored = [artifact.path.read_bytes() for _, artifact in work.artifacts]
    except FileNotFoundError:
        stored = []
    if not stored or not all(map(_is_whole, stored, work.artifacts)):
        return Developed(work=work.work, contents=(), listed=())
    contents = tuple(
        _released(work, part, artifact, content, inscribe)
        for (part, artifact), content in zip(work.artifacts, stored, strict=True)
    )
    listed = tuple(
        put_media(root, content, artifact.media_type)
        for (_, artifact), content in zip(work.artifacts, contents, strict=True)
    )
    return Developed(work=work.work, contents=contents, listed=listed)


def _released(work: Undeveloped, part: int, artifact: Artifact, content: bytes, inscribe: Inscribe) -> bytes:
    if work.medium is Medium.TEXT:
        return scrubbed(content.decode("utf-8", "replace")).encode()
    if artifact.media_type != _PNG or artifact.picture is None or not isinstance(work.request, ImageRequest):
        return content
    inscription = Inscription(
        request=work.request,
        provenance=work.provenance,
        part=part,
        picture=artifact.picture,
        is_from_upload=work.is_from_upload,
    )
    return inscribe(content, inscription)


def _is_whole(content: bytes, artifact: tuple[int, Artifact]) -> bool:
    return hashlib.sha256(content).hexdigest() == artifact[1].sha256


def _shared_out(
    pool: ProcessPoolExecutor,
    one: Callable[[Undeveloped], Developed],
    most_ahead: int,
    works: Sequence[Undeveloped],
) -> Iterator[Developed]:
    """A few portions ahead and no more: they are held in memory."""
    ahead: deque[Future[list[Developed]]] = deque()
    coming = iter(works)
    try:
        while portion := list(islice(coming, _WORKS_AT_ONCE)):
            ahead.append(pool.submit(_portion, one, portion))
            if len(ahead) > most_ahead:
                yield from ahead.popleft().result()
        for future in ahead:
            yield from future.result()
    except BrokenProcessPool as error:
        raise ProcessLostError from error


def _portion(one: Callable[[Undeveloped], Developed], works: Sequence[Undeveloped]) -> list[Developed]:
    return list(map(one, works))


def _end_with_parent() -> None:
    """A process of a pool waits for ever where its parent was killed: it holds the pipe's other end itself."""
    Thread(target=_end_when_parent_has, daemon=True).start()


def _end_when_parent_has() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
    os._exit(1)
