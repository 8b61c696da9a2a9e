"""The columns of a release, as Parquet has them and as `datasets` reads them."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from storage.release.files import as_json
from storage.release.values import ReleasedFile, ReleasedParent, ReleasedRating, ReleasedWork

_IMAGE: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TIME: Final = pa.timestamp("us", tz="UTC")
_PARENT: Final = pa.struct(
    [("work", pa.int64()), ("relation", pa.string()), ("part", pa.int32()), ("is_here", pa.bool_())]
)
_FILE: Final = pa.struct(
    [
        ("part", pa.int32()),
        ("path", pa.string()),
        ("media_type", pa.string()),
        ("sha256", pa.string()),
        ("size_bytes", pa.int64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("fingerprint", pa.string()),
        ("unsafe", pa.float64()),
    ]
)


def _described(fields: list[tuple[str, pa.DataType]]) -> pa.Schema:
    """With the note that `datasets` looks for, so that pictures are read as pictures."""
    features = {name: _feature(kind) for name, kind in fields}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _feature(kind: pa.DataType) -> Mapping[str, Any]:
    if kind == _IMAGE:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    dtype = {"double": "float64", "date32[day]": "date32"}.get(str(kind), str(kind))
    return {"dtype": dtype, "_type": "Value"}


# `request`, `settings` and `versions` are JSON: what they hold differs from model to model.
WORKS: Final = _described(
    [
        ("work", pa.int64()),
        ("medium", pa.string()),
        ("author", pa.string()),
        ("created_at", _TIME),
        ("genre", pa.string()),
        ("language", pa.string()),
        ("prompt", pa.string()),
        ("text", pa.string()),
        ("images", pa.list_(_IMAGE)),
        ("request", pa.string()),
        ("model", pa.string()),
        ("model_sha256", pa.string()),
        ("licence", pa.string()),
        ("engine", pa.string()),
        ("seed", pa.int64()),
        ("settings", pa.string()),
        ("versions", pa.string()),
        ("device", pa.string()),
        ("dtype", pa.string()),
        ("parents", pa.list_(_PARENT)),
        ("files", pa.list_(_FILE)),
        ("tags", pa.list_(pa.string())),
        ("raters", pa.int32()),
        ("score", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
RATINGS: Final = _described(
    [
        ("work", pa.int64()),
        ("rater", pa.string()),
        ("axis", pa.string()),
        ("stars", pa.int8()),
        ("rated_on", pa.date32()),
        ("via", pa.string()),
        ("repeat", pa.int8()),
        ("remark", pa.string()),
    ]
)
_IN_JSON: Final = ("request", "settings", "versions")


def work_row(work: ReleasedWork) -> dict[str, Any]:
    """A row of `WORKS`, without the pictures' bytes."""
    return {
        "work": work.work,
        "medium": work.medium.value,
        "author": work.author,
        "created_at": work.created_at,
        "genre": work.genre,
        "language": work.language,
        "prompt": work.prompt,
        "text": work.text,
        "request": work.request,
        "model": work.model,
        "model_sha256": work.model_sha256,
        "licence": work.licence,
        "engine": work.engine,
        "seed": work.seed,
        "settings": work.settings,
        "versions": work.versions,
        "device": work.device,
        "dtype": work.dtype,
        "parents": [_parent_row(parent) for parent in work.parents],
        "files": [_file_row(file) for file in work.files],
        "tags": list(work.tags),
        "raters": work.raters,
        "score": work.score,
        "low": work.low,
        "high": work.high,
    }


def rating_row(rating: ReleasedRating) -> dict[str, Any]:
    """A row of `RATINGS`, without the exact figures of a rater: they are the same under both names of a member."""
    return {
        "work": rating.work,
        "rater": rating.rater,
        "axis": rating.axis.value,
        "stars": rating.stars,
        "rated_on": rating.rated_on,
        "via": rating.via and rating.via.value,
        "repeat": rating.repeat,
        "remark": rating.remark,
    }


def for_parquet(row: Mapping[str, Any], images: list[dict[str, Any]]) -> dict[str, Any]:
    """A row of a work for Parquet: with its pictures, and what has no fixed columns as JSON."""
    return {**row, "images": images, **{name: as_json(row[name]).decode() for name in _IN_JSON}}


def for_shard(row: Mapping[str, Any], work: ReleasedWork, file: ReleasedFile) -> dict[str, Any]:
    """A row of a work beside one of its files. All samples have the same fields, each of one type.

    `datasets` learns the types from the first few samples: what is empty there must not be something else later. So
    lists and what has no fixed columns are JSON, and what is missing is an empty text.
    """
    told = {name: _of_one_type(name, value) for name, value in row.items() if name not in ("text", "files")}
    return {
        "split": work.split.value,
        **told,
        "part": file.part,
        "sha256": file.sha256,
    }


def _of_one_type(column: str, value: Any) -> str | int | float:
    if isinstance(value, list | dict):
        return as_json(value).decode()
    if value is None:
        return ""
    # A bound of five stars is a whole number, which JSON would write as one.
    return float(value) if pa.types.is_floating(WORKS.field(column).type) else value


def _parent_row(parent: ReleasedParent) -> dict[str, Any]:
    return {
        "work": parent.work,
        "relation": parent.relation.value,
        "part": parent.part,
        "is_here": parent.is_here,
    }


def _file_row(file: ReleasedFile) -> dict[str, Any]:
    return {
        "part": file.part,
        "path": file.path,
        "media_type": file.media_type,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "width": file.width,
        "height": file.height,
        "fingerprint": file.fingerprint,
        "unsafe": file.unsafe,
    }
