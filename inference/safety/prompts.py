"""Prompts as members type them, made fit for a model and for showing again."""

import unicodedata
from typing import Final

from inference.contract.errors import PromptEmptyError, PromptTooLongError
from inference.contract.mediums import MAX_PROMPT_CHARACTERS

# Embeddings, overrides and isolates turn the direction of what follows them, also of text that is not the member's.
# Direction marks (LRM, RLM) and joiners stay: right-to-left words and emoji are spelled with them.
_TURNING: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_KEPT_CONTROLS: Final = frozenset("\n\t")
_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cs"})  # Controls, lone surrogates.


def cleaned(prompt: str) -> str:
    """The prompt in Unicode's NFC without control characters and direction overrides.

    Raises `PromptEmptyError` when nothing to read is left, `PromptTooLongError`.
    """
    lines = prompt.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(character for character in unicodedata.normalize("NFC", lines) if _is_kept(character)).strip()
    if not any(_is_visible(character) for character in kept):
        raise PromptEmptyError
    if len(kept) > MAX_PROMPT_CHARACTERS:
        raise PromptTooLongError(length=len(kept), limit=MAX_PROMPT_CHARACTERS)
    return kept


def _is_kept(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return True
    if character in _TURNING or _is_noncharacter(ord(character)):
        return False
    return unicodedata.category(character) not in _DROPPED_CATEGORIES


def _is_noncharacter(code_point: int) -> bool:
    """Those that Unicode will never assign. One that is only unknown to this Python may be a newer emoji."""
    return 0xFDD0 <= code_point <= 0xFDEF or code_point & 0xFFFE == 0xFFFE


def _is_visible(character: str) -> bool:
    """Whether it leaves ink: not a space, a mark without a letter, or a format character alone."""
    category = unicodedata.category(character)
    return category == "Cn" or category[0] not in "ZCM"
