"""`/write`: a piece of writing."""

from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.errors import GenreUnknownError, LanguageUnknownError, VariantsAlikeError
from bot.i18n import Texts, texts_for
from bot.ui.completion import matching
from bot.ui.names import GENRE_NAMES, LANGUAGES, language_name
from inference.contract.identifiers import ModelName
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, MAX_SEED, Medium
from inference.contract.text import (
    DEFAULT_WORDS,
    MAX_TEMPERATURE,
    MAX_VARIANTS,
    MAX_WORDS,
    MIN_WORDS,
    Genre,
    TextRequest,
)
from inference.safety.prompts import cleaned

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from inference.catalog.model import Model

USUAL_PROMPT: Final = "-"  # Of a request that nobody makes, to reckon what one like it would take.


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
        language=locale_str("The language of the text; without it, that of your words"),
        variants=locale_str("How many to choose from"),
        temperature=locale_str("How much chance: 0 plays safe, 2 is wild; without it, what suits the model"),
        model=locale_str("Which model writes"),
        seed=locale_str("The same seed and words give the same text again"),
    )
    @app_commands.choices(genre=[Choice(name=name, value=genre.value) for genre, name in GENRE_NAMES.items()])
    async def write(
        self,
        interaction: discord.Interaction["AtelierClient"],
        prompt: Range[str, 1, MAX_PROMPT_CHARACTERS],
        genre: str = Genre.FREE.value,
        length: Range[int, MIN_WORDS, MAX_WORDS] = DEFAULT_WORDS,
        language: str | None = None,
        variants: Range[int, 1, MAX_VARIANTS] = 1,
        temperature: Range[float, 0.0, MAX_TEMPERATURE] | None = None,
        model: str | None = None,
        seed: Range[int, 0, MAX_SEED] | None = None,
    ) -> None:
        if temperature == 0 and variants > 1:
            raise VariantsAlikeError
        request = TextRequest(
            prompt=cleaned(prompt),
            genre=_genre_of(genre),
            words=length,
            language=language and _language_of(language, texts_for(str(interaction.locale))),
            variants=variants,
            temperature=temperature,
            model=ModelName(model) if model else self._usual_model(interaction),
            seed=seed,
        )
        await self._client.services.desk.accept(interaction, request)

    @write.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        """The models that are here: what each speaks, and what it takes for a text of the usual length."""
        t = texts_for(str(interaction.locale))
        models = self._client.services.desk.models_here(Medium.TEXT)
        return matching({model.name: self._described(model, t) for model in models}, current)

    @write.autocomplete("language")
    async def complete_language(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        """The languages of the model that was chosen, or of the usual one; without limits, all that have a name."""
        t = texts_for(str(interaction.locale))
        name = ModelName(str(interaction.namespace.model or self._usual_model(interaction)))
        chosen = next(
            (model for model in self._client.services.desk.models_here(Medium.TEXT) if model.name == name), None
        )
        codes = (chosen.languages if chosen else ()) or LANGUAGES
        own = str(interaction.locale).partition("-")[0]
        own_first = sorted(codes, key=lambda code: code != own)  # Not all of them fit the list.
        return matching({code: language_name(code, t) for code in own_first}, current)

    def _usual_model(self, interaction: discord.Interaction["AtelierClient"]) -> ModelName:
        return self._client.services.house.text_model_of(server_of(interaction))

    def _described(self, model: "Model", t: Texts) -> str:
        spoken = (
            t.listed([language_name(code, t) for code in model.languages]) if model.languages else t("any language")
        )
        seconds = self._client.services.queue.predicted_seconds(TextRequest(prompt=USUAL_PROMPT, model=model.name))
        cost = (
            t("{span} for {count} words", span=t.span(seconds), count=DEFAULT_WORDS) if seconds else t("not yet used")
        )
        return f"{model.title} · {spoken} · {cost}"


def _language_of(typed: str, t: Texts) -> str:
    """The code of a language that was chosen from the list, or typed as its name or code."""
    for code in LANGUAGES:
        if typed.casefold() in (code, language_name(code, t).casefold()):
            return code
    raise LanguageUnknownError


def _genre_of(value: str) -> Genre:
    try:
        return Genre(value)
    except ValueError as error:
        raise GenreUnknownError from error
