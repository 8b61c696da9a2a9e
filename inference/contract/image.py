"""Pictures, as a member asks for them, and what is known of one that is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, Self

from inference.contract.errors import (
    AvoidTooLongError,
    CountOutOfRangeError,
    FrameBrokenError,
    OptionOutOfRangeError,
    StrengthWithoutReferenceError,
)
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Basis, Medium, check_prompt

MAX_COUNT: Final = 4
DEFAULT_COUNT: Final = 4
MIN_SIDE: Final = 64
MAX_SIDE: Final = 2_048
MAX_STEPS: Final = 100
MAX_GUIDANCE: Final = 30.0
MIN_STRENGTH: Final = 0.05
MAX_AVOID_CHARACTERS: Final = 500
MAX_FRAME_CHARACTERS: Final = 500
PLACE_OF_PROMPT: Final = "{prompt}"
# The authors of open_nsfw call what is below 0.2 most likely safe and what is above 0.8 most likely not. Between them
# a moderator's look costs less than what a channel should not have seen.
UNSAFE_FROM: Final = 0.5


ImageBasis = Literal[Basis.NOTHING, Basis.REFERENCE, Basis.UPSCALE]


class Option(StrEnum):
    """What a member may set of a picture, and a model may have no use for."""

    AVOID = "avoid"
    CANVAS = "canvas"
    STEPS = "steps"
    GUIDANCE = "guidance"
    STRENGTH = "strength"


class Guard(StrEnum):
    """What is to become of a picture that the classifier takes for unsafe."""

    PASS = "pass"  # noqa: S105, a word and no password.
    BLUR = "blur"
    HOLD = "hold"


class Showing(StrEnum):
    """How a picture is shown."""

    OPEN = "open"
    SPOILER = "spoiler"  # Blurred until somebody clicks on it.
    HELD = "held"  # Not at all, until a moderator has looked at it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a file that is a picture."""

    width: int  # Pixels.
    height: int
    fingerprint: str  # A perceptual hash, 16 hexadecimal digits: near duplicates differ in few bits.
    unsafe: float | None = None  # 0 to 1, how surely the classifier takes it for unsafe; None: it did not look.
    showing: Showing = Showing.OPEN

    @property
    def is_unsafe(self) -> bool:
        """Whether it is not for everybody's eyes, even where its own channel shows it; so is what nobody looked at."""
        return self.showing is not Showing.OPEN or self.unsafe is None or self.unsafe >= UNSAFE_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """How large a picture is, in pixels, as its member gets it. Raises `OptionOutOfRangeError`."""

    width: int
    height: int

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            _require(Option.CANVAS, side, MIN_SIDE, MAX_SIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A preset as it was when it was asked for: words around the prompt. Raises `FrameBrokenError`."""

    name: str
    frame: str  # Holds `{prompt}` once.
    avoid: str | None = None  # Joins what the member wants avoided.

    def __post_init__(self) -> None:
        if self.frame.count(PLACE_OF_PROMPT) != 1 or len(self.frame) > MAX_FRAME_CHARACTERS:
            raise FrameBrokenError(limit=MAX_FRAME_CHARACTERS)

    def framed(self, prompt: str) -> str:
        return self.frame.replace(PLACE_OF_PROMPT, prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One to four pictures. Raises an `InvalidRequestError` for a blank prompt or a figure out of range.

    Whatever is None is the model's own.
    """

    prompt: str
    model: ModelName
    count: int = DEFAULT_COUNT
    seed: int | None = None  # None: the engine draws one, and reports it. Picture n, from 0, takes the seed plus n.
    canvas: Canvas | None = None
    steps: int | None = None
    guidance: float | None = None  # Of classifier-free guidance, the scale.
    avoid: str | None = None
    style: Style | None = None
    basis: ImageBasis = Basis.NOTHING
    strength: float | None = None  # How far from its reference: 0.05 hardly, 1 not led by it at all.
    unused: tuple[Option, ...] = ()  # What the member set and the model does not honour; those fields are None.
    translator: ModelName | None = None  # Puts the prompt into a language of the model first.
    medium: Literal[Medium.IMAGE] = Medium.IMAGE

    def __post_init__(self) -> None:
        check_prompt(self.prompt, self.seed)
        if not 1 <= self.count <= MAX_COUNT:
            raise CountOutOfRangeError(count=self.count, maximum=MAX_COUNT)
        if self.avoid is not None and len(self.avoid) > MAX_AVOID_CHARACTERS:
            raise AvoidTooLongError(length=len(self.avoid), limit=MAX_AVOID_CHARACTERS)
        _require(Option.STEPS, self.steps, 1, MAX_STEPS)
        _require(Option.GUIDANCE, self.guidance, 0, MAX_GUIDANCE)
        _require(Option.STRENGTH, self.strength, MIN_STRENGTH, 1)
        if self.strength is not None and self.basis is not Basis.REFERENCE:
            raise StrengthWithoutReferenceError

    @property
    def rows(self) -> int:
        """How many rows of a batch it takes."""
        return 1 if self.basis is Basis.UPSCALE else self.count

    @property
    def has_sources(self) -> bool:
        """Whether it is made from a picture, and cannot be made without it."""
        return self.basis is not Basis.NOTHING

    @property
    def typed(self) -> tuple[str, ...]:
        """Every word of it that a member typed."""
        return tuple(filter(None, (self.prompt, self.avoid)))

    def retyped(self, word: Callable[[str], str]) -> Self:
        """With other words in the place of those that a member typed."""
        return replace(self, prompt=word(self.prompt), avoid=self.avoid and word(self.avoid))


def _require(option: Option, figure: float | None, minimum: float, maximum: float) -> None:
    if figure is not None and not minimum <= figure <= maximum:
        raise OptionOutOfRangeError(option=option, figure=figure, minimum=minimum, maximum=maximum)
