"""What the requests of every medium share: what a work may begin with, and the bounds that hold for all."""

from enum import StrEnum
from typing import Final

from inference.contract.errors import PromptEmptyError, PromptTooLongError, SeedOutOfRangeError

MAX_PROMPT_CHARACTERS: Final = 2_000
MAX_SEED: Final = 2**32 - 1


class Medium(StrEnum):
    TEXT = "text"
    IMAGE = "image"


class Basis(StrEnum):
    """What a work begins with: the sources of its job, or nothing."""

    NOTHING = "nothing"
    CONTINUATION = "continuation"  # A text that goes on where its sources, read one after the other, end.
    REVISION = "revision"  # A text that is its one source with something changed.
    REFERENCE = "reference"  # A picture that is drawn over its one source.
    UPSCALE = "upscale"  # A picture that is its one source with more pixels.


def check_prompt(prompt: str, seed: int | None) -> None:
    """Raises `PromptEmptyError`, `PromptTooLongError`, `SeedOutOfRangeError`."""
    if not prompt.strip():
        raise PromptEmptyError
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise PromptTooLongError(length=len(prompt), limit=MAX_PROMPT_CHARACTERS)
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise SeedOutOfRangeError(seed=seed, maximum=MAX_SEED)
