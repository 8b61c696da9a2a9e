"""A piece of writing, as a member asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, Self

from inference.contract.errors import (
    ChangeMissingError,
    ChangeTooLongError,
    TemperatureOutOfRangeError,
    VariantsOutOfRangeError,
    WordsOutOfRangeError,
)
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Basis, Medium, check_prompt

MIN_WORDS: Final = 10
MAX_WORDS: Final = 2_000
DEFAULT_WORDS: Final = 150
MAX_TEMPERATURE: Final = 2.0
MAX_VARIANTS: Final = 3
MAX_CHANGE_CHARACTERS: Final = 500


TextBasis = Literal[Basis.NOTHING, Basis.CONTINUATION, Basis.REVISION]


class Genre(StrEnum):
    STORY = "story"
    POEM = "poem"
    LYRICS = "lyrics"
    SCRIPT = "script"
    DIALOGUE = "dialogue"
    ADVERTISEMENT = "advertisement"
    STUDY_NOTES = "study_notes"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """A piece of writing. Raises an `InvalidRequestError` for a blank prompt or a figure out of range."""

    prompt: str
    model: ModelName
    genre: Genre = Genre.FREE
    words: int = DEFAULT_WORDS
    seed: int | None = None  # None: the engine draws one, and reports it. Variant n, from 0, takes the seed plus n.
    language: str | None = None  # BCP 47, primary subtag; None: the prompt's.
    temperature: float | None = None  # 0 to 2; None: the model's own.
    variants: int = 1
    basis: TextBasis = Basis.NOTHING
    change: str | None = None  # What a revision is to make different.
    medium: Literal[Medium.TEXT] = Medium.TEXT

    def __post_init__(self) -> None:
        check_prompt(self.prompt, self.seed)
        if not MIN_WORDS <= self.words <= MAX_WORDS:
            raise WordsOutOfRangeError(words=self.words, minimum=MIN_WORDS, maximum=MAX_WORDS)
        if self.temperature is not None and not 0 <= self.temperature <= MAX_TEMPERATURE:
            raise TemperatureOutOfRangeError(temperature=self.temperature, maximum=MAX_TEMPERATURE)
        if not 1 <= self.variants <= MAX_VARIANTS:
            raise VariantsOutOfRangeError(variants=self.variants, maximum=MAX_VARIANTS)
        self._check_change()

    def _check_change(self) -> None:
        if (self.basis is Basis.REVISION) != bool(self.change and self.change.strip()):
            raise ChangeMissingError
        if self.change is not None and len(self.change) > MAX_CHANGE_CHARACTERS:
            raise ChangeTooLongError(length=len(self.change), limit=MAX_CHANGE_CHARACTERS)

    @property
    def rows(self) -> int:
        """How many rows of a batch it takes."""
        return self.variants

    @property
    def has_sources(self) -> bool:
        """Whether it is made from earlier works, and cannot be made without them."""
        return self.basis is not Basis.NOTHING

    @property
    def typed(self) -> tuple[str, ...]:
        """Every word of it that a member typed."""
        return tuple(filter(None, (self.prompt, self.change)))

    def retyped(self, word: Callable[[str], str]) -> Self:
        """With other words in the place of those that a member typed."""
        return replace(self, prompt=word(self.prompt), change=self.change and word(self.change))
