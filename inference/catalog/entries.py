"""Reads one entry of the catalog."""

import re
from typing import Final

from inference.catalog.drawing import picture_of, upscaling_of
from inference.catalog.model import DIFFUSERS, LLAMA, TEXT_BASES, Model, TextDefaults
from inference.catalog.origins import source_of
from inference.catalog.reading import CatalogBrokenError, Table
from inference.catalog.sources import HubSource
from inference.contract.identifiers import ModelName
from inference.contract.image import Option
from inference.contract.mediums import Basis, Medium

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")  # It names a folder too.
_PICTURE_BASES: Final = frozenset({Basis.NOTHING, Basis.REFERENCE, Basis.UPSCALE})


def model_of(name: ModelName, table: Table) -> Model:
    """Raises `CatalogBrokenError`."""
    if not _NAME.fullmatch(name):
        raise CatalogBrokenError(table.path, "a name is of small letters, digits, dots, _ and -")
    medium = table.choice("medium", Medium)
    is_text = medium is Medium.TEXT
    model = Model(
        name=name,
        title=table.text("title"),
        medium=medium,
        engine=table.text("engine"),
        source=source_of(table.table("source")),
        licence=table.text("licence"),
        memory_gib=table.number("memory_gib", minimum=0),
        languages=table.texts("languages"),
        bases=table.choices("bases", Basis, TEXT_BASES if is_text else None),
        options=table.choices("options", Option, frozenset()),
        context_tokens=table.whole("context_tokens", None if is_text else 0, minimum=128 if is_text else 0),
        defaults=_defaults(table.table("defaults", {})),
        picture=picture_of(table.table("picture")) if "picture" in table else None,
        upscaling=upscaling_of(table.table("upscaling")) if "upscaling" in table else None,
        architecture=table.text("architecture", ""),
        template_arguments=table.table("template_arguments", {}).flags_and_texts(),
        may_release=table.flag("may_release", default=True),
        release_note=table.text("release_note", "").strip(),
        acknowledgement=table.text("acknowledgement", "").strip(),
        notes=table.text("notes", "").strip(),
    )
    table.close()
    _require_source(model, table)
    _require_bases(model, table)
    _require_pipelines(model, table)
    return model


def _require_source(model: Model, table: Table) -> None:
    is_of_hub = isinstance(model.source, HubSource)
    if model.engine == LLAMA and is_of_hub:
        raise CatalogBrokenError(table.path_of("engine"), "llama reads GGUF, and of the hub come safetensors alone")
    if model.adapters and not is_of_hub:
        raise CatalogBrokenError(table.path_of("picture.adapters"), "only what comes from the hub has adapters")


def _require_bases(model: Model, table: Table) -> None:
    """What it begins with has to be of its medium, and what it needs for that to be told."""
    draws = bool(model.bases & {Basis.NOTHING, Basis.REFERENCE}) and model.medium is Medium.IMAGE
    for key, has, wants in (
        ("bases", bool(model.bases), True),
        ("bases", model.bases <= (TEXT_BASES if model.medium is Medium.TEXT else _PICTURE_BASES), True),
        ("options", bool(model.options), bool(model.options) and draws),
        ("picture", model.picture is not None, draws),
        ("upscaling", model.upscaling is not None, Basis.UPSCALE in model.bases),
    ):
        if has != wants:
            raise CatalogBrokenError(table.path_of(key), "does not fit what the model begins with")


def _require_pipelines(model: Model, table: Table) -> None:
    is_of_diffusers, picture = model.engine == DIFFUSERS, model.picture
    for key, has, wants in (
        ("pipeline", bool(picture and picture.pipeline), is_of_diffusers),
        (
            "reference_pipeline",
            bool(picture and picture.reference_pipeline),
            is_of_diffusers and Basis.REFERENCE in model.bases,
        ),
    ):
        if has != wants:
            raise CatalogBrokenError(table.path_of(f"picture.{key}"), "is missing" if wants else "is of no use")


def _defaults(table: Table) -> TextDefaults:
    usual = TextDefaults()
    defaults = TextDefaults(
        temperature=table.number("temperature", usual.temperature, minimum=0),
        top_k=table.whole("top_k", usual.top_k, minimum=0),
        top_p=table.number("top_p", usual.top_p, minimum=0, maximum=1),
        repetition_penalty=table.number("repetition_penalty", usual.repetition_penalty, minimum=0.1),
    )
    table.close()
    return defaults
