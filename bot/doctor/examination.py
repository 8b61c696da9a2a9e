"""Every look in turn, each with a limit of time; one that breaks is a finding and no error."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import aiohttp
import discord

from bot.doctor import keeping, machine, servers
from bot.doctor.findings import Finding, Look, ill
from bot.settings import Settings
from inference.contract.errors import AtelierError

LOOKS: Final = (
    Look(subject="python", act=machine.python),
    Look(subject="memory", act=machine.memory),
    Look(subject="disk", act=machine.disk),
    Look(subject="database", act=keeping.database, seconds=60.0),
    Look(subject="media", act=keeping.media, seconds=120.0),
    Look(subject="models", act=machine.models),
    Look(subject="classifier", act=machine.classifier, seconds=130.0),
    Look(subject="actor", act=machine.actor, seconds=150.0),
    Look(subject="discord", act=servers.discord_side, seconds=120.0),
)
LEDGER: Final = (
    Look(subject="ledger", act=keeping.ledger),
    Look(subject="files", act=keeping.files, seconds=300.0),
)


async def examine(settings: Settings) -> list[Finding]:
    """What the bot needs, in the order in which it needs it."""
    return await _all(LOOKS, settings)


async def examine_ledger(settings: Settings) -> list[Finding]:
    """What jobs wait for something, and whether rows and files agree. Changes nothing."""
    return await _all(LEDGER, settings)


async def _all(looks: Iterable[Look], settings: Settings) -> list[Finding]:
    return [finding for look in looks for finding in await _look(look, settings)]


async def _look(look: Look, settings: Settings) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(look.seconds):
            return await look.act(settings)
    except TimeoutError:
        return [ill(look.subject, f"no answer within {look.seconds:g} s", "look at the load of what it needs")]
    except (AtelierError, OSError, discord.DiscordException, aiohttp.ClientError) as error:
        return [ill(look.subject, str(error) or type(error).__name__, "see the message")]
    except BaseExceptionGroup as group:  # A service of the actor ended the look.
        return [ill(look.subject, "; ".join(map(str, group.exceptions)), "see the message")]
