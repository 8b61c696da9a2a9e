"""What stands in a model's folder once everything else does: where its files are from."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from inference.catalog.beside import sum_beside
from inference.catalog.model import Model
from inference.catalog.sources import HubSource, PartsSource

MARKER: Final = "model.json"


def put_marker(folder: Path, model: Model, facts: dict[str, Any]) -> None:
    (folder / MARKER).write_text(json.dumps(_recipe(model) | facts, indent=2), encoding="utf-8")


def is_marked(folder: Path, model: Model) -> bool:
    """Whether all is here, of the model's source, also of one that names it more exactly since."""
    facts = facts_of(folder)
    match model.source:
        case HubSource() as source:
            return _is_of_hub(facts, source) and _is_adapted(facts, model)
        case PartsSource() as source:
            return is_of_source(facts, model) and facts.get("beside_sha256") == sum_beside(source)
        case _:
            return is_of_source(facts, model)


def is_of_source(facts: dict[str, Any], model: Model) -> bool:
    return bool(facts.get("source") == _recipe(model)["source"])


def facts_of(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_of_hub(facts: dict[str, Any], source: HubSource) -> bool:
    found, sums = facts.get("source"), facts.get("sha256", {})
    return (
        isinstance(found, dict)
        and found.get("repository") == source.repository
        and source.revision in {found.get("revision"), facts.get("commit")}
        and all(sums.get(file) == sha256 for file, sha256 in source.sha256.items())
    )


def _is_adapted(facts: dict[str, Any], model: Model) -> bool:
    """Whether each adapter is here, and no other, which is a matter of files: how much each counts is not."""
    found = facts.get("adapters", {})
    return set(found) == {adapter.name for adapter in model.adapters} and all(
        _is_of_hub(found[adapter.name] | {"source": found[adapter.name]}, adapter.source)
        and adapter.file in found[adapter.name]["sha256"]
        for adapter in model.adapters
    )


def _recipe(model: Model) -> dict[str, Any]:
    source = {key: value for key, value in asdict(model.source).items() if key != "size_bytes"}
    plain: dict[str, Any] = json.loads(json.dumps({"source": source}, default=str))  # As it reads back.
    return plain | {"source_sha256": model.source_sha256}
