"""A report as moderators read it, with what can still be read of the work."""

from typing import TYPE_CHECKING

import discord
import structlog

from bot.i18n import Texts
from bot.ui.reports import report_card
from inference.contract.errors import StorageUnavailableError
from storage.domain import Creation, Report

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)


async def card_of(client: "AtelierClient", report: Report, creation: Creation, *, t: Texts) -> discord.Embed:
    """A file that is lost keeps nobody from deciding."""
    media = client.services.storage.media
    try:
        texts = [await media.read_text(artifact) for artifact in creation.shown]
    except StorageUnavailableError as error:
        log.warning("a reported work cannot be read", creation=creation.id, error=str(error))
        texts = []
    return report_card(report, creation, texts, t=t)
