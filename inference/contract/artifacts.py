"""What an engine made, and everything that it takes to make it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from inference.contract.identifiers import ModelName
from inference.contract.image import Picture, Showing

_OF_WORDS: Final = frozenset({"avoid", "translation"})  # Settings that hold what a member typed, or come of it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file that an engine made."""

    path: Path
    media_type: str  # IANA, such as "text/plain"
    sha256: str  # Lowercase hexadecimal, of the file's bytes.
    size_bytes: int
    picture: Picture | None = None  # None: it is none.

    @property
    def is_held(self) -> bool:
        """Whether nobody is to see it before a moderator has."""
        return self.picture is not None and self.picture.showing is Showing.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How an artifact came to be: with the request it is the whole recipe."""

    model: ModelName
    model_sha256: str  # Of the weights' source as the catalog names it.
    engine: str
    seed: int  # The one that was used, drawn or given.
    settings: Mapping[str, float | int | str] = field(default_factory=dict)  # Sampling settings as used.
    versions: Mapping[str, str] = field(default_factory=dict)  # Of the libraries that made it.
    device: str = "cpu"
    dtype: str = "float32"

    def without_words(self) -> Self:
        """Without the settings that hold words of a member."""
        return replace(self, settings={name: used for name, used in self.settings.items() if name not in _OF_WORDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What one job came to."""

    artifacts: tuple[Artifact, ...]
    provenance: Provenance
    device_seconds: float  # This job's share of the device: each step's time divided by the rows in it.
    size: int  # What was made, in the unit of `inference.workload.size_of`.
