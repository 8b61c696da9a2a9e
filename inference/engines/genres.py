"""What is asked of a text model for each genre; the templates themselves are in `genres.toml`."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inference.contract.text import Genre
from inference.engines.chat import Message
from inference.engines.writing import count_words, is_spaceless

_TABLES: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VERSION: Final[int] = _TABLES["version"]
_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How one genre is asked for in one language. What is filled in must have been stripped of control tokens."""

    system: str
    reminder: str  # Of the language, where one was asked for; else empty.
    go_on: str
    revise: str
    ask: str
    subject: str  # Of the example.
    example: str
    opening: str = ""  # The text's first characters, given.
    joint: str = "\n\n"  # Given where the model would end too early, so that it goes on.
    has_lines: bool = False  # Its lines are units of their own: a text may end with any of them.

    @property
    def gap(self) -> str:
        """The joint's part that only sets off."""
        return self.joint[: len(self.joint) - len(self.joint.lstrip())]

    @property
    def mark(self) -> str:
        """The joint's part that belongs to the text behind it."""
        return self.joint.lstrip()

    def messages(self, prompt: str, words: int) -> Sequence[Message]:
        """The chat that asks for a new piece."""
        return [
            _message("system", self.system),
            _message("user", _filled(self.ask, words=count_words(self.example), prompt=self.subject)),
            _message("assistant", self.example),
            _message("user", self._reminding(_filled(self.ask, words=words, prompt=prompt))),
        ]

    def going_on(self, prompt: str, passage: str, words: int) -> Sequence[Message]:
        """The chat that asks for what comes after a passage. That shows the form, so there is no other example."""
        return [
            _message("system", self.system),
            _message("user", self._reminding(_filled(self.ask, words=count_words(passage), prompt=prompt))),
            _message("assistant", passage),
            _message("user", self._reminding(_filled(self.go_on, words=words))),
        ]

    def revising(self, earlier: str, change: str, words: int) -> Sequence[Message]:
        """The chat that asks for an earlier version with something changed. An example would find its way into it."""
        return [
            _message("system", self.system),
            _message("user", self._reminding(_filled(self.revise, words=words, change=change, earlier=earlier))),
        ]

    def _reminding(self, asked: str) -> str:
        return f"{asked}\n\n{self.reminder}" if self.reminder else asked


def template_for(genre: Genre, prompt: str, language: str | None = None) -> Template:
    """The template in the language asked for (BCP 47, primary subtag), or in the prompt's.

    Those are in Chinese and English; a piece in another language is asked for in English, which names it.
    """
    spoken = language or ("zh" if is_spaceless(prompt) else "")
    table = _TABLES["zh" if spoken == "zh" else "en"]
    name = _TABLES["languages"].get(language, f"the language {language!r}") if language else table["open_language"]
    return Template(
        system=_filled(table["system"], language=name),
        reminder=_filled(table["reminder"], language=name) if language else "",
        go_on=table["go_on"],
        revise=table["revise"],
        **table[genre.value],
    )


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _filled(template: str, **facts: object) -> str:
    """In one pass: what is filled in may hold "{words}", which is then the member's own."""
    return _PLACE.sub(lambda place: str(facts[place[1]]), template)
