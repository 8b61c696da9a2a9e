"""How much of a prompt a model's text encoders read."""

from collections.abc import Sequence
from typing import Any

from inference.engines.writing import count_words


def words_unread(prompt: str, tokenizers: Sequence[Any], limit: int) -> int:
    """How many words at its end no encoder reads, each of which takes `limit` tokens or what its tokenizer allows."""
    ends = [_end_of_read(prompt, tokenizer, min(limit, tokenizer.model_max_length)) for tokenizer in tokenizers]
    return count_words(prompt[max(ends, default=len(prompt)) :])


def tokenizers_of(pipeline: Any) -> Sequence[Any]:
    components = (getattr(pipeline, name, None) for name in ("tokenizer", "tokenizer_2", "tokenizer_3"))
    return [tokenizer for tokenizer in components if tokenizer is not None]


def _end_of_read(prompt: str, tokenizer: Any, limit: int) -> int:
    """Where, in characters, the last token that fits ends."""
    if not tokenizer.is_fast:
        taken = len(tokenizer.encode(prompt))
        return len(prompt) if taken <= limit else len(prompt) * limit // taken
    room = max(1, limit - tokenizer.num_special_tokens_to_add())
    offsets = tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return len(prompt) if len(offsets) <= room else int(offsets[room - 1][1])
