"""Reads how a picture model of the catalog draws."""

import re
from typing import Final

from inference.catalog.classes import DTYPES, GUIDANCE_ARGUMENTS, PIPELINES, REFERENCE_PIPELINES, SCHEDULERS
from inference.catalog.model import Adapter, PictureDefaults, Upscaling
from inference.catalog.origins import hub_of, require_place
from inference.catalog.reading import CatalogBrokenError, Table
from inference.contract.errors import OptionOutOfRangeError
from inference.contract.identifiers import ModelName
from inference.contract.image import MAX_GUIDANCE, MAX_STEPS, MIN_STRENGTH, Canvas

_WORD: Final = re.compile(r"[a-z0-9_]{1,32}")  # It names a file.


def picture_of(table: Table) -> PictureDefaults:
    """Raises `CatalogBrokenError`."""
    upscaler = table.text("upscaler", "")
    picture = PictureDefaults(
        canvas=_canvas(table),
        multiple_of=table.whole("multiple_of", 8, minimum=1),
        least_pixels=table.whole("least_pixels", minimum=1),
        most_pixels=table.whole("most_pixels", minimum=1),
        steps=table.whole("steps", minimum=1, maximum=MAX_STEPS),
        guidance=table.number("guidance", minimum=0, maximum=MAX_GUIDANCE),
        prompt_tokens=table.whole("prompt_tokens", minimum=1),
        pipeline=table.one_of("pipeline", PIPELINES, ""),
        reference_pipeline=table.one_of("reference_pipeline", REFERENCE_PIPELINES, ""),
        strength=table.number("strength", 0.6, minimum=MIN_STRENGTH, maximum=1),
        guidance_argument=table.one_of("guidance_argument", GUIDANCE_ARGUMENTS, "guidance_scale"),
        scheduler=table.one_of("scheduler", SCHEDULERS, ""),
        scheduler_options=table.table("scheduler_options", {}).plain(),
        dtype=table.one_of("dtype", DTYPES, ""),
        variant=_word(table, "variant", ""),
        adapters=tuple(_adapter(part) for part in table.list_of_tables("adapters", [])),
        upscaler=ModelName(upscaler) if upscaler else None,
    )
    table.close()
    _require_sense(picture, table)
    return picture


def upscaling_of(table: Table) -> Upscaling:
    """Raises `CatalogBrokenError`."""
    upscaling = Upscaling(scale=table.whole("scale", minimum=2), most_pixels=table.whole("most_pixels", minimum=1))
    table.close()
    return upscaling


def _require_sense(picture: PictureDefaults, table: Table) -> None:
    canvas = picture.canvas
    if canvas.width % picture.multiple_of or canvas.height % picture.multiple_of:
        raise CatalogBrokenError(table.path_of("canvas"), f"is no multiple of {picture.multiple_of}")
    if not picture.least_pixels <= canvas.width * canvas.height <= picture.most_pixels:
        raise CatalogBrokenError(table.path_of("canvas"), "has fewer or more pixels than the entry allows")
    names = [adapter.name for adapter in picture.adapters]
    if len(set(names)) < len(names):
        raise CatalogBrokenError(table.path_of("adapters"), "two have the same name")


def _canvas(table: Table) -> Canvas:
    part = table.table("canvas")
    try:
        canvas = Canvas(width=part.whole("width", minimum=1), height=part.whole("height", minimum=1))
    except OptionOutOfRangeError as error:
        raise CatalogBrokenError(part.path, str(error)) from error
    part.close()
    return canvas


def _adapter(table: Table) -> Adapter:
    adapter = Adapter(
        name=_word(table, "name"),
        source=hub_of(table),
        file=require_place(table.text("file"), table.path_of("file")),
        weight=table.number("weight", 1.0, minimum=0, maximum=2),
    )
    table.close()
    if not adapter.file.endswith(".safetensors"):
        raise CatalogBrokenError(table.path_of("file"), "is no file of safetensors")
    return adapter


def _word(table: Table, key: str, default: str | None = None) -> str:
    word = table.text(key, default)
    if word != default and not _WORD.fullmatch(word):
        raise CatalogBrokenError(table.path_of(key), "is not of small letters, digits and _")
    return word
