"""`/history`: the works of a member or of the server, in pages that only the reader sees; and a work's family."""

from datetime import UTC, date
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.errors import DayUnreadableError, SearchTooLongError, SearchWithoutWordsError, WorkNotNamedError
from bot.features.finding import work_seen
from bot.features.privacy.consent import ask_reactor
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.sight import sight_of
from bot.ui.buttons import RowButton
from bot.ui.filters import MAX_SEARCH_WIDTH, PAGE_TEMPLATE, Filters, Scope, day_of, page_of
from bot.ui.history import family_note, history_note, work_choice
from bot.ui.names import MEDIUM_NAMES
from bot.ui.notes import Note
from bot.ui.parts import width
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.mediums import Medium
from storage.domain import Wanted
from storage.words import Search

if TYPE_CHECKING:
    from bot.client import AtelierClient

WORKS_A_PAGE: Final = 8
FAMILY_LIMIT: Final = 25
CHOICES: Final = 25  # As many as Discord shows.
MAX_DAY_CHARACTERS: Final = 20

_SCOPES: Final = {"me": Scope.MINE, "server": Scope.SERVER}


class History(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("history"), description=locale_str("What was made in this server"))
    @app_commands.describe(
        of=locale_str("Whose works; yours, if you do not say"),
        member=locale_str("The works of this member"),
        medium=locale_str("Only works of this kind"),
        since=locale_str("From this day on, such as 2026-08-31, or 7 for the last seven days"),
        until=locale_str("Up to this day, such as 2026-08-31, or 7 for seven days ago"),
        search=locale_str("Only works whose prompt has these words"),
        work=locale_str("The family of this work: what it comes from, and what comes from it"),
    )
    @app_commands.choices(
        of=[
            Choice(name=locale_str("My works"), value="me"),
            Choice(name=locale_str("Everybody's works"), value="server"),
        ],
        medium=[Choice(name=name, value=medium.value) for medium, name in MEDIUM_NAMES.items()],
    )
    async def history(
        self,
        interaction: discord.Interaction["AtelierClient"],
        of: str = "me",
        member: discord.User | None = None,
        medium: str | None = None,
        since: Range[str, 1, MAX_DAY_CHARACTERS] | None = None,
        until: Range[str, 1, MAX_DAY_CHARACTERS] | None = None,
        search: Range[str, 1, MAX_SEARCH_WIDTH] | None = None,
        work: Range[str, 1, 100] | None = None,
    ) -> None:
        today = interaction.created_at.astimezone(UTC).date()
        filters = Filters(
            scope=Scope.MEMBER if member else _SCOPES.get(of, Scope.MINE),
            member=MemberId(member.id) if member else None,
            medium=Medium(medium) if medium in set(Medium) else None,
            since=read_day(since, today),
            until=read_day(until, today),
            words=_words(search),
        )
        number = _number(work) if work else None
        await interaction.response.defer(ephemeral=True)
        note = await page_note(interaction, filters) if number is None else await _family_note(interaction, number)
        await show_reply(interaction, note)
        await ask_reactor(interaction)

    @history.autocomplete("work")
    async def _complete_work(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        """One's own latest works: those whose number begins so, or with these words."""
        typed = current.strip()
        words = "" if typed.isdecimal() else typed[:MAX_SEARCH_WIDTH]
        server, reader = _place(interaction)
        page = await self._client.services.storage.creations.page(
            server, Wanted(member=reader, words=words), viewer=reader, limit=CHOICES
        )
        t = texts_for(str(interaction.locale))
        return [
            Choice(name=work_choice(creation, t), value=str(creation.id))
            for creation in page.rows
            if not typed.isdecimal() or str(creation.id).startswith(typed)
        ]


class WorksPageButton(RowButton, template=PAGE_TEMPLATE):
    """Turns a page; what the page is of stands in the button."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        filters, edge = page_of(self.match)
        note = await page_note(interaction, filters, **edge)
        await show_reply(interaction, note)


async def page_note(interaction: discord.Interaction["AtelierClient"], filters: Filters, **edge: CreationId) -> Note:
    """A page of works as the member who asks may see them."""
    storage = interaction.client.services.storage
    server, reader = _place(interaction)
    wanted = filters.wanted(reader=reader, sight=sight_of(interaction))
    page = await storage.creations.page(server, wanted, viewer=reader, limit=WORKS_A_PAGE, **edge)
    standings = await storage.standings.of([creation.id for creation in page.rows])
    return history_note(page, standings, filters, t=texts_for(str(interaction.locale)))


async def _family_note(interaction: discord.Interaction["AtelierClient"], number: int) -> Note:
    storage, work = interaction.client.services.storage, (await work_seen(interaction, number)).id
    server, reader = _place(interaction)
    family = await storage.lineage.family(work, server, viewer=reader, limit=FAMILY_LIMIT)
    sight = sight_of(interaction)
    found = await storage.creations.several(family.members)
    works = [one for one in found if one.member == reader or sight.covers(one)]
    if work not in {one.id for one in works}:
        raise CreationNotFoundError(f"no creation {work}")
    return family_note(family, works, t=texts_for(str(interaction.locale)))


def _place(interaction: discord.Interaction["AtelierClient"]) -> tuple[ServerId, MemberId]:
    return server_of(interaction), MemberId(interaction.user.id)


def read_day(text: str | None, today: date) -> date | None:
    try:
        return day_of(text, today=today) if text else None
    except ValueError as error:
        raise DayUnreadableError from error


def _words(text: str | None) -> str:
    words = " ".join((text or "").split())
    if width(words) > MAX_SEARCH_WIDTH:
        raise SearchTooLongError(length=width(words), limit=MAX_SEARCH_WIDTH)
    if text and Search.of(words).is_empty:
        raise SearchWithoutWordsError
    return words


def _number(text: str) -> int:
    digits = text.strip().lstrip("#")
    if not digits.isdecimal() or len(digits) > 15:
        raise WorkNotNamedError
    return int(digits)
