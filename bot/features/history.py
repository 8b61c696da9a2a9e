"""`/history`: what a member made in this server, in pages that only the member sees."""

import re
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.i18n import Texts, texts_for
from bot.postbox import view_of
from bot.ui.buttons import RowButton
from bot.ui.names import genre_name
from bot.ui.notes import Button, Note, quoted
from inference.contract.identifiers import CreationId, MemberId, ServerId
from storage.domain import Creation, Page, Score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.client import AtelierClient

WORKS_A_PAGE: Final = 8
EXCERPT_LIMIT: Final = 60


class History(commands.Cog):
    @app_commands.command(name=locale_str("history"), description=locale_str("What you made in this server"))
    async def history(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True)
        note = await _page(interaction)
        await interaction.edit_original_response(content=note.content, view=view_of(note))

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client


class HistoryPageButton(RowButton, template=r"history:(?P<direction>newer|older):(?P<id>\d+)"):
    """Turns a page; the id is that of the creation at the page's edge."""

    def __init__(self, pressed: discord.ui.Button[Any], row_id: int, direction: str = "older") -> None:
        super().__init__(pressed, row_id)
        self.direction = direction

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Button)
        return cls(item, int(match["id"]), match["direction"])

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        edge = CreationId(self.row_id)
        note = await _page(interaction, **{f"{self.direction}_than": edge})
        await interaction.edit_original_response(content=note.content, view=view_of(note))


async def _page(interaction: discord.Interaction["AtelierClient"], **edge: CreationId) -> Note:
    storage = interaction.client.services.storage
    assert interaction.guild_id is not None
    page = await storage.creations.page(
        server=ServerId(interaction.guild_id), member=MemberId(interaction.user.id), limit=WORKS_A_PAGE, **edge
    )
    scores = await storage.ratings.scores([creation.id for creation in page.rows])
    return history_note(page, scores, t=texts_for(str(interaction.locale)))


def history_note(page: Page[Creation], scores: "Mapping[CreationId, Score]", *, t: Texts) -> Note:
    """One page of works, newest first."""
    if not page.rows:
        return Note(content=t("You have not made anything here yet. Begin with `/write`."))
    lines = [_line(creation, scores.get(creation.id), t) for creation in page.rows]
    buttons = []
    if page.newer is not None:
        buttons.append(Button(custom_id=f"history:newer:{page.newer}", label=t("Newer"), emoji="◀️"))
    if page.older is not None:
        buttons.append(Button(custom_id=f"history:older:{page.older}", label=t("Older"), emoji="▶️"))
    return Note(content="\n".join((t("**Your works**"), *lines)), buttons=tuple(buttons))


def _line(creation: Creation, score: Score | None, t: Texts) -> str:
    facts = [
        f"`{creation.id}` {genre_name(creation.request.genre, t)}",
        quoted(creation.request.prompt, limit=EXCERPT_LIMIT),
        f"<t:{int(creation.created_at.timestamp())}:R>",
    ]
    if score is not None:
        facts.append(f"★ {score.mean_stars:.1f} ({score.raters})")
    if creation.messages:
        first = creation.messages[0]
        facts.append(f"https://discord.com/channels/{creation.server}/{creation.channel}/{first}")
    return " · ".join(facts)
