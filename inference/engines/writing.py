"""What every engine of words shares: counting words, and a finished text as an artifact."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from inference.contract.artifacts import Artifact
from inference.contract.errors import SourceGoneError
from inference.engines.engine import NothingMadeError, Run

# Scripts that set no spaces between words: a character counts as a word. Kana, Han and its extensions.
_SPACELESS: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WORD: Final = re.compile(rf"[{_SPACELESS}]|(?:(?![{_SPACELESS}])[\w'\u2019\-])+")
_SPACELESS_CHARACTER: Final = re.compile(rf"[{_SPACELESS}]")


def count_words(text: str) -> int:
    """Words between blanks, and each Chinese or Japanese character as one."""
    return sum(1 for match in _WORD.finditer(text) if any(character.isalnum() for character in match.group()))


def is_spaceless(text: str) -> bool:
    """Whether the text is mostly in a script without spaces between words."""
    return 2 * len(_SPACELESS_CHARACTER.findall(text)) > count_words(text)


def source_texts(run: Run) -> tuple[str, ...]:
    """What the run is made from; empty for one that begins with nothing. Raises `SourceGoneError`, `OSError`."""
    if not run.request.has_sources:
        return ()
    if not run.sources:
        raise SourceGoneError
    try:
        return tuple(source.path.read_text(encoding="utf-8") for source in run.sources)
    except FileNotFoundError as error:
        raise SourceGoneError from error


def spool_texts(run: Run, texts: Sequence[str]) -> tuple[Artifact, ...]:
    """Write each text that is not blank as UTF-8.

    Raises `NothingMadeError` when all of them are blank, `OSError` when the disk does not take them.
    """
    written = tuple(_spooled(run, number, text) for number, text in enumerate(texts) if text.strip())
    if not written:
        raise NothingMadeError
    return written


def _spooled(run: Run, number: int, text: str) -> Artifact:
    content = text.encode("utf-8")
    path = run.spool(f"{number}.txt")
    path.write_bytes(content)
    return Artifact(
        path=path,
        media_type="text/plain",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )
