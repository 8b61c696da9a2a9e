"""What can be changed of a text in a remix: five fields, filled in with what it was made from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.desk import Wish
from bot.i18n import Texts, texts_for
from bot.ui.forms import Form, choice, paragraph
from bot.ui.names import GENRE_NAMES, genre_name
from inference.contract.identifiers import ModelName
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis, Medium
from inference.contract.text import Genre, TextRequest
from inference.safety.prompts import cleaned
from storage.domain import Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

PROMPT: Final = "prompt"
GENRE: Final = "genre"
WORDS: Final = "words"
TEMPERATURE: Final = "temperature"
MODEL: Final = "model"
LENGTHS: Final = (50, 100, 150, 300, 500, 1_000)
TEMPERATURES: Final = (0.3, 0.7, 1.0, 1.3)
_OWN: Final = "own"  # The model's own temperature.


def text_fields(
    request: TextRequest, interaction: discord.Interaction["AtelierClient"]
) -> Sequence[discord.ui.Item[Any]]:
    t = texts_for(str(interaction.locale))
    models = interaction.client.services.desk.models_here(Medium.TEXT)
    genres = [(genre.value, genre_name(genre, t)) for genre in GENRE_NAMES]
    lengths = [(str(words), t.plural("{count} word", "{count} words", words)) for words in {*LENGTHS, request.words}]
    lengths.sort(key=lambda option: int(option[0]))
    titles = {request.model: str(request.model)} | {model.name: model.title for model in models}
    return (
        paragraph(t("What it is about"), PROMPT, filled_in=request.prompt, limit=MAX_PROMPT_CHARACTERS),
        choice(t("Genre"), GENRE, genres, request.genre.value),
        choice(t("Length"), WORDS, lengths, str(request.words)),
        choice(t("Temperature"), TEMPERATURE, _temperatures(request, t), _warmth(request.temperature)),
        choice(t("Model"), MODEL, titles.items(), request.model),
    )


def remixed_text(creation: Creation, request: TextRequest, form: Form) -> Wish:
    """The request with what the member chose. Raises an `InvalidRequestError`."""
    prompt, temperature = cleaned(form.typed(PROMPT)), form.typed(TEMPERATURE)
    remix = replace(
        request,
        prompt=prompt,
        genre=Genre(form.typed(GENRE)),
        words=int(form.typed(WORDS)),
        temperature=None if temperature == _OWN else float(temperature),
        model=ModelName(form.typed(MODEL)),
        language=request.language if prompt == request.prompt else None,  # Other words may be in another one.
        seed=None,
        basis=Basis.NOTHING,
        change=None,
    )
    return Wish(request=remix, parents=(Parent(creation=creation.id, relation=Relation.REMIX, part=creation.part),))


def _temperatures(request: TextRequest, t: Texts) -> Sequence[tuple[str, str]]:
    """Told apart as they are written: Discord takes no value twice."""
    warmths = {_warmth(one) for one in (*TEMPERATURES, request.temperature)} - {_OWN}
    return [(_OWN, t("The model's own")), *((warmth, warmth) for warmth in sorted(warmths, key=float))]


def _warmth(temperature: float | None) -> str:
    return _OWN if temperature is None else f"{temperature:g}"
