"""`/rate`: brings, in private, one work after the other that needs a rating, and now and then one for the second time.

How far the two ratings of such a work agree tells how steady its rater is, if the rater does not know. So whatever
comes again looks as whatever does not: in the message, in its buttons, and in the form, which is empty for all.
"""

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.features.finding import work_seen
from bot.features.opinions.rating import opinions_in, require_noted
from bot.features.privacy.consent import ask_rater
from bot.i18n import texts_for
from bot.replies import show_reply
from bot.rights import is_age_restricted
from bot.sight import sight_of
from bot.ui import rating
from bot.ui.buttons import RowButton
from bot.ui.forms import Form, open_modal
from bot.ui.names import MEDIUM_NAMES
from bot.ui.rating import REMARK, Turn
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage.domain import Axis, Creation, Via
from storage.ratings import REPEATED_AFTER
from storage.standings import CHANCES

if TYPE_CHECKING:
    from bot.client import AtelierClient

# A repeat never follows another, so that one turn in twelve is one: 1/11 of those after one that is none.
_REPEATS: Final = 1 / 11
_LOOKED_AT: Final = 8  # Of the works that need a rating most, from which chance takes one.
_TURNS: Final = 36**4
_TIMESTAMP_SHIFT: Final = 22  # Of Discord's ids, above which milliseconds are counted.


class Serving(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("rate"), description=locale_str("Works that need your stars, one by one"))
    @app_commands.describe(medium=locale_str("Only works of this kind"))
    @app_commands.choices(medium=[Choice(name=name, value=medium.value) for medium, name in MEDIUM_NAMES.items()])
    async def rate(self, interaction: discord.Interaction["AtelierClient"], medium: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        wanted = Medium(medium) if medium in set(Medium) else None
        await serve(interaction, Turn(medium=wanted, number=(interaction.id >> _TIMESTAMP_SHIFT) % _TURNS))


class ServedButton(RowButton, template=rf"rate:(?P<deed>[1-5]|detail|skip|stop):{Turn.TEMPLATE}:(?P<id>\d+)"):
    """Under a work that `/rate` brought."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        turn, work, t = Turn.in_match(self.match), self.row_id, texts_for(str(interaction.locale))
        match self.match["deed"]:
            case "detail":
                await work_seen(interaction, work)
                custom_id = f"rate:form:{turn.packed()}:{work}"
                await open_modal(interaction, custom_id, t("Rate"), *rating.fields({}, "", t))
            case "skip":
                await interaction.response.defer()
                await serve(interaction, turn.next, without=work)
            case "stop":
                await interaction.response.defer()
                await show_reply(interaction, rating.stopped(t))
            case stars:
                await interaction.response.defer()
                before = await self._give(interaction, int(stars))
                await serve(interaction, turn.next, without=work, before=before)
                await ask_rater(interaction)

    async def _give(self, interaction: discord.Interaction["AtelierClient"], stars: int) -> str:
        """Returns what became of the work, to be said above the next one. Raises `OwnWorkError`."""
        ratings, t = interaction.client.services.storage.ratings, texts_for(str(interaction.locale))
        member, given = MemberId(interaction.user.id), {Axis.OVERALL: stars}
        try:
            work = await work_seen(interaction, self.row_id)
            require_noted(await ratings.say(work.id, member, given, via=Via.SERVED, at=datetime.now(UTC)))
        except CreationNotFoundError:
            return t("That one was deleted meanwhile.")
        return rating.given(stars, t)


class ServedForm(Form, template=rf"rate:form:{Turn.TEMPLATE}:(?P<id>\d+)"):
    """In detail, and then comes the next work. What is left open stays as it was."""

    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        work, t = await work_seen(interaction, self.row_id), texts_for(str(interaction.locale))
        stars = {axis: given for axis, given in opinions_in(self).items() if given is not None}
        remark = self.typed(REMARK) or None
        before = ""
        if stars or remark:
            said = await interaction.client.services.storage.ratings.say(
                *(work.id, MemberId(interaction.user.id), stars), via=Via.SERVED, at=datetime.now(UTC), remark=remark
            )
            require_noted(said)
            before = t("Noted in detail. Thank you.")
        await serve(interaction, Turn.in_match(self.match).next, without=work.id, before=before)
        if before:
            await ask_rater(interaction)

    @property
    def words(self) -> str:
        return self.typed(REMARK)


def is_repeat_due(member: MemberId, turn: int) -> bool:
    """Whether a work that the member rated before is to come now: about one turn in twelve, and never two in a row."""
    return _has_luck(member, turn) and not _has_luck(member, turn - 1)


def _has_luck(member: MemberId, turn: int) -> bool:
    return Random(f"{member} repeats {turn}").random() < _REPEATS


async def serve(
    interaction: discord.Interaction["AtelierClient"],
    turn: Turn,
    *,
    without: int | None = None,
    before: str = "",
) -> None:
    """Show the next work, other than `without`, in the private message that this interaction answers with."""
    t = texts_for(str(interaction.locale))
    creation = await _next(interaction, turn, without)
    if creation is None:
        await show_reply(interaction, rating.nothing_left(t, before=before))
        return
    async with interaction.client.services.prints.of(creation) as contents:
        await show_reply(interaction, rating.served(creation, contents, turn, before=before, t=t))


async def _next(interaction: discord.Interaction["AtelierClient"], turn: Turn, without: int | None) -> Creation | None:
    storage, server, member = interaction.client.services.storage, server_of(interaction), MemberId(interaction.user.id)
    chance = Random(f"{member} turns to {turn.number}")
    with_unsafe, sight = is_age_restricted(interaction.channel), sight_of(interaction)
    works: list[CreationId] = []
    if is_repeat_due(member, turn.number):
        before, start = datetime.now(UTC) - REPEATED_AFTER, chance.random()
        repeat = await storage.ratings.to_repeat(
            server, member, before=before, start=start, medium=turn.medium, with_unsafe=with_unsafe, sight=sight
        )
        works += [] if repeat is None or repeat == without else [repeat]
    if not works:
        start_at = chance.randrange(CHANCES)
        works += await storage.standings.neediest(
            server, member, limit=_LOOKED_AT, medium=turn.medium, start=start_at, with_unsafe=with_unsafe, sight=sight
        )
    there = [work for work in await storage.creations.several(works) if work.id != without]
    return chance.choice(there) if there else None
