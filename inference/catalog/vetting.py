"""What a folder of a model must and must not hold, before anything reads its weights."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from inference.catalog.errors import (
    ConfigurationBrokenError,
    FilesMissingError,
    PickledWeightsError,
    PullError,
    RemoteCodeError,
)

CONFIG: Final = "config.json"
_INDEX: Final = "model.safetensors.index.json"
_WEIGHTS: Final = ".safetensors"
_CONFIGURATIONS: Final = "*config.json"  # Of the model, its tokenizer, its generation and whatever else.
_CODE: Final = frozenset({"auto_map", "custom_pipelines"})
_PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")


def is_sound(folder: Path) -> bool:
    """Whether `vet` has nothing against the folder."""
    try:
        vet(str(folder), folder)
    except PullError:
        return False
    return True


def vet(name: str, folder: Path, architecture: str = "") -> None:
    """Raises a `PullError` if the folder is no model of transformers, or is one that could run code of its own.

    Pickles beside safetensors are harmless, since nothing opens them.
    """
    files = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    vet_names(name, files)
    vet_configuration(name, folder, architecture)
    vet_shards(name, folder, files)


def vet_names(name: str, files: Iterable[str]) -> None:
    present = set(files)
    if not any(file.endswith(_WEIGHTS) for file in present):
        if any(file.endswith(_PICKLES) for file in present):
            raise PickledWeightsError(name)
        raise FilesMissingError(name=name, files="*.safetensors")
    if CONFIG not in present:
        raise FilesMissingError(name=name, files=CONFIG)


def vet_code(name: str, folder: Path) -> None:
    """Raises `RemoteCodeError` if a configuration names code, at whatever depth."""
    for path in sorted(folder.glob(_CONFIGURATIONS)):
        if _has_code(_table_of(name, path)):
            raise RemoteCodeError(name)


def vet_configuration(name: str, folder: Path, architecture: str = "") -> None:
    vet_code(name, folder)
    found = _table_of(name, folder / CONFIG).get("architectures") or []
    if architecture and not (isinstance(found, list) and architecture in found):
        raise ConfigurationBrokenError(name=name, reason=f"it names {found}, the catalog {architecture}")


def vet_shards(name: str, folder: Path, files: Iterable[str]) -> None:
    """Every file of weights that the index names has to be there, and to be no pickle."""
    if (folder / _INDEX).is_file():
        shards = _table_of(name, folder / _INDEX).get("weight_map")
        if not isinstance(shards, dict):
            raise ConfigurationBrokenError(name=name, reason=f"{_INDEX} has no weight_map")
        named = set(map(str, shards.values()))
        if not all(file.endswith(_WEIGHTS) for file in named):
            raise PickledWeightsError(name)
        if missing := sorted(named - set(files)):
            raise FilesMissingError(name=name, files=", ".join(missing))


def _has_code(table: dict[str, Any]) -> bool:
    parts: list[Any] = [table]
    while parts:  # Not by recursion: who wrote the file chose the depth.
        match parts.pop():
            case dict() as part:
                if not _CODE.isdisjoint(part):
                    return True
                parts += part.values()
            case list() as part:
                parts += part
            case _:
                pass
    return False


def _table_of(name: str, path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # The last: brackets within brackets, by the thousand.
        raise ConfigurationBrokenError(name=name, reason=f"{path.name}: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationBrokenError(name=name, reason=f"{path.name} is not a table")
    return table
