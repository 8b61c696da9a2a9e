"""The catalog of models: a file a medium in `models` and, if the host has one, another of the same form over them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from inference.catalog.entries import model_of
from inference.catalog.errors import ModelUnsuitableError
from inference.catalog.model import Model
from inference.catalog.reading import CatalogBrokenError, Table
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Basis, Medium

_SHIPPED: Final = Path(__file__).with_name("models")
_DEFAULTS: Final = "defaults"
_UPSCALER: Final = "upscaler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every model by its name, and which of them a new installation uses."""

    models: Mapping[ModelName, Model]
    defaults: Mapping[Medium, ModelName]
    upscaler: ModelName | None = None  # Of pictures whose own model names none.

    @classmethod
    def load(cls, extra: Path | None = None) -> Self:
        """The shipped entries, overlaid by those of `extra`. Raises `CatalogBrokenError`."""
        models: dict[ModelName, Model] = {}
        chosen: dict[str, ModelName] = {}
        for path in [*(_SHIPPED / f"{medium}.toml" for medium in Medium), *([extra] if extra else [])]:
            table = _table_of(path)
            models |= {ModelName(name): model_of(ModelName(name), entry) for name, entry in table.tables("models")}
            chosen |= _chosen(table.table(_DEFAULTS, {}))
            table.close()
        for key, name in chosen.items():
            _require_fitting(key, models.get(name))
        for model in models.values():
            _require_upscaler(model, models)
        defaults = {medium: chosen[medium] for medium in Medium}
        return cls(models=MappingProxyType(models), defaults=MappingProxyType(defaults), upscaler=chosen[_UPSCALER])

    def get(self, name: ModelName) -> Model:
        """Raises `ModelUnknownError`."""
        try:
            return self.models[name]
        except KeyError:
            raise ModelUnknownError(name) from None

    def in_use(self, chosen: Mapping[Medium, ModelName | None]) -> tuple[Model, ...]:
        """Those that an installation needs: of each medium the chosen one or the default, and what enlarges pictures.

        Raises `ModelUnknownError`, and `ModelUnsuitableError` for a chosen model that does something else.
        """
        models = [self.get(chosen.get(medium) or self.defaults[medium]) for medium in Medium]
        for medium, model in zip(Medium, models, strict=True):
            if model.medium != medium or Basis.NOTHING not in model.bases:
                raise ModelUnsuitableError(model.name, medium=medium)
        upscalers = [self.upscaler_of(model) for model in models if model.medium is Medium.IMAGE]
        return tuple({model.name: model for model in [*models, *upscalers]}.values())

    def upscaler_of(self, model: Model) -> Model:
        """What makes a picture of this model larger: the model itself, the one that it names, or the usual one.

        Raises `ModelUnknownError` where there is none.
        """
        if model.upscaling:
            return model
        return self.get((model.picture and model.picture.upscaler) or self.upscaler or ModelName(_UPSCALER))

    def scale_of(self, model: Model) -> int:
        """How many pixels of what a member gets stand, on either side, for one that the model draws."""
        upscaler = self.models[model.picture.upscaler] if model.picture and model.picture.upscaler else None
        return upscaler.upscaling.scale if upscaler and upscaler.upscaling else 1

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())


def _table_of(path: Path) -> Table:
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogBrokenError(str(path), str(error)) from error


def _chosen(table: Table) -> dict[str, ModelName]:
    chosen = {key: ModelName(table.text(key)) for key in (*Medium, _UPSCALER) if key in table}
    table.close()
    return chosen


def _require_fitting(key: str, model: Model | None) -> None:
    """Raises `CatalogBrokenError` if the model is not there, or does not do what it is the default of."""
    wanted: tuple[Medium, Basis] = (Medium.IMAGE, Basis.UPSCALE) if key == _UPSCALER else (Medium(key), Basis.NOTHING)
    if model is None or model.medium != wanted[0] or wanted[1] not in model.bases:
        raise CatalogBrokenError(f"{_DEFAULTS}.{key}", "names no model that does this")


def _require_upscaler(model: Model, models: Mapping[ModelName, Model]) -> None:
    named = model.picture and model.picture.upscaler
    if named and not (named in models and models[named].upscaling):
        raise CatalogBrokenError(f"models.{model.name}.picture.upscaler", f"{named!r} makes no picture larger")
