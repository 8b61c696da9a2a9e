"""The way through `/privacy`, as a member goes it, and what is left of it in the database."""

import asyncio
import sqlite3
from contextlib import closing

from bot.studio import Interaction, Message
from tests.support.host import PATIENCE_SECONDS, Host


async def panel_of(host: Host, slug: str) -> Message:
    asked = await host.studio.person(slug).command("privacy")
    return await host.until(lambda: asked.response if asked.response and asked.response.buttons else None)


def button_of(message: Message, beginning: str) -> str:
    return next(one.custom_id for one in message.buttons if one.custom_id and one.custom_id.startswith(beginning))


async def form_of(host: Host, slug: str) -> Interaction:
    """The form of an erasure, open."""
    panel = await panel_of(host, slug)
    opened = await host.studio.person(slug).press(panel, button_of(panel, "privacy:erase:"))
    await host.until(lambda: opened.modal is not None or None)
    return opened


def rows_in(host: Host, table: str) -> int:
    """How many there are, while the bot is at work."""
    with closing(sqlite3.connect(f"file:{host.data / 'atelier.db'}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


async def nothing_to_delete(host: Host) -> None:
    """Wait until the bot has written down that the last message is deleted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(rows_in, host, "deletions"):
            pass
