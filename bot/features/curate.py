"""`/curate`: an admin goes through the server's works, the best first, and says which are for releases."""

from datetime import UTC
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.finding import work_here
from bot.features.history import MAX_DAY_CHARACTERS, read_day
from bot.features.privacy.consent import WORDINGS
from bot.i18n import texts_for
from bot.quoting import quoted
from bot.replies import show_reply
from bot.rights import ADMINS, require_admin
from bot.ui.buttons import RowButton
from bot.ui.curation import (
    CURATION_TEMPLATE,
    MAX_TAGS_CHARACTERS,
    TAGS_TEMPLATE,
    Choosing,
    candidate,
    curation_of,
    further,
    nothing_to_decide,
)
from bot.ui.forms import Form, open_modal, paragraph
from bot.ui.names import MEDIUM_NAMES
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage.domain import Consent, Place, Selection
from storage.release.values import ReleaseRequest

if TYPE_CHECKING:
    from bot.client import AtelierClient

TAGS = "tags"
MAX_RATERS = 1_000


class Curate(commands.Cog):
    @app_commands.command(name=locale_str("curate"), description=locale_str("Choose the works that are for releases"))
    @app_commands.describe(
        state=locale_str("Those that wait, if you do not say"),
        medium=locale_str("Only works of this kind"),
        min_score=locale_str("Only works with at least so many stars"),
        min_raters=locale_str("Only works that at least so many members rated"),
        since=locale_str("From this day on, such as 2026-08-31, or 7 for the last seven days"),
        until=locale_str("Up to this day, such as 2026-08-31, or 7 for seven days ago"),
        only_safe=locale_str("Leave out pictures that look unsafe"),
    )
    @app_commands.choices(
        state=[
            Choice(name=locale_str("Waiting"), value=Selection.OPEN.value),
            Choice(name=locale_str("Accepted"), value=Selection.ACCEPTED.value),
            Choice(name=locale_str("Rejected"), value=Selection.REJECTED.value),
        ],
        medium=[Choice(name=name, value=medium.value) for medium, name in MEDIUM_NAMES.items()],
    )
    @app_commands.default_permissions(ADMINS)
    async def curate(
        self,
        interaction: discord.Interaction["AtelierClient"],
        state: str = Selection.OPEN.value,
        medium: str | None = None,
        min_score: Range[float, 1, 5] | None = None,
        min_raters: Range[int, 0, MAX_RATERS] = 0,
        since: Range[str, 1, MAX_DAY_CHARACTERS] | None = None,
        until: Range[str, 1, MAX_DAY_CHARACTERS] | None = None,
        only_safe: bool = False,
    ) -> None:
        require_admin(interaction)
        today = interaction.created_at.astimezone(UTC).date()
        choosing = Choosing(
            selection=Selection(state) if state in set(Selection) else Selection.OPEN,
            medium=Medium(medium) if medium in set(Medium) else None,
            least_score=round(min_score, 1) if min_score is not None else None,
            least_raters=min_raters,
            since=read_day(since, today),
            until=read_day(until, today),
            is_safe=only_safe,
        )
        await interaction.response.defer(ephemeral=True)
        await show_candidate(interaction, choosing)


class CurationButton(RowButton, template=CURATION_TEMPLATE):
    """Decides about the work in the panel, or turns to another one."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer()
        place, choosing = curation_of(self.match)
        match self.match["deed"]:
            case "back":
                await show_candidate(interaction, choosing, above=place)
            case "next":
                await show_candidate(interaction, choosing, below=place)
            case "top":
                await show_candidate(interaction, choosing)
            case "alike":
                await self._show_alike(interaction, place, choosing)
            case deed:
                await _decide(interaction, place.creation, _DECISIONS[deed])
                await show_candidate(interaction, choosing, below=place)

    async def _show_alike(
        self, interaction: discord.Interaction["AtelierClient"], place: Place, choosing: Choosing
    ) -> None:
        work = await work_here(interaction, place.creation)
        standings = await interaction.client.services.storage.standings.of([work.id])
        if work.id not in standings:
            raise CreationNotFoundError(f"no creation {work.id}")
        kind = Choosing(selection=choosing.selection, alike=standings[work.id].alike)
        await show_candidate(interaction, kind)


class TagsButton(RowButton, template=TAGS_TEMPLATE):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        t = texts_for(str(interaction.locale))
        work = await work_here(interaction, self.row_id)
        dossier = await interaction.client.services.storage.curation.dossier(work.id)
        field = paragraph(
            t("Tags, with commas between them"),
            TAGS,
            filled_in=", ".join(dossier.tags),
            limit=MAX_TAGS_CHARACTERS,
            is_required=False,
        )
        await open_modal(interaction, f"curate:tags:{work.id}", t("Tags of work {number}", number=work.id), field)


class TagsForm(Form, template=TAGS_TEMPLATE):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        curation, work = interaction.client.services.storage.curation, await work_here(interaction, self.row_id)
        tags = self.typed(TAGS).replace("，", ",").replace("、", ",").split(",")
        await curation.tag(work.id, work.server, tags, by=MemberId(interaction.user.id), at=interaction.created_at)
        t, dossier = texts_for(str(interaction.locale)), await curation.dossier(work.id)
        said = (
            t("Tagged: {tags}", tags=quoted(", ".join(dossier.tags), limit=MAX_TAGS_CHARACTERS))
            if dossier.tags
            else t("It has no tags now.")
        )
        await interaction.edit_original_response(content=said, allowed_mentions=discord.AllowedMentions.none())

    @property
    def words(self) -> str:
        return self.typed(TAGS)


_DECISIONS = {"accept": Selection.ACCEPTED, "reject": Selection.REJECTED, "reopen": Selection.OPEN}


async def _decide(
    interaction: discord.Interaction["AtelierClient"], creation: CreationId, selection: Selection
) -> None:
    await interaction.client.services.storage.curation.decide(
        creation, server_of(interaction), selection, by=MemberId(interaction.user.id), at=interaction.created_at
    )


async def show_candidate(interaction: discord.Interaction["AtelierClient"], choosing: Choosing, **edge: Place) -> None:
    """The next work that is like that, in the private panel that this interaction answers with."""
    services, server, t = interaction.client.services, server_of(interaction), texts_for(str(interaction.locale))
    page = await services.storage.standings.best(server, choosing.wanted(), limit=1, **edge)
    if not page.rows:
        broke_off = page.before is not None or page.after is not None
        start = next(iter(edge.values()), None)
        await show_reply(
            interaction, further(page, choosing, t) if broke_off else nothing_to_decide(choosing, start, t)
        )
        return
    creation = await services.storage.creations.of_server(page.rows[0].creation, server)
    dossier = await services.storage.curation.dossier(creation.id)
    consents = await services.storage.consents.of(server, creation.member)
    licence = services.desk.licence_of(creation.provenance.model) or t("licence unknown")
    # Of no version: what is asked is only why a work would not be in it.
    release = ReleaseRequest(server=server, version=0, models=services.desk.terms(), wordings=WORDINGS)
    obstacles = await services.storage.releases.obstacles(release, creation.id)
    consent = consents.get(Consent.WORKS)
    async with services.prints.of(creation) as contents:
        note = candidate(page, creation, contents, dossier, consent, obstacles, choosing, licence=licence, t=t)
        await show_reply(interaction, note)
