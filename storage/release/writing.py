"""Writes the works of a release: each once, into every form that readers look for, in one pass."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import CreationId, ModelName
from inference.contract.image import ImageRequest, Picture
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from storage.release.contenders import Contenders
from storage.release.files import Lines, Media, Shards, Spool, Tables, as_json, extension_of
from storage.release.gathering import Gathered
from storage.release.plan import Plan
from storage.release.schema import RATINGS, WORKS, for_json, for_parquet, rating_row, work_row
from storage.release.scrub import scrubbed
from storage.release.values import ReleasedFile, ReleasedParent, ReleasedWork, Split, Terms
from storage.scoring import Scale

_REQUEST: Final[TypeAdapter[Any]] = TypeAdapter(Request)
_PNG: Final = "image/png"
_NAME_DIGITS: Final = 12  # Of a work in the shards, so that names stand in the order of numbers.
OLDEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inscription:
    """What a released picture says of its making, every word of it scrubbed."""

    request: ImageRequest
    provenance: Provenance
    part: int
    picture: Picture
    is_from_upload: bool  # Whether a member's own file is beneath it, as far as anybody can tell.


Inscribe = Callable[[bytes, Inscription], bytes]  # A PNG, and the same one with it.


class FilesLostError(Exception):
    """Files that are gone, or are not what they were."""

    def __init__(self, works: Sequence[CreationId]) -> None:
        super().__init__(f"the files of {len(works)} works are lost")
        self.works = frozenset(works)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was written so far."""

    works: Counter[Split] = field(default_factory=Counter)
    by_medium: Counter[Medium] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    ratings: Counter[Split] = field(default_factory=Counter)
    ratings_left_out: int = 0
    newest: datetime = OLDEST


