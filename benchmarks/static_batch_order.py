"""What is asked of the static batch and what it answers, apart from it, since it imports torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Texts of one length, whatever they say."""

    prompts: tuple[str, ...]
    words: int  # What the prompts ask for.
    tokens: int  # What is decoded, for each row.


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    prompt_seconds: float
    decode_seconds: float
