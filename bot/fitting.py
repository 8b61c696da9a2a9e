"""Makes a request for pictures fit the model that is to draw it: its options, its sizes, its languages."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.errors import SizeNotDrawnError, SizeUnreadableError
from bot.styles import Styles
from inference.catalog.model import Model, PictureDefaults
from inference.contract.errors import LanguageNotSpokenError
from inference.contract.image import MAX_SIDE, MIN_SIDE, Canvas, ImageRequest, Option
from inference.safety.language import require_spoken
from storage.domain import Preset

ENGLISH: Final = "en"
# Also the letters that look like an x where people type in Cyrillic or full width.
_BETWEEN: Final = "[x×*✕\N{CYRILLIC SMALL LETTER HA}\N{FULLWIDTH LATIN SMALL LETTER X},; ]"
_SIZE: Final = re.compile(rf"\s*(\d{{1,5}})\s*{_BETWEEN}\s*(\d{{1,5}})\s*(?:px)?\s*", re.IGNORECASE)
# Width to height, by what each is called in `bot.ui.sizes`.
SHAPES: Final[Mapping[str, float]] = {
    "square": 1,
    "portrait": 3 / 4,
    "landscape": 4 / 3,
    "tall": 9 / 16,
    "wide": 16 / 9,
}


def fitted(request: ImageRequest, model: Model) -> ImageRequest:
    """Without the options that the model has no use for: they are named in `unused` instead."""
    idle = {option for option in Option if getattr(request, option) is not None and option not in model.options}
    unused = tuple(option for option in Option if option in idle or option in request.unused)
    return replace(request, unused=unused, **_nothing_of(idle))


def in_style(request: ImageRequest, preset: Preset, model: Model, *, scale: int) -> ImageRequest:
    """A fitted request with a style's words, and those of its figures that the model takes.

    What a style would have set is no wish of the member's, so that nobody is told of what is left out.
    """
    styled = Styles.applied(request, preset)
    foreign = {option for option in Option if getattr(styled, option) is not None and option not in model.options}
    canvas = styled.canvas
    if canvas is not None and canvas != request.canvas and not is_drawn(canvas, model, scale=scale):
        foreign.add(Option.CANVAS)
    return replace(styled, **_nothing_of(foreign))


def with_translator(request: ImageRequest, model: Model, writer: Model | None) -> ImageRequest:
    """The request as it is where the model reads its words, else with `writer` to put the prompt into English.

    Raises `LanguageNotSpokenError` where one of the two cannot do its part.
    """
    if request.avoid is not None:
        require_spoken(request.avoid, model=model.title, spoken=model.languages)
    try:
        require_spoken(request.prompt, model=model.title, spoken=model.languages)
    except LanguageNotSpokenError as error:
        if writer is None or not (
            _speaks(model, ENGLISH) and _speaks(writer, ENGLISH) and _speaks(writer, error.language)
        ):
            raise
        return replace(request, translator=writer.name)
    return replace(request, translator=None)


def sizes_of(model: Model, *, scale: int) -> Mapping[str, Canvas]:
    """What a model offers, as its member gets it: of each shape the size nearest to the model's own. Its own is first.

    Raises nothing; a model that honours no other size has its own alone.
    """
    drawn = _defaults_of(model)
    own = _enlarged(drawn.canvas, scale)
    offered = {_shape_of(own): own}
    if Option.CANVAS not in model.options:
        return offered
    area = own.width * own.height
    unit = drawn.multiple_of * scale
    for name, shape in SHAPES.items():
        sides = [max(1, round(side / unit)) * unit for side in (math.sqrt(area * shape), math.sqrt(area / shape))]
        if all(MIN_SIDE <= side <= MAX_SIDE for side in sides):
            canvas = Canvas(width=sides[0], height=sides[1])
            if is_drawn(canvas, model, scale=scale):
                offered.setdefault(name, canvas)
    return offered


def canvas_of(typed: str, model: Model, *, scale: int) -> Canvas:
    """A size as members write it, such as "1024x768". Raises an `InvalidRequestError` that says why it is none."""
    canvas = size_in(typed)
    if Option.CANVAS in model.options and not is_drawn(canvas, model, scale=scale):
        raise _not_drawn(_defaults_of(model), model, scale)
    return canvas


def size_in(typed: str) -> Canvas:
    """A size as members write it, of no model in particular. Raises `SizeUnreadableError`, `OptionOutOfRangeError`."""
    if (match := _SIZE.fullmatch(typed)) is None:
        raise SizeUnreadableError
    return Canvas(width=int(match[1]), height=int(match[2]))


def is_drawn(canvas: Canvas, model: Model, *, scale: int) -> bool:
    """Whether the model draws exactly this size."""
    drawn, unit = _defaults_of(model), _defaults_of(model).multiple_of * scale
    pixels = canvas.width * canvas.height // scale**2
    is_whole = canvas.width % unit == 0 and canvas.height % unit == 0
    return is_whole and drawn.least_pixels <= pixels <= drawn.most_pixels


def _not_drawn(drawn: PictureDefaults, model: Model, scale: int) -> SizeNotDrawnError:
    return SizeNotDrawnError(
        model=model.title,
        multiple=drawn.multiple_of * scale,
        least_pixels=drawn.least_pixels * scale**2,
        most_pixels=drawn.most_pixels * scale**2,
        usual=_enlarged(drawn.canvas, scale),
    )


def _defaults_of(model: Model) -> PictureDefaults:
    assert model.picture is not None, "a model that draws says how"
    return model.picture


def _enlarged(canvas: Canvas, scale: int) -> Canvas:
    return Canvas(width=canvas.width * scale, height=canvas.height * scale)


def _shape_of(canvas: Canvas) -> str:
    return min(SHAPES, key=lambda name: abs(math.log(SHAPES[name] * canvas.height / canvas.width)))


def _speaks(model: Model, language: str) -> bool:
    return not model.languages or language in model.languages


def _nothing_of(options: set[Option]) -> dict[str, Any]:
    return {str(option): None for option in options}
