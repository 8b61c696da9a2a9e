import logging
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot import logs
from bot.reaching import LAST_RETRY_SECONDS, SECONDS_BETWEEN_WORDS, Silence, may_pass
from bot.terminal import one_line


def refusal(kind: type[discord.HTTPException], status: int, body: dict[str, Any] | str) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    return kind(response, body)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (aiohttp.ClientConnectionError(), True),
        (ConnectionResetError(), True),
        (FileNotFoundError(), False),
        (TimeoutError(), True),
        (discord.RateLimited(60), True),
        (refusal(discord.DiscordServerError, 503, ""), True),
        (refusal(discord.HTTPException, 429, "error code: 1015"), True),
        (refusal(discord.Forbidden, 403, "<html>Cloudflare</html>"), True),
        (refusal(discord.Forbidden, 403, {"code": 50001, "message": "Missing Access"}), False),
        (refusal(discord.NotFound, 404, {"code": 0, "message": "404: Not Found"}), False),
        (discord.LoginFailure(), False),
    ],
)
def test_only_what_may_be_over_at_the_next_try_is_tried_again(error: Exception, passes: bool) -> None:
    assert may_pass(error) is passes


def test_a_silence_is_told_once_and_then_rarely() -> None:
    silence = Silence()
    told_at = []
    for _ in range(60):
        if silence.is_news:
            told_at.append(silence.seconds)
            silence.told_at_seconds = silence.seconds
        assert silence.next_pause(0.5) <= LAST_RETRY_SECONDS
    assert told_at[0] == 0
    assert len(told_at) >= 3
    assert all(later - earlier >= SECONDS_BETWEEN_WORDS for earlier, later in pairwise(told_at))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (discord.PrivilegedIntentsRequired(None), "intent"),
        (discord.LoginFailure(), "DISCORD_TOKEN"),
    ],
)
def test_what_ends_the_bot_is_one_line_that_says_what_to_do(error: Exception, words: str) -> None:
    assert words in one_line(error)
    assert "\n" not in one_line(error)


def test_a_gateway_that_is_not_reached_is_logged_without_a_traceback() -> None:
    try:
        raise aiohttp.ClientConnectionError
    except aiohttp.ClientConnectionError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("discord.client", logging.ERROR, "", 0, "Attempting a reconnect in %.2fs", (1.5,), told)

    assert logs.without_traceback(record)

    assert record.getMessage() == "Attempting a reconnect in 1.50s, after ClientConnectionError"
    assert record.exc_info is None
