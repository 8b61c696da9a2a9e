"""What can be changed of pictures in a remix: five fields, filled in with what they were made from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.desk import Wish, server_of
from bot.features.creation.again import sources_of
from bot.fitting import fitted, in_style
from bot.i18n import Texts, texts_for
from bot.ui.forms import Form, choice, paragraph
from bot.ui.names import style_name
from inference.contract.identifiers import ModelName
from inference.contract.image import MAX_AVOID_CHARACTERS, MAX_COUNT, ImageRequest
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis, Medium
from inference.safety.prompts import cleaned
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

PROMPT: Final = "prompt"
AVOID: Final = "avoid"
STYLE: Final = "style"
COUNT: Final = "count"
MODEL: Final = "model"
_NO_STYLE: Final = "-"


def picture_fields(
    request: ImageRequest, interaction: discord.Interaction["AtelierClient"]
) -> Sequence[discord.ui.Item[Any]]:
    t = texts_for(str(interaction.locale))
    return (
        paragraph(t("What they show"), PROMPT, filled_in=request.prompt, limit=MAX_PROMPT_CHARACTERS),
        paragraph(
            t("What to keep out"),
            AVOID,
            filled_in=request.avoid or "",
            limit=MAX_AVOID_CHARACTERS,
            is_required=False,
        ),
        style_field(request, interaction, t),
        count_field(request, t),
        model_field(request, interaction, t),
    )


def remixed_pictures(
    creation: Creation, request: ImageRequest, form: Form, interaction: discord.Interaction["AtelierClient"]
) -> Wish:
    """The request with what the member chose; what it was drawn over stays. Raises an `InvalidRequestError`."""
    avoid = form.typed(AVOID).strip()
    begun = request.basis is Basis.REFERENCE
    remix = redrawn(
        replace(
            request,
            prompt=cleaned(form.typed(PROMPT)),
            avoid=cleaned(avoid) if avoid else None,
            basis=Basis.REFERENCE if begun else Basis.NOTHING,
        ),
        form,
        interaction,
    )
    parent = Parent(creation=creation.id, relation=Relation.REMIX, part=creation.part)
    return Wish(request=remix, parents=(parent, *(sources_of(creation) if begun else ())))


def redrawn(request: ImageRequest, form: Form, interaction: discord.Interaction["AtelierClient"]) -> ImageRequest:
    """The request with a new seed, and with the style, the number and the model that the member chose.

    What was set for another model's sake goes with that model. Raises an `InvalidRequestError`.
    """
    services = interaction.client.services
    model = services.desk.drawing_model(ModelName(form.typed(MODEL)))
    request = replace(request, count=int(form.typed(COUNT)), seed=None, unused=(), **_of_model(request, model.name))
    style = form.typed(STYLE)
    if request.style is not None and style == request.style.name:  # As it was, whatever became of it since.
        return fitted(request, model)
    request = fitted(replace(request, style=None), model)
    if style == _NO_STYLE:
        return request
    preset = services.styles.preset(server_of(interaction), style)
    return in_style(request, preset, model, scale=services.desk.scale_of(model))


def style_field(
    request: ImageRequest, interaction: discord.Interaction["AtelierClient"], t: Texts
) -> discord.ui.Item[Any]:
    chosen = request.style.name if request.style else _NO_STYLE
    offered = interaction.client.services.styles.offered(server_of(interaction)).values()
    names = dict.fromkeys((chosen, _NO_STYLE, *(preset.name for preset in offered)))
    options = [(name, t("None") if name == _NO_STYLE else style_name(name, t)) for name in names]
    return choice(t("Style"), STYLE, options, chosen)


def count_field(request: ImageRequest, t: Texts) -> discord.ui.Item[Any]:
    counts = [(str(count), t.plural("{count} picture", "{count} pictures", count)) for count in range(1, MAX_COUNT + 1)]
    return choice(t("How many"), COUNT, counts, str(request.count))


def model_field(
    request: ImageRequest, interaction: discord.Interaction["AtelierClient"], t: Texts
) -> discord.ui.Item[Any]:
    """One that makes pictures larger is none to draw with: the server's own stands in its place."""
    services = interaction.client.services
    titles: dict[str, str] = {model.name: model.title for model in services.desk.models_here(Medium.IMAGE)}
    chosen = services.house.image_model_of(server_of(interaction))
    if request.basis is not Basis.UPSCALE:
        chosen = request.model
    return choice(t("Model"), MODEL, ({chosen: str(chosen)} | titles).items(), chosen)


def _of_model(request: ImageRequest, model: ModelName) -> dict[str, Any]:
    if model == request.model:
        return {"model": model}
    return {"model": model, "canvas": None, "steps": None, "guidance": None}
