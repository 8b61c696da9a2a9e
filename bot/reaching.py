"""Reaches Discord at the start of the bot, however long there is no network, and ends at once when the host says so."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord
import structlog

from bot.client import AtelierClient

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 60.0
# An outage is told when it begins, and then this often.
SECONDS_BETWEEN_WORDS: Final = 600.0
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403
_FIRST_SERVER_ERROR: Final = 500


@dataclass(slots=True)
class Silence:
    """How long Discord has not been reached, and when that was last told."""

    seconds: float = 0.0
    pause_seconds: float = FIRST_RETRY_SECONDS
    told_at_seconds: float | None = None

    @property
    def is_news(self) -> bool:
        return self.told_at_seconds is None or self.seconds - self.told_at_seconds >= SECONDS_BETWEEN_WORDS

    def tell(self, error: Exception) -> None:
        self.told_at_seconds = self.seconds
        log.warning(
            "Discord cannot be reached: trying again until it can", reason=reason_of(error), seconds=round(self.seconds)
        )

    def next_pause(self, chance: float) -> float:
        pause = self.pause_seconds * (1 - chance / 4)
        self.seconds += pause
        self.pause_seconds = min(2 * self.pause_seconds, LAST_RETRY_SECONDS)
        return pause


async def logged_in(client: AtelierClient, token: str, *, stop: asyncio.Event) -> bool:
    """Log in and offer the commands; False when `stop` was set before that.

    Raises `discord.LoginFailure` for a wrong token, and what else will not pass by itself.
    """
    login = asyncio.create_task(_log_in(client, token), name="log in")
    stopping = asyncio.create_task(stop.wait(), name="wait for a signal")
    try:
        await asyncio.wait((login, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not login.done():
            return False
        login.result()
        return True
    finally:
        for work in (login, stopping):
            work.cancel()
        await asyncio.gather(login, stopping, return_exceptions=True)


async def _log_in(client: AtelierClient, token: str) -> None:
    async def attempt() -> None:
        try:
            await client.login(token)
        except BaseException:
            # discord.py opens another session for each login.
            await client.http.close()
            client.http.connector = discord.utils.MISSING
            raise

    await persistently(attempt)
    await persistently(client.offer_commands)


async def persistently(act: Callable[[], Awaitable[None]], *, rng: random.Random | None = None) -> None:
    """Try until Discord is reached. Raises what would be the same at the next try."""
    silence, rng = Silence(), rng or random.Random()
    while True:
        try:
            await act()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if not may_pass(error):
                raise
            if silence.is_news:
                silence.tell(error)
            await asyncio.sleep(silence.next_pause(rng.random()))
        else:
            if silence.told_at_seconds is not None:
                log.info("Discord is reached", after_seconds=round(silence.seconds))
            return


def may_pass(error: Exception) -> bool:
    """Whether the network, Discord or what stands before it may be well again without anybody's doing."""
    match error:
        case discord.HTTPException(status=status, code=code):
            # A 403 without a code of Discord's own is Cloudflare's, which lets an address in again after a while.
            return status >= _FIRST_SERVER_ERROR or status == _TOO_MANY or (status == _FORBIDDEN and code == 0)
        case discord.RateLimited():
            return True
        case discord.DiscordException():
            return False
        case _:
            return isinstance(error, aiohttp.ClientError | OSError)


def reason_of(error: Exception) -> str:
    """In one short line: what stands before Discord answers with a whole page."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}"
    return (str(error) or type(error).__name__).splitlines()[0]
