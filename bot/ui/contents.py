"""What a work comes to where it is shown: texts, or pictures as files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    texts: tuple[str, ...]  # One an artifact.


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A picture as it leaves: with its recipe in the file, and no larger than Discord takes."""

    content: bytes
    extension: str  # With its dot.


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    prints: tuple[Print | None, ...]  # One an artifact; None: nobody sees it before a moderator has.


Contents = Writing | Gallery
