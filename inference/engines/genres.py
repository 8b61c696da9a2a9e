"""What is asked of a text model for each genre; the templates themselves are in `genres.toml`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference.contract.requests import Genre
from inference.engines.writing import count_words, is_spaceless

_TABLES: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VERSION: Final[int] = _TABLES["version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How one genre is asked for in one language."""

    system: str
    ask: str
    subject: str  # Of the example.
    example: str
    opening: str = ""  # The text's first characters, given.
    joint: str = "\n\n"  # Given where the model would end too early, so that it goes on.
    has_lines: bool = False  # Its lines are units of their own: a text may end with any of them.

    def messages(self, prompt: str, words: int) -> Sequence[dict[str, str]]:
        """The chat that asks for the piece. The prompt must have been stripped of control tokens."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self._asked(self.subject, count_words(self.example))},
            {"role": "assistant", "content": self.example},
            {"role": "user", "content": self._asked(prompt, words)},
        ]

    def _asked(self, subject: str, words: int) -> str:
        # The subject last: it may hold "{words}", which is then the member's own.
        return self.ask.replace("{words}", str(words)).replace("{prompt}", subject)


def template_for(genre: Genre, prompt: str) -> Template:
    """In Chinese for a prompt in Chinese characters, else in English, which asks for the prompt's language."""
    table = _TABLES["zh" if is_spaceless(prompt) else "en"]
    return Template(system=table["system"], **table[genre.value])
