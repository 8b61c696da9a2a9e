"""Writes the works of a release: each once, into every form that readers look for, in one pass."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from inference.contract.artifacts import Artifact
from inference.contract.identifiers import CreationId, ModelName
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from storage.release.contenders import Contenders
from storage.release.developing import Develop, Developed, Undeveloped
from storage.release.files import Lines, Listed, Shards, Spool, Tables, as_json, extension_of
from storage.release.gathering import Gathered
from storage.release.pairs import estimated
from storage.release.plan import Plan
from storage.release.quality import Figures
from storage.release.schema import RATINGS, WORKS, for_parquet, for_shard, rating_row, work_row
from storage.release.values import ReleasedFile, ReleasedParent, ReleasedWork, Split, Terms
from storage.scoring import Estimate, Scale

_REQUEST: Final[TypeAdapter[Any]] = TypeAdapter(Request)
_NAME_DIGITS: Final = 12  # Of a work in the shards, so that names stand in the order of numbers.
OLDEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


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
    raters: dict[str, set[Split]] = field(default_factory=dict)  # By name, the splits in which it stands.
    ratings_withheld: int = 0
    ratings_left_out: int = 0
    figures: Figures = field(default_factory=Figures)
    newest: datetime = OLDEST

    @property
    def raters_in_several_splits(self) -> int:
        return sum(len(splits) > 1 for splits in self.raters.values())


class Writing:
    """Holds a row group of each split, and no more, however many works there are. Every call is for a thread."""

    def __init__(
        self, root: Path, spool: Spool, plan: Plan, models: Mapping[ModelName, Terms], scale: Scale, develop: Develop
    ) -> None:
        self._plan = plan
        self._models = models
        self._develop = develop
        self._spool = spool
        self._works = Tables(root, "works", WORKS, spool)
        self._ratings = Tables(root, "ratings", RATINGS, spool)
        self._work_lines = Lines(root, "jsonl/works.jsonl", spool)
        self._rating_lines = Lines(root, "jsonl/ratings.jsonl", spool)
        self._shards = Shards(root, spool)
        self._scale = scale
        self.contenders = Contenders(spool)
        self.tally = Tally()

    def add(self, page: Sequence[Gathered]) -> None:
        """Raises `FilesLostError`, `OSError`."""
        lost = []
        parents = [parent.work for gathered in page for parent in gathered.parents]
        here = self._plan.splits_of(parents)
        for gathered, developed in zip(page, self._develop(list(map(_undeveloped, page))), strict=True):
            if developed.contents:
                self._add(gathered, developed, here)
            else:
                lost.append(gathered.work)
        if lost:
            raise FilesLostError(lost)

    @property
    def shards(self) -> Mapping[str, Sequence[Split]]:
        """By kind, those that have any."""
        return self._shards.kinds

    def close(self) -> None:
        for part in (self._works, self._ratings, self._work_lines, self._rating_lines, self._shards):
            part.close()

    def _add(self, gathered: Gathered, developed: Developed, here: Mapping[CreationId, Split]) -> None:
        contents = developed.contents
        files = [
            _file(part, artifact, fingerprint, listed)
            for (part, artifact), fingerprint, listed in zip(
                gathered.artifacts, gathered.fingerprints, developed.listed, strict=True
            )
        ]
        self._spool.list(*developed.listed)
        text = contents[0].decode() if gathered.medium is Medium.TEXT else None
        standing = estimated(gathered.ratings, self._scale)
        work = self._released_work(gathered, standing, files, text, here)
        row = work_row(work)
        images = [
            {"bytes": content, "path": file.path}
            for file, content in zip(files, contents, strict=True)
            if file.media_type.startswith("image/")
        ]
        line = as_json({"split": work.split.value, **row})
        self._works.add(work.split, for_parquet(row, images), sum(len(image["bytes"]) for image in images))
        self._work_lines.add(line)
        self._add_samples(work, row, contents)
        for rating in gathered.ratings:
            told = rating_row(rating)
            self._ratings.add(rating.split, told)
            self._rating_lines.add(as_json({"split": rating.split.value, **told}))
        self.contenders.add(work, standing)
        self._count(gathered, work)

    def _add_samples(self, work: ReleasedWork, row: Mapping[str, Any], contents: Sequence[bytes]) -> None:
        for file, content in zip(work.files, contents, strict=True):
            kind = extension_of(file.media_type)
            sample = as_json(for_shard(row, work, file))
            name = f"{work.work:0{_NAME_DIGITS}}-{file.part}"
            self._shards.add(kind, work.split, name, (("json", sample), (kind, content)))

    def _released_work(
        self,
        gathered: Gathered,
        standing: Estimate,
        files: Sequence[ReleasedFile],
        text: str | None,
        here: Mapping[CreationId, Split],
    ) -> ReleasedWork:
        provenance = gathered.provenance
        terms = self._models.get(provenance.model)
        return ReleasedWork(
            work=gathered.work,
            split=gathered.split,
            medium=gathered.medium,
            author=gathered.author,
            created_at=gathered.created_at,
            **_of_text(gathered.request),
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
            raters=standing.raters,
            score=standing.score,
            low=standing.low,
            high=standing.high,
        )

    def _count(self, gathered: Gathered, work: ReleasedWork) -> None:
        tally = self.tally
        tally.works[work.split] += 1
        tally.by_medium[work.medium] += 1
        tally.licences[work.licence] += 1
        if work.language:
            tally.languages[work.language] += 1
        tally.ratings[work.split] += len(gathered.ratings)
        for rating in gathered.ratings:
            tally.raters.setdefault(rating.rater, set()).add(work.split)
        tally.ratings_withheld += gathered.ratings_withheld
        tally.ratings_left_out += gathered.ratings_left_out
        tally.figures.add(work, gathered.ratings)
        tally.newest = max(tally.newest, gathered.newest)


def _undeveloped(gathered: Gathered) -> Undeveloped:
    return Undeveloped(
        work=gathered.work,
        medium=gathered.medium,
        request=gathered.request,
        provenance=gathered.provenance,
        artifacts=gathered.artifacts,
        is_from_upload=gathered.is_from_upload,
    )


def _file(part: int, artifact: Artifact, fingerprint: str | None, listed: Listed) -> ReleasedFile:
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


def _of_text(request: Any) -> dict[str, Any]:
    """What a text has and no picture."""
    if not isinstance(request, TextRequest):
        return {"genre": None, "language": None}
    return {"genre": request.genre.value, "language": request.language}
