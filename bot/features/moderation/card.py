"""A report as moderators read it, with what can still be read or seen of the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.i18n import Texts, texts_for
from bot.postbox import NoteRefusedError, files_of, meaning_of, view_of
from bot.replies import bare_card
from bot.rights import is_age_restricted
from bot.ui.contents import Gallery, Writing
from bot.ui.notes import Note
from bot.ui.reports import pictures_note, report_buttons, report_card
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import ChannelId, MessageId
from inference.contract.mediums import Medium
from storage.domain import Creation, Posted, Report

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

USUAL_LOCALE: Final = discord.Locale.american_english


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One report in one message."""

    embed: discord.Embed
    files: Sequence[discord.File]  # The pictures, all as spoilers.


async def card_of(
    client: "AtelierClient", report: Report, creation: Creation, *, shows_pictures: bool, t: Texts
) -> Card:
    """A file that is lost keeps nobody from deciding."""
    if creation.request.medium is Medium.IMAGE and not shows_pictures:
        return Card(embed=report_card(report, creation, (), t=t), files=[])
    try:
        async with client.services.prints.of(creation, with_held=True) as contents:
            match contents:
                case Writing(texts=texts):
                    shown = texts if creation.awaits_choice else [texts[creation.part]]
                    return Card(embed=report_card(report, creation, shown, t=t), files=[])
                case Gallery():
                    files = files_of(pictures_note(creation, contents, t=t))
                    return Card(embed=report_card(report, creation, (), t=t), files=files)
    except StorageUnavailableError as error:
        log.warning("a reported work cannot be read", creation=creation.id, error=str(error))
    return Card(embed=report_card(report, creation, (), t=t), files=[])


async def put_up(client: "AtelierClient", report: Report, creation: Creation, channel: ChannelId) -> None:
    """Tell the moderators of a server in their channel. Raises what Discord and the storage do.

    Pictures are in the card only where the channel is age-restricted; elsewhere a button shows them to whoever asks.
    """
    services = client.services
    guild = client.get_guild(creation.server)
    t = texts_for(services.house.locale_of(creation.server, guild.preferred_locale if guild else USUAL_LOCALE))
    shows_pictures = is_age_restricted(guild.get_channel(channel) if guild else None)
    card = await card_of(client, report, creation, shows_pictures=shows_pictures, t=t)
    looks = creation.request.medium is Medium.IMAGE and not card.files
    view = view_of(Note(content="", buttons=report_buttons(report, looks=looks, t=t)))
    assert view is not None
    place = client.get_partial_messageable(channel, guild_id=creation.server)
    # Within some minutes Discord drops a second one that tells the same: after a crash nobody knows of the first.
    nonce = f"report:{report.id}:{len(report.reason)}"
    try:
        sent = await place.send(embed=card.embed, files=card.files, view=view, nonce=nonce)
    except discord.HTTPException as error:
        if not isinstance(meaning_of(error), NoteRefusedError):
            raise
        sent = await place.send(embed=bare_card(card.embed, t), view=view, nonce=nonce)
    await services.storage.reports.carded(report.id, Posted(channel=channel, message=MessageId(sent.id)))
    services.eraser.tidy()  # The report may have gone while its card was sent.
