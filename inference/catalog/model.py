"""What is known of one model before it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from inference.catalog.sources import (
    BuiltinSource,
    FolderSource,
    HubSource,
    PartsSource,
    Source,
    WheelSource,
    WheelsSource,
)
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, Option
from inference.contract.mediums import Basis, Medium

TEXT_BASES: Final = frozenset({Basis.NOTHING, Basis.CONTINUATION, Basis.REVISION})
LLAMA: Final = "llama"  # The engine that reads GGUF.
REALESRGAN: Final = "realesrgan"  # The engine that reads ncnn's files of that network.
DIFFUSERS: Final = "diffusers"  # The engine that reads pipelines.


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDefaults:
    """How a text model samples unless a request says otherwise."""

    temperature: float = 0.8  # 0: always the likeliest token.
    top_k: int = 50  # 0: no limit.
    top_p: float = 0.95
    repetition_penalty: float = 1.0  # 1: none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A LoRA of one safetensors file, which changes the weights of the model beneath."""

    name: str  # Unique in its model; the file is `adapters/<name>.safetensors` in the model's folder.
    source: HubSource  # Whose `sha256` speaks of `file` alone.
    file: str  # Its path in the repository.
    weight: float = 1.0  # 1: as it was trained.

    @property
    def place(self) -> str:
        return f"adapters/{self.name}.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDefaults:
    """How a picture model draws unless a request says otherwise. Pixels are those that it draws, before an upscaler."""

    canvas: Canvas
    multiple_of: int  # Of either side.
    least_pixels: int  # Width × height.
    most_pixels: int
    steps: int
    guidance: float  # 1 or less: none.
    prompt_tokens: int  # Of a prompt; what is beyond them is not read.
    pipeline: str = ""  # The class of diffusers; empty: the engine needs none.
    reference_pipeline: str = ""  # The class that begins from a picture; empty: none does.
    strength: float = 0.6  # How far from a reference.
    guidance_argument: str = "guidance_scale"  # Of the pipeline's call.
    scheduler: str = ""  # The class of diffusers; empty: as the repository says.
    scheduler_options: Mapping[str, bool | int | float | str] = field(default_factory=dict)  # Over the repository's.
    dtype: str = ""  # Of torch, for models that bear no other; empty: as the device likes it.
    variant: str = ""  # Of the files of weights, such as "fp16"; empty: those without.
    adapters: tuple[Adapter, ...] = ()
    upscaler: ModelName | None = None  # A model that every picture goes through before its member gets it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Upscaling:
    """What a model that makes pictures larger does."""

    scale: int  # Of either side.
    most_pixels: int  # Width × height of a picture that it takes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry of the catalog."""

    name: ModelName
    title: str
    medium: Medium
    engine: str
    source: Source
    licence: str  # SPDX, or where there is no identifier the name that its makers give it.
    memory_gib: float  # At rest, in the default dtype, with the caches of a full batch.
    languages: tuple[str, ...]  # BCP 47 primary subtags that it writes or reads well; empty: any.
    bases: frozenset[Basis] = TEXT_BASES  # What a work of it can begin with.
    options: frozenset[Option] = frozenset()  # Those of a picture that it honours.
    context_tokens: int = 0  # Of a text model: prompt and text together, for one run.
    defaults: TextDefaults = TextDefaults()
    picture: PictureDefaults | None = None  # Of a model that draws.
    upscaling: Upscaling | None = None  # Of a model that begins with `Basis.UPSCALE`.
    architecture: str = ""  # The class of transformers that its config.json has to name; empty: any.
    template_arguments: Mapping[str, bool | str] = field(default_factory=dict)  # For the chat template.
    may_release: bool = True  # Whether its licence lets what it makes be released, for others to train on.
    release_note: str = ""  # What of the licence bears on that; empty: nothing.
    acknowledgement: str = ""  # What the host has to agree to before a pull; empty: nothing.
    notes: str = ""

    @property
    def source_sha256(self) -> str:
        """What provenance names; empty where the source has no sum of its own."""
        return self.source.sha256 if isinstance(self.source, WheelSource | WheelsSource | PartsSource) else ""

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        return self.picture.adapters if self.picture else ()

    @property
    def download_bytes(self) -> int:
        """About how much a pull fetches; 0 where it fetches nothing, or nobody knows."""
        if isinstance(self.source, FolderSource | BuiltinSource) or not self.source.size_bytes:
            return 0
        return self.source.size_bytes + sum(adapter.source.size_bytes for adapter in self.adapters)
