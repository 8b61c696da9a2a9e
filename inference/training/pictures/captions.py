"""What a drawing is called while the denoiser learns: many ways to ask for the same thing."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_EMPTY_SHARE: Final = 0.1  # What classifier-free guidance subtracts (Ho and Salimans, arXiv:2207.12598).
_TAGS: Final = 4


class Style(StrEnum):
    THREE_D = "3d"
    FLAT = "flat"
    CARTOON = "cartoon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What an emoji shows."""

    label: str
    tags: tuple[str, ...]
    group: int  # Of emojibase: 0 faces, 1 people, 3 nature, 4 food, 5 places, 6 activities, 7 objects, 8 symbols.


_STYLED: Final = {
    Style.THREE_D: ("3d emoji of {}", "{}, 3d render"),
    Style.FLAT: ("{} in flat style", "flat icon of {}"),
    Style.CARTOON: ("cartoon of {}", "{}, cartoon"),
}


def asked_for(label: str, style: Style | None) -> str:
    """The plainest prompt that asks for a thing; `style` None leaves the style to chance."""
    return label if style is None else _STYLED[style][0].format(label)


def caption(thing: Thing, style: Style, rng: random.Random) -> str:
    """One of the ways to ask for a thing in a style; empty one time in ten."""
    if rng.random() < _EMPTY_SHARE:
        return ""
    label = thing.label
    styled = [way.format(label) for way in _STYLED[style]]
    tags = thing.tags[:_TAGS]
    # Tags are few and in their order, so that the states of all captions fit into memory.
    tagged = [", ".join((label, *tags[:2])), ", ".join(tags) or label]
    (drawn,) = rng.choices(
        (label, f"a {label}", *styled, *tagged), weights=(0.22, 0.18, *([0.5 / len(styled)] * len(styled)), 0.06, 0.04)
    )
    return drawn
