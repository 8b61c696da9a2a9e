"""What the shapes of pictures are called, and a model's sizes as members choose from them."""

from collections.abc import Mapping
from typing import Final

from discord.app_commands import locale_str

from bot.i18n import Texts
from inference.contract.image import Canvas

_SHAPE_NAMES: Final = {
    "square": locale_str("Square"),
    "portrait": locale_str("Portrait"),
    "landscape": locale_str("Landscape"),
    "tall": locale_str("Tall"),
    "wide": locale_str("Wide"),
}


def size_choices(sizes: Mapping[str, Canvas], t: Texts) -> Mapping[str, str]:
    """What each is called, by what a member would type."""
    return {written(canvas): f"{t(_SHAPE_NAMES[name].message)} {written(canvas)}" for name, canvas in sizes.items()}


def size_meant(typed: str, sizes: Mapping[str, Canvas], t: Texts) -> str:
    """The size that a shape's name stands for; whatever else was typed, as it is."""
    for name, canvas in sizes.items():
        if typed.strip().casefold() in (name, t(_SHAPE_NAMES[name].message).casefold()):
            return written(canvas)
    return typed


def written(canvas: Canvas) -> str:
    return f"{canvas.width}×{canvas.height}"
