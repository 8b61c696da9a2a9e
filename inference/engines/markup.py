"""Control tokens and chat markup: what a model takes for structure, and what members must not be able to type."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

# The marks of the common chat formats (ChatML, Llama 2 and 3, Gemma, DeepSeek, Mistral), whatever the model at hand:
# a text with them in it would be read as structure once it is remixed by another model.
_COMMON: Final = (
    r"<\s?[|\uff5c][^<>|\uff5c\n]{0,40}[|\uff5c]\s?>",
    r"</?s>|<(?:unk|pad|bos|eos|mask|start_of_turn|end_of_turn|begin_of_text|end_of_text)>",
    r"<<\s?/?SYS\s?>>|\[/?INST\]",
)
_BRACKETS: Final = re.compile(r"[<>|\[\]{}\uff1c\uff1e\uff5c\u2581]")
_LOOKS_LIKE_MARKUP: Final = re.compile(r"[<>|\[\]\uff5c]")


class Markup:
    """Removes control tokens from text. Made for one tokenizer, by `markup_of`."""

    def __init__(self, tokens: Collection[str] = (), *, has_control: Callable[[str], bool] = lambda _: False) -> None:
        # The longest first, so that no token is cut open by one that begins it.
        literal = [re.escape(token) for token in sorted(tokens, key=len, reverse=True)]
        self._pattern = re.compile("|".join([*literal, *_COMMON]), re.IGNORECASE)
        self._has_control = has_control

    def stripped(self, text: str) -> str:
        """The text without control tokens, to a fixed point: what is left forms no new one when the gaps close."""
        while (shorter := self._pattern.sub("", text)) != text:
            text = shorter
        # A normaliser may still make a token of what does not look like one: full-width letters, for example.
        if self._has_control(text):
            text = _BRACKETS.sub("", text)
        return "" if self._has_control(text) else text


def markup_of(tokenizer: Any) -> Markup:
    """For a tokenizer of transformers."""
    control = control_ids(tokenizer)
    tokens = [token for token, token_id in tokenizer.get_added_vocab().items() if token_id in control]

    def has_control(text: str) -> bool:
        return not control.isdisjoint(tokenizer.encode(text, add_special_tokens=False))

    return Markup([*tokens, *tokenizer.all_special_tokens], has_control=has_control)


def control_ids(tokenizer: Any) -> frozenset[int]:
    """Every special token, and the added ones that look like markup; blanks and plain words may be added too."""
    added = tokenizer.added_tokens_decoder.items()
    marks = {token_id for token_id, token in added if token.special or _LOOKS_LIKE_MARKUP.search(token.content)}
    return frozenset(marks.union(tokenizer.all_special_ids))


def ids_ending_in(tokenizer: Any, vocabulary: int, endings: str) -> Sequence[int]:
    """The tokens whose text, blanks aside, ends in one of the characters."""
    texts = tokenizer.batch_decode([[token_id] for token_id in range(min(len(tokenizer), vocabulary))])
    return [token_id for token_id, text in enumerate(texts) if text.rstrip(" ") and text.rstrip(" ")[-1] in endings]
