"""The text that a row of tokens spells, grown token by token without ever showing half a character."""

import re
from typing import Any, Final

from inference.engines.writing import count_words

_HALF: Final = "\ufffd"
_UNREADABLE: Final = re.compile(r"[\ufffd\x00-\x08\x0b-\x1f\x7f]")
_LONGEST_CHARACTER: Final = 4  # Tokens, when each is a byte.
_SETTLED_BEHIND: Final = 200  # Characters at the end that are counted again with each token.


class Transcript:
    """Decodes as it grows, a few tokens at a time; the whole is decoded at no point."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        # A token's text depends on the ones before it (blanks, bytes of one character): decode from `_context`, show
        # what goes beyond the tokens already shown.
        self._context = 0
        self._shown = 0
        self._settled_words = 0
        self._settled_at = 0
        self.text = ""

    def __len__(self) -> int:
        return len(self._tokens)

    def append(self, token: int) -> None:
        self._tokens.append(token)
        before = self._decode(self._tokens[self._context : self._shown])
        after = self._decode(self._tokens[self._context :])
        is_waiting = after.endswith(_HALF) and len(self._tokens) - self._shown < _LONGEST_CHARACTER
        if len(after) > len(before) and not is_waiting:
            # A byte that belongs to no character, and what is not for reading, is dropped.
            self.text += _UNREADABLE.sub("", after[len(before) :])
            self._context, self._shown = self._shown, len(self._tokens)

    @property
    def words(self) -> int:
        """Counts of long texts stay cheap: what lies well behind the end is counted once."""
        if len(self.text) - self._settled_at > 2 * _SETTLED_BEHIND:
            blank = self.text.rfind(" ", self._settled_at, len(self.text) - _SETTLED_BEHIND)
            if blank > 0:
                self._settled_words += count_words(self.text[self._settled_at : blank])
                self._settled_at = blank
        return self._settled_words + count_words(self.text[self._settled_at :])

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text
