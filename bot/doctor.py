"""`atelier doctor`: looks at everything that the bot needs and says what to do about what is missing."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import discord

from bot.app import actor_settings
from bot.client import point_discord_at
from bot.settings import Settings
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.catalog.catalog import Catalog
from inference.catalog.puller import is_present
from inference.contract.errors import AtelierError
from storage import Storage

OLDEST_PYTHON: Final = (3, 11)
WANTED_DISK_GIB: Final = 2.0
HANDSHAKE_SECONDS: Final = 90.0
GIB: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found. `advice` is empty when nothing needs doing."""

    subject: str
    found: str
    is_well: bool = True
    advice: str = ""


Look = Callable[[Settings], Awaitable[Finding]]


async def examine(settings: Settings) -> list[Finding]:
    """Look at each part in turn; one that cannot be looked at is a finding, not an error."""
    looks: dict[str, Look] = {
        "python": _python,
        "data folder": _data_folder,
        "database": _database,
        "text model": _text_model,
        "actor": _actor,
        "discord": _discord,
    }
    findings = []
    for subject, look in looks.items():
        try:
            findings.append(await look(settings))
        except (AtelierError, OSError, discord.DiscordException) as error:
            findings.append(Finding(subject=subject, found=str(error), is_well=False, advice="see the message"))
    return findings


async def _python(_: Settings) -> Finding:
    is_well = sys.version_info >= OLDEST_PYTHON
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        subject="python",
        found=sys.version.partition(" ")[0],
        is_well=is_well,
        advice="" if is_well else f"install Python {wanted} or later",
    )


async def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_gib = shutil.disk_usage(there).free / GIB
    found = f"{folder}, {free_gib:.1f} GiB free"
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(subject="data folder", found=found, is_well=False, advice="not writable: change its owner")
    if free_gib < WANTED_DISK_GIB:
        return Finding(subject="data folder", found=found, is_well=False, advice=f"free {WANTED_DISK_GIB:g} GiB")
    return Finding(subject="data folder", found=found)


async def _database(settings: Settings) -> Finding:
    kind = settings.storage_url.partition(":")[0]
    if kind.startswith("sqlite") and not settings.database_url and not (settings.data_dir / "atelier.db").exists():
        return Finding(subject="database", found="none yet", is_well=False, advice="run: atelier db upgrade")
    if not await Storage.is_current(settings.storage_url):
        return Finding(subject="database", found=f"{kind}, old", is_well=False, advice="run: atelier db upgrade")
    return Finding(subject="database", found=f"{kind}, current")


async def _text_model(settings: Settings) -> Finding:
    catalog = Catalog.load(settings.catalog)
    model = catalog.get(settings.text_model or catalog.default)
    if not is_present(model, settings.models_folder):
        return Finding(subject="text model", found=f"{model.name}, not here", is_well=False, advice=_pull(model.name))
    return Finding(subject="text model", found=f"{model.name} ({', '.join(model.languages) or 'any language'})")


def _pull(name: str) -> str:
    return f"run: atelier models pull {name}"


async def _actor(settings: Settings) -> Finding:
    with TemporaryDirectory() as spool:  # The bot may be running, and a start clears the spool.
        return await _greeting_of(replace(actor_settings(settings, Catalog.load(settings.catalog)), spool=Path(spool)))


async def _greeting_of(settings: ActorSettings) -> Finding:
    async with Supervisor.start(settings) as actor:
        try:
            await asyncio.wait_for(actor.ready(), HANDSHAKE_SECONDS)
        except TimeoutError:
            advice = "see the log above; torch may be missing or broken"
            return Finding(subject="actor", found="does not start", is_well=False, advice=advice)
        assert actor.hello is not None
        return Finding(subject="actor", found=f"starts, on {actor.hello.device}")


async def _discord(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding(subject="discord", found="no token: the studio will be used")
    point_discord_at(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            return Finding(subject="discord", found="wrong token", is_well=False, advice="copy DISCORD_TOKEN again")
        return Finding(subject="discord", found=f"the token is that of {client.user}")
