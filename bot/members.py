"""What the host does for one member who cannot do it in Discord: everything about them to a file, or erased."""

import asyncio
import shutil
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot.alone import alone
from bot.i18n import texts_for
from bot.prints import Prints
from bot.settings import Settings
from bot.ui.privacy import readme
from inference.contract.identifiers import MemberId
from storage import Storage


async def export(settings: Settings, member: MemberId, out: Path) -> int:
    """Write everything about a member into one archive, whatever its size. Returns the bytes. Raises `OSError`."""
    size_bytes = 0
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        text = readme(texts_for("en-US"), has_media=True)
        inscribe = Prints(storage).inscribed
        async with aclosing(storage.exports.archives(member, readme=text, inscribe=inscribe)) as archives:
            async for archive in archives:
                size_bytes = await asyncio.to_thread(_write, archive.file, out)
    return size_bytes


async def erase(settings: Settings, member: MemberId, *, takes_messages: bool) -> int:
    """Erase a member in all servers; the messages go when the bot is started next. Returns how many works went.

    Raises `AlreadyRunningError`, `DatabaseTakenError`: a running bot would go on with jobs that are no longer there.
    """
    works = 0
    async with alone(settings), Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        erasure = await storage.erasures.ask(member, None, takes_messages=takes_messages, at=datetime.now(UTC))
        while not (erased := await storage.erasures.carry_on(erasure, at=datetime.now(UTC))).is_done:
            works += erased.works
    return works


def _write(archive: IO[bytes], out: Path) -> int:
    """All of it under its name, or nothing."""
    half = out.with_name(f".{out.name}.half")
    try:
        with half.open("wb") as file:
            shutil.copyfileobj(archive, file)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    return out.stat().st_size
