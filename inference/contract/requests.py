"""What a member asks for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from inference.contract.errors import PromptEmptyError, PromptTooLongError, SeedOutOfRangeError, WordsOutOfRangeError
from inference.contract.identifiers import ModelName

MAX_PROMPT_CHARACTERS: Final = 2_000
MAX_SEED: Final = 2**32 - 1
MIN_WORDS: Final = 10
MAX_WORDS: Final = 2_000
DEFAULT_WORDS: Final = 150


class Medium(StrEnum):
    TEXT = "text"


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
    seed: int | None = None  # None: the engine draws one, and reports it.
    medium: Literal[Medium.TEXT] = Medium.TEXT

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise PromptEmptyError
        if len(self.prompt) > MAX_PROMPT_CHARACTERS:
            raise PromptTooLongError(length=len(self.prompt), limit=MAX_PROMPT_CHARACTERS)
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise SeedOutOfRangeError(seed=self.seed, maximum=MAX_SEED)
        if not MIN_WORDS <= self.words <= MAX_WORDS:
            raise WordsOutOfRangeError(words=self.words, minimum=MIN_WORDS, maximum=MAX_WORDS)

    @property
    def size(self) -> int:
        """The work asked for, in the unit by which running time is estimated: words."""
        return self.words


Request = TextRequest  # Becomes a union, told apart by `medium`, with the second medium.