class Writing:
    """Holds a row group of each split, and no more, however many works there are. Every call is for a thread."""

    def __init__(
        self, root: Path, spool: Spool, plan: Plan, models: Mapping[ModelName, Terms], scale: Scale, inscribe: Inscribe
    ) -> None:
        self._plan = plan
        self._models = models
        self._inscribe = inscribe
        self._media = Media(root, spool)
        self._works = Tables(root, "works", WORKS, spool)
        self._ratings = Tables(root, "ratings", RATINGS, spool)
        self._work_lines = Lines(root, "jsonl/works.jsonl", spool)
        self._rating_lines = Lines(root, "jsonl/ratings.jsonl", spool)
        self._shards = Shards(root, spool)
        self.contenders = Contenders(spool, scale)
        self.tally = Tally()

    def add(self, page: Sequence[Gathered]) -> None:
        """Raises `FilesLostError`, `OSError`."""
        lost = []
        parents = [parent.work for gathered in page for parent in gathered.parents]
        here = self._plan.splits_of(parents)
        for gathered in page:
            try:
                contents = [artifact.path.read_bytes() for _, artifact in gathered.artifacts]
            except FileNotFoundError:
                contents = []
            if contents and all(map(_is_whole, contents, gathered.artifacts)):
                self._add(gathered, contents, here)
            else:
                lost.append(gathered.work)
        if lost:
            raise FilesLostError(lost)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Afterwards nobody writes here any more, also where something went wrong."""
        self._media.stop()

    def close(self) -> None:
        """What was added is whole then. Raises `OSError`."""
        for part in (self._media, self._works, self._ratings, self._work_lines, self._rating_lines, self._shards):
            part.close()

    def _add(self, gathered: Gathered, originals: Sequence[bytes], here: Mapping[CreationId, Split]) -> None:
        contents = [
            self._released(gathered, part, artifact, content)
            for (part, artifact), content in zip(gathered.artifacts, originals, strict=True)
        ]
        files = [
            self._file(part, artifact, fingerprint, content)
            for (part, artifact), fingerprint, content in zip(
                gathered.artifacts, gathered.fingerprints, contents, strict=True
            )
        ]
        text = contents[0].decode() if gathered.medium is Medium.TEXT else None
        work = self._released_work(gathered, files, text, here)
        row = work_row(work)
        images = [
            {"bytes": content, "path": file.path}
            for file, content in zip(files, contents, strict=True)
            if file.media_type.startswith("image/")
        ]
        line = as_json(for_json(row, split=work.split.value))
        self._works.add(work.split, for_parquet(row, images), sum(len(image["bytes"]) for image in images))
        self._work_lines.add(line)
        self._shards.add(work.split, f"{work.work:0{_NAME_DIGITS}}", _members(line, files, contents))
        for rating in gathered.ratings:
            told = rating_row(rating)
            self._ratings.add(rating.split, told)
            self._rating_lines.add(as_json(for_json(told, split=rating.split.value)))
        self.contenders.add(work, gathered.ratings)
        self._count(gathered, work)

    def _released(self, gathered: Gathered, part: int, artifact: Artifact, content: bytes) -> bytes:
        if gathered.medium is Medium.TEXT:
            return scrubbed(content.decode("utf-8", "replace")).encode()
        if artifact.media_type != _PNG or artifact.picture is None or not isinstance(gathered.request, ImageRequest):
            return content
        inscription = Inscription(
            request=gathered.request,
            provenance=gathered.provenance,
            part=part,
            picture=artifact.picture,
            is_from_upload=gathered.is_from_upload,
        )
        return self._inscribe(content, inscription)

    def _file(self, part: int, artifact: Artifact, fingerprint: str | None, content: bytes) -> ReleasedFile:
        listed = self._media.add(content, artifact.media_type)
        picture = artifact.picture
        return ReleasedFile(
            part=part,
            path=listed.path,
            media_type=artifact.media_type,
            sha256=listed.sha256,
            size_bytes=listed.size_bytes,
            width=picture.width if picture else None,
            height=picture.height if picture else None,
            fingerprint=fingerprint,
            unsafe=picture.unsafe if picture else None,
        )

    def _released_work(
        self, gathered: Gathered, files: Sequence[ReleasedFile], text: str | None, here: Mapping[CreationId, Split]
    ) -> ReleasedWork:
        provenance = gathered.provenance
        terms = self._models.get(provenance.model)
        return ReleasedWork(
            work=gathered.work,
            split=gathered.split,
            medium=gathered.medium,
            author=gathered.author,
            created_at=gathered.created_at,
            prompt=gathered.request.prompt,
            request=_REQUEST.dump_python(gathered.request, mode="json"),
            model=provenance.model,
            model_sha256=provenance.model_sha256,
            licence=terms.licence if terms else "unknown",
            engine=provenance.engine,
            seed=provenance.seed,
            settings=dict(provenance.settings),
            versions=dict(provenance.versions),
            device=provenance.device,
            dtype=provenance.dtype,
            parents=tuple(
                ReleasedParent(work=one.work, relation=one.relation, part=one.part, is_here=one.work in here)
                for one in gathered.parents
            ),
            files=tuple(files),
            text=text,
            tags=gathered.tags,
            raters=gathered.raters,
            score=gathered.score,
            low=gathered.low,
            high=gathered.high,
        )

    def _count(self, gathered: Gathered, work: ReleasedWork) -> None:
        tally = self.tally
        tally.works[work.split] += 1
        tally.by_medium[work.medium] += 1
        tally.licences[work.licence] += 1
        if isinstance(gathered.request, TextRequest) and gathered.request.language:
            tally.languages[gathered.request.language] += 1
        tally.ratings[work.split] += len(gathered.ratings)
        tally.ratings_left_out += gathered.ratings_left_out
        tally.newest = max(tally.newest, gathered.newest)


def _is_whole(content: bytes, artifact: tuple[int, Artifact]) -> bool:
    return hashlib.sha256(content).hexdigest() == artifact[1].sha256


def _members(line: bytes, files: Sequence[ReleasedFile], contents: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """What a work is in a shard: `json`, and `png` or `txt`; the second picture of a set is `1.png`, and so on."""
    yield "json", line
    for number, (file, content) in enumerate(zip(files, contents, strict=True)):
        yield f"{number}.{extension_of(file.media_type)}" if number else extension_of(file.media_type), content
