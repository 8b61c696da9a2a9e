"""Rate: a form with three menus and a sentence, for whoever comes upon a work and has not made it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord

from bot.errors import OwnWorkError
from bot.features.creation.button import CreationButton
from bot.features.finding import work_seen
from bot.features.privacy.consent import ask_rater
from bot.i18n import texts_for
from bot.ui.forms import Form, open_modal
from bot.ui.rating import FORM_AXES, REMARK, fields, noted, stars_in
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import MemberId
from storage.domain import Axis, Ignored, Via

if TYPE_CHECKING:
    from bot.client import AtelierClient


class RateButton(CreationButton, template=r"creation:rate:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        creation, member = await self.find(interaction), MemberId(interaction.user.id)
        if creation.member == member:
            raise OwnWorkError
        ratings, t = interaction.client.services.storage.ratings, texts_for(str(interaction.locale))
        said = {axis: rating.stars for axis, rating in (await ratings.by(member, creation.id)).items()}
        remark = await ratings.remark(creation.id, member)
        await open_modal(interaction, f"creation:rate:{creation.id}", t("Rate"), *fields(said, remark, t))


class RateForm(Form, template=r"creation:rate:(?P<id>\d+)"):
    """The form showed what the member had said before, so that no opinion takes that back."""

    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        storage, member = interaction.client.services.storage, MemberId(interaction.user.id)
        creation = await work_seen(interaction, self.row_id)
        chosen, remark = opinions_in(self), self.typed(REMARK)
        said = await storage.ratings.say(creation.id, member, chosen, via=Via.FORM, at=datetime.now(UTC), remark=remark)
        require_noted(said)
        stars = {axis: given for axis, given in chosen.items() if given is not None}
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=noted(stars, remark.strip(), t))
        if stars or remark:
            await ask_rater(interaction)

    @property
    def words(self) -> str:
        return self.typed(REMARK)


def opinions_in(form: Form) -> Mapping[Axis, int | None]:
    """What was chosen in the menus; None: no opinion."""
    return {axis: stars_in(form.typed(axis)) for axis in FORM_AXES}


def require_noted(said: object) -> None:
    """Raises `CreationNotFoundError`, `OwnWorkError` when a rating was not taken."""
    match said:
        case Ignored.NO_CREATION:
            raise CreationNotFoundError("a rated work is gone")
        case Ignored.OWN_WORK:
            raise OwnWorkError
        case _:
            return
