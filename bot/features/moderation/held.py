"""Pictures that are held back: moderators are told of them, look at them, and let them be shown or not."""

import asyncio
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import discord
import structlog
from discord.ext import commands

from bot.desk import server_of
from bot.features.moderation.card import put_up
from bot.features.moderation.decision import ReportDecision, reported_work
from bot.i18n import Texts, texts_for
from bot.postbox import CLOCK_SKEW, LOOKED_THROUGH, TRANSIENT, custom_ids_in, files_of, is_refusal
from bot.rights import is_age_restricted, require_moderator_in
from bot.ui.buttons import RowButton
from bot.ui.contents import Gallery
from bot.ui.reports import dismissal_of, pictures_note
from inference.contract.errors import CreationNotFoundError, StorageUnavailableError
from inference.contract.identifiers import ChannelId, MemberId, MessageId
from inference.contract.image import Guard, Showing
from storage.domain import Creation, Posted, Report

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 300.0


class HeldPictures(commands.Cog):
    """Tells moderators in their channel, where they have one, until a card stands there; the reports are rows already.

    What a crash left untold is told after the next start.
    """

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._began_at = datetime.now(UTC)
        self._is_news = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        self._client.services.courier.when_delivered(lambda creation, _: self._heed(creation))
        self._telling = asyncio.create_task(self._tell_forever(), name="tell moderators of held pictures")

    async def cog_unload(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """From now on it is known which channels are age-restricted."""
        self._is_news.set()

    def _heed(self, creation: Creation) -> None:
        if any(artifact.is_held for artifact in creation.artifacts):
            self._is_news.set()

    async def _tell_forever(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            await self._is_news.wait()
            self._is_news.clear()
            try:
                await self._tell_all()
                pause = FIRST_RETRY_SECONDS
            except (*TRANSIENT, StorageUnavailableError) as error:
                log.warning("moderators are still to be told", error=str(error), retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)
                self._is_news.set()
            except Exception as error:  # Without its message, which may hold what a member typed.
                where = "".join(traceback.format_tb(error.__traceback__, limit=-3))
                log.error("moderators were not told", error=type(error).__name__, where=where)

    async def _tell_all(self) -> None:
        """What Discord refuses waits in `/moderate` and for the next news. Raises what may pass by itself."""
        services = self._client.services
        channels = services.house.moderators_channels()
        for report in await services.storage.reports.untold(channels):
            channel = channels[report.server]
            try:
                if not await self._has_sent(report, channel):
                    creation = await services.storage.creations.of_server(report.creation, report.server)
                    await put_up(self._client, report, creation, channel)
            except CreationNotFoundError:
                continue
            except TRANSIENT as error:
                if not is_refusal(error):
                    raise
                log.warning("a report did not reach the moderators' channel", report=report.id, error=str(error))

    async def _has_sent(self, report: Report, channel: ChannelId) -> bool:
        """Whether an earlier run did, and was killed before it was written down; then it is now."""
        if report.reported_at >= self._began_at:
            return False
        place = self._client.get_partial_messageable(channel, guild_id=report.server)
        since = report.reported_at - CLOCK_SKEW
        async for message in place.history(after=since, limit=LOOKED_THROUGH, oldest_first=True):
            if message.author == self._client.user and dismissal_of(report.id) in custom_ids_in(message):
                card = Posted(channel=channel, message=MessageId(message.id))
                await self._client.services.storage.reports.carded(report.id, card)
                return True
        return False


class LookButton(RowButton, template=r"report:look:(?P<id>\d+)"):
    """Shows the pictures of a reported work to the moderator alone, each blurred until it is clicked."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services = interaction.client.services
        _, creation = await reported_work(interaction, self.row_id)
        require_moderator_in(interaction, creation.channel, creation.ruled_by)
        async with services.prints.of(creation, with_held=True) as contents:
            assert isinstance(contents, Gallery), "only pictures are looked at so"
            note = pictures_note(creation, contents, t=texts_for(str(interaction.locale)))
            await interaction.edit_original_response(content=note.content, attachments=files_of(note))


class ShowButton(ReportDecision, template=r"report:show:(?P<id>\d+)"):
    """The pictures that are held back are not any longer."""

    async def decide(
        self, interaction: discord.Interaction["AtelierClient"], report: Report, creation: Creation, t: Texts
    ) -> str:
        services, by = interaction.client.services, MemberId(interaction.user.id)
        showing = showing_of(interaction, creation)
        await services.storage.reports.release(report.id, showing, by=by, at=interaction.created_at)
        await services.courier.show_again(report.creation)
        return t("👁️ Shown by <@{moderator}>", moderator=by)


def showing_of(interaction: discord.Interaction["AtelierClient"], creation: Creation) -> Showing:
    """How pictures are shown that a moderator lets go: blurred where all such pictures are, and where that is unknown.

    Where they are held, a moderator has said now that these need not be.
    """
    channel = interaction.guild and interaction.guild.get_channel_or_thread(creation.channel)
    if channel is None:
        return Showing.SPOILER
    place = ChannelId(channel.parent_id if isinstance(channel, discord.Thread) else channel.id)
    guard = interaction.client.services.house.guard_in(
        server_of(interaction), place, is_age_restricted=is_age_restricted(channel)
    )
    return Showing.SPOILER if guard is Guard.BLUR else Showing.OPEN
