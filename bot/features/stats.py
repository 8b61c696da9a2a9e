"""`/stats`: how a server lived in the last days, for its admins alone, as a table and as a picture."""

import asyncio
import io
from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import discord
import structlog
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.errand import returned
from bot.i18n import texts_for
from bot.rights import ADMINS, require_admin
from bot.ui import statistics
from bot.ui.charts.picture import Picture, packed
from inference.contract.environment import caches_in, passed_on

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

USUAL_DAYS: Final = 30
PICTURE_NAME: Final = "stats.png"
PATIENCE_SECONDS: Final = 60.0
MAX_PICTURE_BYTES: Final = 8 * 2**20  # What Discord takes anywhere.


class Stats(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._one_at_a_time = asyncio.Lock()

    @app_commands.command(
        name=locale_str("stats"), description=locale_str("How this server lived: makers, works, ratings, waits")
    )
    @app_commands.describe(days=locale_str("How far back; 30 days unless you choose"))
    @app_commands.choices(
        days=[
            Choice(name=locale_str("7 days"), value=7),
            Choice(name=locale_str("30 days"), value=30),
            Choice(name=locale_str("90 days"), value=90),
        ]
    )
    @app_commands.default_permissions(ADMINS)
    async def stats(self, interaction: discord.Interaction["AtelierClient"], days: Choice[int] | None = None) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        t = texts_for(str(interaction.locale))
        last = interaction.created_at.astimezone(UTC).date()
        first = last - timedelta(days=(days.value if days else USUAL_DAYS) - 1)
        services = self._client.services
        period = await services.storage.statistics.period(server_of(interaction), first=first, last=last)
        if period.whole.is_empty:
            await interaction.edit_original_response(content=statistics.nothing_yet(period, t))
            return
        await interaction.edit_original_response(content=statistics.report(period, t))
        pictures = [statistics.picture(period, each) for each in (t, texts_for("en-US"))]
        async with self._one_at_a_time:
            png = await drawn(pictures, cache=services.settings.cache_folder)
        if png is not None:
            file = discord.File(io.BytesIO(png), PICTURE_NAME, description=statistics.alt_text(period, t))
            await interaction.edit_original_response(attachments=[file])


async def drawn(pictures: Sequence[Picture], *, cache: Path) -> bytes | None:
    """A PNG of the first of the pictures for whose words there is a font, else of the last; None when it went wrong.

    Drawn by a process of its own, since matplotlib would stay in ours. `cache` keeps its list of fonts.
    """
    try:
        drawing = await returned(
            "bot.ui.charts",
            sent=packed(pictures),
            environment=passed_on() | caches_in(cache),
            within_seconds=PATIENCE_SECONDS,
            at_most_bytes=MAX_PICTURE_BYTES,
        )
    except TimeoutError:
        log.warning("a picture took too long", within_seconds=PATIENCE_SECONDS)
        return None
    if drawing.exit_code:
        log.warning("a picture was not drawn", exit_code=drawing.exit_code, error=drawing.complaint)
        return None
    return drawing.answer
