"""`/gallery`: the best works, as far as their raters tell, in pages that only the reader sees."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.history import MAX_DAY_CHARACTERS, read_day
from bot.features.privacy.consent import ask_reactor
from bot.i18n import texts_for
from bot.prints import Prints
from bot.replies import show_reply
from bot.rights import is_age_restricted
from bot.sight import sight_of
from bot.ui.buttons import RowButton
from bot.ui.filters import RANKING_TEMPLATE, Ranking, View, ranking_of
from bot.ui.gallery import Exhibit, gallery_note, works_a_page
from bot.ui.names import MEDIUM_NAMES
from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.domain import Creation, Place

if TYPE_CHECKING:
    from bot.client import AtelierClient

MOST_BYTES_A_PICTURE: Final = 256 << 10  # It is looked at in passing; the whole one stands behind the link.


class Gallery(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("gallery"), description=locale_str("The best works of this server"))
    @app_commands.describe(
        medium=locale_str("Only works of this kind"),
        since=locale_str("From this day on, such as 2026-08-31, or 7 for the last seven days"),
        view=locale_str("The works themselves, or who made which in order; the works, if you do not say"),
    )
    @app_commands.choices(
        medium=[Choice(name=name, value=medium.value) for medium, name in MEDIUM_NAMES.items()],
        view=[
            Choice(name=locale_str("Works"), value=View.WORKS.value),
            Choice(name=locale_str("Leaderboard"), value=View.LEADERBOARD.value),
        ],
    )
    async def gallery(
        self,
        interaction: discord.Interaction["AtelierClient"],
        medium: str | None = None,
        since: Range[str, 1, MAX_DAY_CHARACTERS] | None = None,
        view: str = View.WORKS.value,
    ) -> None:
        ranking = Ranking(
            view=View(view) if view in set(View) else View.WORKS,
            medium=Medium(medium) if medium in set(Medium) else None,
            since=read_day(since, interaction.created_at.astimezone(UTC).date()),
        )
        await interaction.response.defer(ephemeral=True)
        await show_page(interaction, ranking)
        await ask_reactor(interaction)


class RankingPageButton(RowButton, template=RANKING_TEMPLATE):
    """Turns a page; what the page is of stands in the button."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        ranking, rank, edge = ranking_of(self.match)
        await show_page(interaction, ranking, rank=rank, **edge)


async def show_page(
    interaction: discord.Interaction["AtelierClient"], ranking: Ranking, *, rank: int = 1, **edge: Place
) -> None:
    """A page of the ranking, in the private message that this interaction answers with."""
    services, t = interaction.client.services, texts_for(str(interaction.locale))
    limit = works_a_page(ranking.view)
    wanted = ranking.wanted(sight=sight_of(interaction))
    page = await services.storage.standings.best(server_of(interaction), wanted, limit=limit, **edge)
    if "above" in edge:  # The button, which named the first rank of a full page, knew not how many would be found.
        rank += limit - len(page.rows)
    found = await services.storage.creations.several([one.creation for one in page.rows])
    works = {work.id: work for work in found}
    shown = found if ranking.view is View.WORKS else ()
    with_unsafe = is_age_restricted(interaction.channel)
    async with _exhibits(services.prints, shown, with_unsafe=with_unsafe) as exhibits:
        first = rank if page.before is not None or not page.rows else 1
        await show_reply(interaction, gallery_note(page, works, exhibits, ranking, rank=first, t=t))


@asynccontextmanager
async def _exhibits(
    prints: Prints, works: Sequence[Creation], *, with_unsafe: bool
) -> AsyncIterator[Mapping[CreationId, Exhibit]]:
    """One text or one small picture of each, as long as the block lasts."""
    parts = [(work, part) for work in works if (part := part_to_exhibit(work, with_unsafe=with_unsafe)) is not None]
    async with prints.of_parts(parts, most_bytes=MOST_BYTES_A_PICTURE) as contents:
        yield {
            work.id: Exhibit(part=part, content=content) for (work, part), content in zip(parts, contents, strict=True)
        }


def part_to_exhibit(work: Creation, *, with_unsafe: bool) -> int | None:
    """Of a text the variant that stands for it, of pictures the first that may be shown; None: there is none."""
    for part, artifact in enumerate(work.artifacts):
        if artifact.picture is None:
            return work.part
        if not artifact.is_held and (with_unsafe or not artifact.picture.is_unsafe):
            return part
    return None
