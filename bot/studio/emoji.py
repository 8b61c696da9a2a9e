"""Which strings Discord takes for a Unicode emoji."""

import unicodedata

_LONGEST = 24
_VARIATION = "\ufe0f"
_KEYCAP = "\u20e3"
_SIGNS = frozenset("‼⁉〰〽↔↕↖↗↘↙↩↪⤴⤵⬅⬆⬇⬛⬜▪▫◾◽◻◼")


def is_emoji(text: str) -> bool:
    """Whether it is one symbol, keycap or flag; a custom emoji (`name:id`) is unknown here."""
    if not text or len(text) > _LONGEST or any(character.isspace() or character.isalpha() for character in text):
        return False
    if _KEYCAP in text:
        return text[0] in "0123456789#*" and text[1:].replace(_VARIATION, "") == _KEYCAP
    return unicodedata.category(text[0]) == "So" or text[0] in _SIGNS
