"""Remix: the request of a work, changed, for whoever asks; by the button or from the message's menu."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.features.creation.button import CreationButton, seen, work_in
from bot.i18n import Texts, texts_for
from bot.ui.forms import Form, open_modal
from bot.ui.names import GENRE_NAMES, genre_name
from inference.contract.identifiers import CreationId, ModelName
from inference.contract.jobs import Parent, Relation
from inference.contract.requests import MAX_PROMPT_CHARACTERS, Basis, Genre, Request
from inference.safety.prompts import cleaned
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from inference.catalog.catalog import Model

PROMPT: Final = "prompt"
GENRE: Final = "genre"
WORDS: Final = "words"
TEMPERATURE: Final = "temperature"
MODEL: Final = "model"
LENGTHS: Final = (50, 100, 150, 300, 500, 1_000)
TEMPERATURES: Final = (0.3, 0.7, 1.0, 1.3)
OPTIONS_LIMIT: Final = 25
_OWN: Final = "own"  # The model's own temperature.


class RemixButton(CreationButton, template=r"creation:remix:(?P<id>\d+)"):
    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await _open(await self.find(interaction), interaction)


@app_commands.context_menu(name=locale_str("Remix"))
async def remix_command(interaction: discord.Interaction["AtelierClient"], message: discord.Message) -> None:
    """The same from a message's own menu."""
    await _open(await work_in(message, interaction), interaction)


class RemixForm(Form, template=r"creation:remix:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        services = interaction.client.services

        async def find() -> tuple[Request, tuple[Parent, ...]]:
            creation = seen(await services.storage.creations.get(CreationId(self.row_id)), interaction)
            parent = Parent(creation=creation.id, relation=Relation.REMIX, part=creation.part)
            return self.changed(creation.request), (parent,)

        await services.desk.accept_found(interaction, find)

    def changed(self, request: Request) -> Request:
        """The request with what the member chose. Raises an `InvalidRequestError`."""
        prompt, temperature = cleaned(self.typed(PROMPT)), self.typed(TEMPERATURE)
        return replace(
            request,
            prompt=prompt,
            genre=Genre(self.typed(GENRE)),
            words=int(self.typed(WORDS)),
            temperature=None if temperature == _OWN else float(temperature),
            model=ModelName(self.typed(MODEL)),
            language=request.language if prompt == request.prompt else None,  # Other words may be in another one.
            seed=None,
            basis=Basis.NOTHING,
            change=None,
        )

    @property
    def words(self) -> str:
        return self.typed(PROMPT)


async def _open(creation: Creation, interaction: discord.Interaction["AtelierClient"]) -> None:
    t = texts_for(str(interaction.locale))
    models = interaction.client.services.desk.models_here()
    await open_modal(interaction, f"creation:remix:{creation.id}", t("Remix"), *_fields(creation.request, models, t))


def _fields(request: Request, models: Sequence["Model"], t: Texts) -> Sequence[discord.ui.Item[Any]]:
    """Five fields, filled in with what the work was made from."""
    prompt: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=PROMPT,
        style=discord.TextStyle.paragraph,
        default=request.prompt,
        max_length=MAX_PROMPT_CHARACTERS,
    )
    genres = [(genre.value, genre_name(genre, t)) for genre in GENRE_NAMES]
    lengths = [(str(words), t.plural("{count} word", "{count} words", words)) for words in {*LENGTHS, request.words}]
    lengths.sort(key=lambda option: int(option[0]))
    titles = {request.model: str(request.model)} | {model.name: model.title for model in models}
    return (
        discord.ui.Label(text=t("What it is about"), component=prompt),
        _choice(t("Genre"), GENRE, genres, request.genre.value),
        _choice(t("Length"), WORDS, lengths, str(request.words)),
        _choice(t("Temperature"), TEMPERATURE, _temperatures(request, t), _warmth(request.temperature)),
        _choice(t("Model"), MODEL, titles.items(), request.model),
    )


def _temperatures(request: Request, t: Texts) -> Sequence[tuple[str, str]]:
    """Told apart as they are written: Discord takes no value twice."""
    warmths = {_warmth(one) for one in (*TEMPERATURES, request.temperature)} - {_OWN}
    return [(_OWN, t("The model's own")), *((warmth, warmth) for warmth in sorted(warmths, key=float))]


def _warmth(temperature: float | None) -> str:
    return _OWN if temperature is None else f"{temperature:g}"


def _choice(label: str, custom_id: str, options: Iterable[tuple[str, str]], chosen: str) -> discord.ui.Item[Any]:
    listed = [
        discord.SelectOption(value=value, label=name, default=value == chosen)
        for value, name in islice(options, OPTIONS_LIMIT)
    ]
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=custom_id, options=listed)
    return discord.ui.Label(text=label, component=select)
