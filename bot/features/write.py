"""`/write`: a piece of writing."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.errors import GenreUnknownError
from bot.ui.names import GENRE_NAMES
from inference.contract.requests import (
    DEFAULT_WORDS,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    MAX_WORDS,
    MIN_WORDS,
    Genre,
    TextRequest,
)
from inference.safety.prompts import cleaned

if TYPE_CHECKING:
    from bot.client import AtelierClient


class Write(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(
        name=locale_str("write"), description=locale_str("Have a story, a poem or another text written")
    )
    @app_commands.describe(
        prompt=locale_str("What it is about"),
        genre=locale_str("The form of the text"),
        length=locale_str("About how many words"),
        seed=locale_str("The same seed and words give the same text again"),
    )
    @app_commands.choices(genre=[Choice(name=name, value=genre.value) for genre, name in GENRE_NAMES.items()])
    async def write(
        self,
        interaction: discord.Interaction["AtelierClient"],
        prompt: Range[str, 1, MAX_PROMPT_CHARACTERS],
        genre: str = Genre.FREE.value,
        length: Range[int, MIN_WORDS, MAX_WORDS] = DEFAULT_WORDS,
        seed: Range[int, 0, MAX_SEED] | None = None,
    ) -> None:
        request = TextRequest(
            prompt=cleaned(prompt),
            genre=_genre_of(genre),
            words=length,
            seed=seed,
            model=self._client.services.text_model,
        )
        await self._client.services.desk.accept(interaction, request)


def _genre_of(value: str) -> Genre:
    try:
        return Genre(value)
    except ValueError as error:
        raise GenreUnknownError from error
