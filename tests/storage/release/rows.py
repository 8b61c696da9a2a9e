"""Rows of a release as tests write them: whatever is not said is usual."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from inference.contract.identifiers import CreationId, ModelName
from inference.contract.mediums import Medium
from storage.domain import Axis, Flag, Via
from storage.release.quality import Figures, Quality
from storage.release.values import ReleasedFile, ReleasedRating, ReleasedWork, Split

AT = datetime(2030, 1, 1, tzinfo=UTC)
FILE = ReleasedFile(part=0, path="media/00/0.txt", media_type="text/plain", sha256="0" * 64, size_bytes=3)
_WORK = ReleasedWork(
    work=CreationId(0),
    split=Split.TRAIN,
    medium=Medium.TEXT,
    author="a",
    created_at=AT,
    genre="story",
    language=None,
    prompt="a fox",
    request={},
    model=ModelName("tiny"),
    model_sha256="0" * 64,
    licence="Apache-2.0",
    engine="fake",
    seed=1,
    settings={},
    versions={},
    device="cpu",
    dtype="float32",
    parents=(),
    files=(FILE,),
    text="A fox.",
    tags=(),
    raters=1,
    score=3.0,
    low=2.0,
    high=4.0,
)


def work(number: int, *, author: str = "a", prompt: str = "a fox", parts: Sequence[int] = (0,)) -> ReleasedWork:
    files = tuple(replace(FILE, part=part) for part in parts)
    return replace(_WORK, work=CreationId(number), author=author, prompt=prompt, files=files)


def rating(
    number: int,
    rater: str,
    stars: int,
    *,
    axis: Axis = Axis.OVERALL,
    repeat: int = 0,
    weight: float = 1.0,
    flags: tuple[Flag, ...] = (),
) -> ReleasedRating:
    return ReleasedRating(
        work=CreationId(number),
        split=Split.TRAIN,
        rater=rater,
        axis=axis,
        stars=stars,
        rated_on=AT.date(),
        via=Via.REACTION,
        repeat=repeat,
        severity=0.0,
        severity_deviation=0.1,
        weight=weight,
        flags=flags,
    )


def quality(works: Iterable[ReleasedWork], ratings: Iterable[ReleasedRating]) -> Quality:
    """What there is to say of these works and ratings."""
    figures = Figures()
    by_work: defaultdict[CreationId, list[ReleasedRating]] = defaultdict(list)
    for row in ratings:
        by_work[row.work].append(row)
    for one in works:
        figures.add(one, by_work[one.work])
    return figures.quality()
