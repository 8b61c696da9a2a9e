"""What engines with models share: the catalog, the folder of pulled models, and one budget of memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.contract.identifiers import ModelName
from inference.engines.folders import folder_of
from inference.engines.residency import Residency

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Each engine loads what is its own to load, and holds it for as long as it works with it."""

    catalog: Catalog
    models: Path
    residency: Residency[Any]

    def has_room(self, name: ModelName) -> bool:
        """Whether the model could be in memory beside those that are held now. Raises `ModelUnknownError`."""
        return self.residency.has_room(name, self.catalog.get(name).memory_gib)

    @contextmanager
    def hold(self, name: ModelName, load: Callable[[Model, Path], T]) -> Iterator[T]:
        """The model, in memory for the length of the block. Raises `ModelUnknownError`, and what `load` raises."""
        entry = self.catalog.get(name)
        folder = folder_of(entry, self.models)
        with self.residency.hold(name, entry.memory_gib, lambda: load(entry, folder)) as model:
            yield model
