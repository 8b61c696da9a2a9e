"""🚩: a member tells the moderators of a work; by the button or the message's menu with a reason, or by reaction."""

from collections import deque
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.features.creation.button import CreationButton, work_in
from bot.features.finding import work_seen
from bot.features.moderation.card import put_up
from bot.i18n import texts_for
from bot.postbox import TRANSIENT, Found
from bot.reactions import kept
from bot.ui.forms import Form, open_modal
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId, MemberId, MessageId
from inference.safety.prompts import cleaned
from storage import domain
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

FLAG: Final = "\N{TRIANGULAR FLAG ON POST}"
REASON: Final = "reason"
REASON_LIMIT: Final = 500
REMEMBERED: Final = 1_000  # Flags whose cards were sent.


class ReportButton(CreationButton, template=r"creation:report:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await _ask_why(interaction, await self.find(interaction))


@app_commands.context_menu(name=locale_str("Report"))
async def report_command(interaction: discord.Interaction["AtelierClient"], message: discord.Message) -> None:
    """The same from a message's own menu."""
    await _ask_why(interaction, await work_in(message, interaction))


class ReportForm(Form, template=r"creation:report:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        client = interaction.client
        storage = client.services.storage
        creation = await work_seen(interaction, self.row_id)
        report, is_news = await storage.reports.file(
            creation.id,
            MemberId(interaction.user.id),
            reason=cleaned(self.typed(REASON)),
            at=interaction.created_at,
        )
        if is_news:
            await _tell_moderators(client, report, creation)
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=t("Thank you. The moderators will look at it."))

    @property
    def words(self) -> str:
        return self.typed(REASON)


class Report(commands.Cog):
    """🚩 as a reaction: a report without a reason, taken back with the reaction as long as nobody has decided."""

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._storage = client.services.storage
        self._told: deque[tuple[CreationId, MemberId]] = deque(maxlen=REMEMBERED)

    async def cog_load(self) -> None:
        self._client.services.early_reactions.when_found(self._take_early)

    async def _take_early(self, _: Creation, message: MessageId, found: Found, __: datetime) -> None:
        for member in found.get(FLAG, ()):
            await kept(partial(self._flag, message, member))

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        if reaction.emoji.name == FLAG and not (reaction.member is not None and reaction.member.bot):
            await kept(partial(self._flag, MessageId(reaction.message_id), MemberId(reaction.user_id)))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        if reaction.emoji.name == FLAG:
            await kept(partial(self._unflag, MessageId(reaction.message_id), MemberId(reaction.user_id)))

    async def _flag(self, message: MessageId, member: MemberId) -> None:
        try:
            creation = await self._storage.creations.by_message(message)
            if creation.hidden_at is not None:
                return
            report, is_news = await self._storage.reports.file(creation.id, member, reason="", at=datetime.now(UTC))
        except CreationNotFoundError:
            return  # Most flags of a server are under other messages.
        # Whoever takes a flag back and puts it there again shall not fill the moderators' channel.
        if is_news and (creation.id, member) not in self._told:
            self._told.append((creation.id, member))
            await _tell_moderators(self._client, report, creation)

    async def _unflag(self, message: MessageId, member: MemberId) -> None:
        try:
            creation = await self._storage.creations.by_message(message)
        except CreationNotFoundError:
            return
        await self._storage.reports.withdraw(creation.id, member)


async def _ask_why(interaction: discord.Interaction["AtelierClient"], creation: Creation) -> None:
    t = texts_for(str(interaction.locale))
    field: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=REASON, style=discord.TextStyle.paragraph, max_length=REASON_LIMIT
    )
    label: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
        text=t("What is wrong with it?"), description=t("Only the moderators see this, and your name."), component=field
    )
    await open_modal(interaction, f"creation:report:{creation.id}", t("Report"), label)


async def _tell_moderators(client: "AtelierClient", report: domain.Report, creation: Creation) -> None:
    """In their channel, where they have one. What does not arrive there still waits in `/moderate`."""
    channel = client.services.house.settings_of(creation.server).moderators_channel
    if channel is None:
        return
    try:
        await put_up(client, report, creation, channel)
    except TRANSIENT as error:
        log.warning("a report did not reach the moderators' channel", report=report.id, error=str(error))
