"""What can be done with one picture of a work: vary it, make it larger, begin from it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.desk import Wish
from bot.errors import LargestError, WorkHiddenError
from bot.features.creation.again import another
from bot.features.creation.button import PartButton, pictures_of
from bot.features.creation.picture_remix import PROMPT, count_field, model_field, redrawn, style_field
from bot.features.finding import work_seen
from bot.i18n import Texts, texts_for
from bot.ui.forms import Form, choice, open_modal, paragraph
from bot.ui.notes import may_be_enlarged
from inference.catalog.model import Model
from inference.contract.artifacts import Artifact
from inference.contract.errors import CreationNotFoundError
from inference.contract.image import ImageRequest
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis, Medium
from inference.safety.prompts import cleaned
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

STRENGTH: Final = "strength"
STRENGTHS: Final = (0.25, 0.4, 0.55, 0.7, 0.85)
_OWN: Final = "own"  # The model's own strength.


class VaryButton(PartButton, template=r"creation:vary:(?P<part>\d):(?P<id>\d+)"):
    """The same words over the picture; by a model that cannot begin from one, the same words once more."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        desk = interaction.client.services.desk

        async def find() -> Wish:
            creation = await self.find(interaction)
            request = pictures_of(creation)
            _picture_in(creation, self.part)
            if Basis.REFERENCE not in desk.model(request.model, Medium.IMAGE).bases:
                return another(creation)
            varied = replace(request, basis=Basis.REFERENCE, strength=None, seed=None)
            return Wish(request=varied, parents=(_parent(creation, Relation.VARIATION, self.part),))

        await desk.accept_found(interaction, find)


class UpscaleButton(PartButton, template=r"creation:upscale:(?P<part>\d):(?P<id>\d+)"):
    """The picture with more pixels."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        desk = interaction.client.services.desk

        async def find() -> Wish:
            creation = await self.find(interaction)
            request = pictures_of(creation)
            model = desk.upscaler_of(request.model)
            _require_room(_picture_in(creation, self.part), model)
            larger = ImageRequest(
                prompt=request.prompt, model=model.name, count=1, style=request.style, basis=Basis.UPSCALE
            )
            return Wish(request=larger, parents=(_parent(creation, Relation.UPSCALE, self.part),))

        await desk.accept_found(interaction, find)


class ReferenceButton(PartButton, template=r"creation:reference:(?P<part>\d):(?P<id>\d+)"):
    """Asks what is to be drawn over the picture."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        creation = await self.find(interaction)
        request = pictures_of(creation)
        _picture_in(creation, self.part)
        t = texts_for(str(interaction.locale))
        await open_modal(
            interaction,
            f"creation:reference:{self.part}:{creation.id}",
            t("Use as reference"),
            *_fields(request, interaction, t),
        )


class ReferenceForm(Form, template=r"creation:reference:(?P<part>\d):(?P<id>\d+)"):
    @property
    def part(self) -> int:
        return int(self.match["part"])

    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> Wish:
            creation = await work_seen(interaction, self.row_id)
            _picture_in(creation, self.part)
            request = self.drawn_over(pictures_of(creation), interaction)
            return Wish(request=request, parents=(_parent(creation, Relation.REFERENCE, self.part),))

        await services.desk.accept_found(interaction, find)

    def drawn_over(self, request: ImageRequest, interaction: discord.Interaction["AtelierClient"]) -> ImageRequest:
        """Raises an `InvalidRequestError`."""
        strength = self.typed(STRENGTH)
        begun = replace(
            request,
            prompt=cleaned(self.typed(PROMPT)),
            basis=Basis.REFERENCE,
            strength=None if strength == _OWN else float(strength),
        )
        return redrawn(begun, self, interaction)

    @property
    def words(self) -> str:
        return self.typed(PROMPT)


def _fields(
    request: ImageRequest, interaction: discord.Interaction["AtelierClient"], t: Texts
) -> Sequence[discord.ui.Item[Any]]:
    strengths = [(_OWN, t("As far as suits the model")), *((f"{one:g}", _distance(one, t)) for one in STRENGTHS)]
    return (
        paragraph(t("What they show"), PROMPT, filled_in=request.prompt, limit=MAX_PROMPT_CHARACTERS),
        choice(t("How far from the picture"), STRENGTH, strengths, _OWN),
        style_field(request, interaction, t),
        count_field(request, t),
        model_field(request, interaction, t),
    )


def _distance(strength: float, t: Texts) -> str:
    if strength == min(STRENGTHS):
        return t("{strength}: close to it", strength=t.number(strength))
    if strength == max(STRENGTHS):
        return t("{strength}: hardly led by it", strength=t.number(strength))
    return t.number(strength)


def _picture_in(creation: Creation, part: int) -> Artifact:
    """Raises `CreationNotFoundError`, and `WorkHiddenError` for one that moderators have yet to look at."""
    if part >= len(creation.artifacts):
        raise CreationNotFoundError(f"creation {creation.id} has no part {part}")
    artifact = creation.artifacts[part]
    if artifact.is_held:
        raise WorkHiddenError
    return artifact


def _require_room(artifact: Artifact, model: Model) -> None:
    """Raises `LargestError` for what is large already, or larger than the model takes."""
    picture, upscaling = artifact.picture, model.upscaling
    fits = picture is None or upscaling is None or picture.width * picture.height <= upscaling.most_pixels
    if not (fits and may_be_enlarged(artifact)):
        raise LargestError


def _parent(creation: Creation, relation: Relation, part: int) -> Parent:
    return Parent(creation=creation.id, relation=relation, part=part)
