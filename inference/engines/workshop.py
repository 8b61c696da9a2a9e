"""The engines of the child process: imported when first wanted, sharing one budget of memory."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from inference.catalog.catalog import Catalog
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import ModelName
from inference.contract.requests import Request
from inference.engines.accelerator import torch_build
from inference.engines.engine import Engine
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from inference.engines.checkpoint import Checkpoint
    from inference.engines.fake.engine import FakeSettings
    from inference.safety.outputs import OutputGuard


class Workshop:
    """Finds the engine for a request. `loaded` and `loading` may be read from another thread."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        models: Path,
        device: str,
        dtype: str,
        memory_gib: float,
        environment: Mapping[str, str],
    ) -> None:
        self._shelf = Shelf(catalog=catalog, models=models, residency=Residency(budget_gib=memory_gib))
        self._device = device
        self._dtype = dtype
        self._environment = environment
        self._engines: dict[str, Engine] = {}
        self._importing: ModelName | None = None

    @classmethod
    def open(cls, models: Path, *, extra_catalog: Path | None = None, **options: Any) -> Self:
        """Raises `CatalogBrokenError`."""
        return cls(catalog=Catalog.load(extra_catalog), models=models, **options)

    @property
    def device(self) -> str:
        """Of the engines imported so far: the first that is not the plain processor."""
        devices = [engine.device for engine in self._engines.values()]
        return next((device for device in devices if device != "cpu"), "cpu")

    @property
    def loaded(self) -> tuple[ModelName, ...]:
        return self._shelf.residency.loaded

    @property
    def loading(self) -> ModelName | None:
        return self._shelf.residency.loading or self._importing

    def warm(self, model: ModelName) -> None:
        """Import the model's engine. Raises `ModelUnknownError`."""
        self._engine(model)

    def preload(self, model: ModelName) -> None:
        """Raises what the engine's `preload` raises, and `ModelUnknownError`."""
        self._engine(model).preload(model)

    def engine_for(self, request: Request) -> Engine:
        """Raises `ModelUnknownError` for a model that the catalog lacks or that makes another medium."""
        model = self._shelf.catalog.get(request.model)
        if model.medium != request.medium:
            raise ModelUnknownError(request.model)
        return self._engine(request.model)

    def _engine(self, name: ModelName) -> Engine:
        kind = self._shelf.catalog.get(name).engine
        if kind not in self._engines:
            self._importing = name
            try:
                self._engines[kind] = self._made(kind)
            finally:
                self._importing = None
        return self._engines[kind]

    def _made(self, kind: str) -> Engine:
        match kind:
            case "fake":
                from inference.engines.fake.words import FakeWriter

                return FakeWriter(self._fake_settings)
            case "fake-pictures":
                from inference.engines.fake.pictures import FAKE_PICTURES, FakePainter

                return FakePainter(self._shelf.catalog.get(FAKE_PICTURES), self._fake_settings)
            case "transformers":
                torch_build()
                from inference.engines.text import TextEngine

                return TextEngine(shelf=self._shelf, device=self._device, dtype=self._dtype)
            case "llama":
                from inference.engines.llama import LlamaEngine

                return LlamaEngine(shelf=self._shelf)
            case "realesrgan":
                from inference.engines.enlarging import EnlargingEngine

                return EnlargingEngine(shelf=self._shelf, outputs=self._outputs)
            case "diffusers":
                torch_build()
                from inference.engines.pictures.engine import PictureEngine

                return PictureEngine(
                    shelf=self._shelf,
                    outputs=self._outputs,
                    lend=self._lent,
                    device=self._device,
                    dtype=self._dtype,
                )
            case _:
                raise ModelUnknownError(kind)

    def _lent(self, name: ModelName) -> "AbstractContextManager[Checkpoint]":
        """A text model, for an engine of pictures to translate with."""
        from inference.engines.text import TextEngine

        engine = self._engine(name)
        if not isinstance(engine, TextEngine):
            raise ModelUnknownError(name)
        return engine.held(name)

    @property
    def _fake_settings(self) -> "FakeSettings":
        from inference.engines.fake.engine import FakeSettings

        return FakeSettings.from_environment(self._environment)

    @cached_property
    def _outputs(self) -> "OutputGuard":
        """One for all engines of pictures: its classifier takes memory, once it has looked."""
        from inference.safety.outputs import OutputGuard

        return OutputGuard()
