"""What a folder of a model must and must not hold, before anything reads its weights."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from inference.catalog.errors import (
    ConfigurationBrokenError,
    FilesMissingError,
    PickledWeightsError,
    RemoteCodeError,
)
from inference.catalog.layout import INDEX, LEFT_OUT, PICKLES, WEIGHTS, has_weights, is_weights

CONFIG: Final = "config.json"
_CONFIGURATIONS: Final = "*config.json"  # Of the model, its tokenizer, its generation and whatever else.
_SHARDS: Final = f"*{WEIGHTS}*index*.json"
_CODE: Final = frozenset({"auto_map", "custom_pipelines"})
_LIBRARIES: Final = frozenset({"diffusers", "transformers"})
_COMPONENT: Final = re.compile(r"[a-z][a-z0-9_]*")  # It names a folder.
_CLASS: Final = re.compile(r"[A-Z]\w*", re.ASCII)


def vet(name: str, folder: Path, architecture: str = "") -> None:
    """Raises a `PullError` if the folder is no model of transformers, or is one that could run code of its own.

    Pickles beside safetensors are harmless, since nothing opens them.
    """
    files = _names_in(folder)
    vet_names(name, files)
    vet_configuration(name, folder, architecture)
    vet_shards(name, folder, files)


def vet_pipeline(name: str, folder: Path, pipeline: str) -> None:
    """Raises a `PullError` if the folder is not that pipeline of diffusers, or could run code of its own."""
    if not (folder / INDEX).is_file():
        raise FilesMissingError(name=name, files=INDEX)
    components = components_of(name, folder / INDEX, pipeline)
    for component, class_name in components.items():
        vet_component(name, component, class_name, _names_in(folder / component))
    vet_parts(name, folder, {component: _names_in(folder / component) for component in components})


def vet_names(name: str, files: Iterable[str]) -> None:
    """Of a flat folder or repository."""
    present = set(files)
    _vet_weights(name, present, f"*{WEIGHTS}")
    if CONFIG not in present:
        raise FilesMissingError(name=name, files=CONFIG)


def vet_component(name: str, component: str, class_name: str, files: Iterable[str]) -> None:
    """Of a pipeline's folder or repository; the names are those inside the component's folder."""
    present = set(files)
    if not present:
        raise FilesMissingError(name=name, files=component)
    if has_weights(class_name):
        _vet_weights(name, present, f"{component}/*{WEIGHTS}")


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
    """Every file of weights that an index names has to be there, and to be no pickle."""
    for index in sorted(folder.glob(_SHARDS)):
        shards = _table_of(name, index).get("weight_map")
        if not isinstance(shards, dict):
            raise ConfigurationBrokenError(name=name, reason=f"{index.name} has no weight_map")
        named = set(map(str, shards.values()))
        if not all(map(is_weights, named)):
            raise PickledWeightsError(name)
        if missing := sorted(named - set(files)):
            raise FilesMissingError(name=name, files=", ".join(missing))


def components_of(name: str, index: Path, pipeline: str) -> dict[str, str]:
    """The parts of a pipeline that are loaded, and their classes.

    Raises `ConfigurationBrokenError` if the index is of another pipeline, `RemoteCodeError` if a class is of its own.
    """
    table = _table_of(name, index)
    if _has_code(table):
        raise RemoteCodeError(name)
    if (found := table.get("_class_name")) != pipeline:
        raise ConfigurationBrokenError(name=name, reason=f"it is of {found}, the catalog says {pipeline}")
    named = {key: value for key, value in table.items() if isinstance(value, list) and not key.startswith("_")}
    return {
        component: _class_of(name, component, value)
        for component, value in named.items()
        if component not in LEFT_OUT and value != [None, None]
    }


def vet_parts(name: str, folder: Path, components: Mapping[str, Iterable[str]]) -> None:
    """What describes the components of a pipeline, each with the files that it has or will have."""
    for component, files in components.items():
        if any((folder / component).glob("*.py")):  # diffusers would prefer it to the library's class.
            raise RemoteCodeError(name)
        vet_code(name, folder / component)
        vet_shards(name, folder / component, files)


def _class_of(name: str, component: str, value: list[object]) -> str:
    match value:
        case [str() as library, str()] if library not in _LIBRARIES:
            raise RemoteCodeError(name)
        case [str(), str() as class_name] if _COMPONENT.fullmatch(component) and _CLASS.fullmatch(class_name):
            return class_name
        case _:
            raise ConfigurationBrokenError(name=name, reason=f"{INDEX} says {value} of {component!r}")


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _vet_weights(name: str, present: Iterable[str], wanted: str) -> None:
    if not any(map(is_weights, present)):
        if any(file.endswith(PICKLES) for file in present):
            raise PickledWeightsError(name)
        raise FilesMissingError(name=name, files=wanted)


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
