"""What stands about a model beside its folder, and outlives it: the host's agreement, and the commit first seen."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from inference.catalog.model import Adapter, Model
from inference.catalog.sources import HubSource

_ADAPTERS: Final = "adapter_pins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What a revision of a repository came to when it was first pulled."""

    repository: str
    revision: str
    commit: str
    sha256: Mapping[str, str]  # Of each file.


def terms_of(model: Model) -> dict[str, Any]:
    """What the host agrees to; if any of it changes, the agreement is no longer one."""
    source = asdict(model.source) if isinstance(model.source, HubSource) else {"sha256": model.source_sha256}
    terms = {"licence": model.licence, "acknowledgement": model.acknowledgement, "source": _plain(source)}
    adapters = {adapter.name: _plain(asdict(adapter.source)) for adapter in model.adapters}
    return terms | ({"adapters": adapters} if adapters else {})


def needs_acknowledgement(model: Model, models: Path) -> bool:
    """Whether the host has to agree to something, and has not yet."""
    if not model.acknowledgement:
        return False
    found = _read(models, model).get("acknowledged")
    return not isinstance(found, dict) or {key: found.get(key) for key in terms_of(model)} != terms_of(model)


def acknowledge(model: Model, models: Path, *, at: datetime) -> None:
    _write(models, model, acknowledged={"at": at.isoformat(timespec="seconds"), **terms_of(model)})


def pin_of(model: Model, models: Path, adapter: Adapter | None = None) -> Pin | None:
    """The pin that holds for the model's source, or for that of one of its adapters."""
    facts = _read(models, model)
    try:
        pin = Pin(**(facts[_ADAPTERS][adapter.name] if adapter else facts["pin"]))
    except (KeyError, TypeError):
        return None
    source = adapter.source if adapter else model.source
    if not isinstance(source, HubSource) or (pin.repository, pin.revision) != (source.repository, source.revision):
        return None
    return pin


def put_pin(model: Model, models: Path, pin: Pin, adapter: Adapter | None = None) -> None:
    if adapter:
        others = _read(models, model).get(_ADAPTERS, {})
        _write(models, model, **{_ADAPTERS: others | {adapter.name: asdict(pin)}})
    else:
        _write(models, model, pin=asdict(pin))


def _path(models: Path, model: Model) -> Path:
    return models / f"{model.name}.json"


def _read(models: Path, model: Model) -> dict[str, Any]:
    try:
        found = json.loads(_path(models, model).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(models: Path, model: Model, **facts: Any) -> None:
    models.mkdir(parents=True, exist_ok=True)
    path = _path(models, model)
    half = path.with_suffix(".json.new")
    half.write_text(json.dumps(_read(models, model) | facts, indent=2, ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def _plain(facts: dict[str, Any]) -> Any:
    return json.loads(json.dumps(facts))
