"""Export: all that is stored about a member, as files that the member alone is given."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import discord

from bot.features.privacy.own import OwnButton
from bot.i18n import Texts, texts_for
from bot.ui.privacy import readme
from inference.contract.identifiers import MemberId

if TYPE_CHECKING:
    from bot.client import AtelierClient

MAX_ARCHIVES: Final = 10
# Discord takes no larger request, whatever a server's boosts allow a file to weigh.
MAX_ARCHIVE_BYTES: Final = 24 << 20


class ExportButton(OwnButton, template=r"privacy:export:(?P<id>\d+)"):
    """Sends the archives one after the other, each within what Discord takes here."""

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        self.require_own(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        t = texts_for(str(interaction.locale))
        exports, member = interaction.client.services.storage.exports, MemberId(interaction.user.id)
        limit_bytes = min(interaction.filesize_limit, MAX_ARCHIVE_BYTES)
        has_media = await exports.media_bytes(member) <= MAX_ARCHIVES * limit_bytes
        is_whole = has_media
        text = readme(t, has_media=has_media)
        inscribe = interaction.client.services.prints.inscribed
        async with aclosing(
            exports.archives(member, readme=text, limit_bytes=limit_bytes, has_media=has_media, inscribe=inscribe)
        ) as archives:
            number = 0
            async for archive in archives:
                number += 1
                is_whole = is_whole and not archive.left_out
                if number > MAX_ARCHIVES:
                    is_whole = False
                    break
                await interaction.followup.send(
                    t("📦 Your data, part {number}", number=number),
                    file=discord.File(archive.file, f"atelier-{number}.zip"),
                    ephemeral=True,
                )
        await interaction.followup.send(_end(t, is_whole=is_whole), ephemeral=True)


def _end(t: Texts, *, is_whole: bool) -> str:
    if is_whole:
        return t("That is everything. Nobody else sees these files; save them before you leave this channel.")
    return t(
        "That is what Discord can carry; the rest is too large for it. The host of this bot can give you the"
        " whole, files included: `atelier members export`."
    )
