"""`/imagine`: one to four pictures."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.errors import StyleUnknownError
from bot.features.write import USUAL_PROMPT
from bot.fitting import canvas_of, fitted, in_style, sizes_of
from bot.i18n import Texts, texts_for
from bot.ui.completion import matching
from bot.ui.names import language_name
from bot.ui.sizes import size_choices, size_meant
from inference.contract.errors import AtelierError, StrengthWithoutReferenceError
from inference.contract.identifiers import ModelName
from inference.contract.image import (
    DEFAULT_COUNT,
    MAX_AVOID_CHARACTERS,
    MAX_COUNT,
    MAX_GUIDANCE,
    MAX_STEPS,
    MIN_STRENGTH,
    Canvas,
    ImageRequest,
)
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, MAX_SEED, Basis, Medium
from inference.safety.prompts import cleaned
from storage.domain import Preset

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from inference.catalog.model import Model


class Imagine(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("imagine"), description=locale_str("Have pictures drawn"))
    @app_commands.describe(
        prompt=locale_str("What they show"),
        style=locale_str("In which manner"),
        avoid=locale_str("What is to be kept out of them"),
        size=locale_str("Width and height in pixels, such as 1024x768; without it, the model's own"),
        count=locale_str("How many; four, if you do not say"),
        seed=locale_str("The same seed and words give the same pictures again"),
        steps=locale_str("In how many steps they are drawn; without it, what suits the model"),
        guidance=locale_str("How closely they keep to your words; without it, what suits the model"),
        model=locale_str("Which model draws"),
        reference=locale_str("A picture to begin from"),
        strength=locale_str("How far to go from that picture: 0.05 hardly, 1 not led by it at all"),
    )
    async def imagine(
        self,
        interaction: discord.Interaction["AtelierClient"],
        prompt: Range[str, 1, MAX_PROMPT_CHARACTERS],
        style: str | None = None,
        avoid: Range[str, 1, MAX_AVOID_CHARACTERS] | None = None,
        size: str | None = None,
        count: Range[int, 1, MAX_COUNT] = DEFAULT_COUNT,
        seed: Range[int, 0, MAX_SEED] | None = None,
        steps: Range[int, 1, MAX_STEPS] | None = None,
        guidance: Range[float, 0.0, MAX_GUIDANCE] | None = None,
        model: str | None = None,
        reference: discord.Attachment | None = None,
        strength: Range[float, MIN_STRENGTH, 1.0] | None = None,
    ) -> None:
        if strength is not None and reference is None:
            raise StrengthWithoutReferenceError
        preset = self._client.services.styles.preset(server_of(interaction), style) if style else None
        entry = self._model(interaction, model, preset)
        request = ImageRequest(
            prompt=cleaned(prompt),
            model=entry.name,
            count=count,
            seed=seed,
            canvas=self._canvas(interaction, size, entry) if size else None,
            steps=steps,
            guidance=guidance,
            avoid=cleaned(avoid) if avoid else None,
            basis=Basis.REFERENCE if reference else Basis.NOTHING,
            strength=strength,
        )
        request = fitted(request, entry)
        if preset is not None:
            request = in_style(request, preset, entry, scale=self._client.services.desk.scale_of(entry))
        await self._client.services.desk.accept(interaction, request, upload=reference)

    @imagine.autocomplete("style")
    async def complete_style(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        t = texts_for(str(interaction.locale))
        return self._client.services.styles.completed(server_of(interaction), current, t)

    @imagine.autocomplete("size")
    async def complete_size(self, interaction: discord.Interaction["AtelierClient"], current: str) -> list[Choice[str]]:
        """What the model that was chosen, or would be, offers."""
        t = texts_for(str(interaction.locale))
        entry = self._likely_model(interaction)
        if entry is None:
            return []
        sizes = sizes_of(entry, scale=self._client.services.desk.scale_of(entry))
        return matching(size_choices(sizes, t), current)

    @imagine.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        """The models that are here: what each reads, and what it takes for as many pictures as are usual."""
        t = texts_for(str(interaction.locale))
        models = self._client.services.desk.models_here(Medium.IMAGE)
        return matching({model.name: self._described(model, t) for model in models}, current)

    def _model(
        self, interaction: discord.Interaction["AtelierClient"], named: str | None, preset: Preset | None
    ) -> "Model":
        """Raises `ModelUnknownError`, `ModelMissingError`, `ModelMismatchError`."""
        services = self._client.services
        usual = services.house.image_model_of(server_of(interaction), preset)
        return services.desk.drawing_model(ModelName(named) if named else usual)

    def _likely_model(self, interaction: discord.Interaction["AtelierClient"]) -> "Model | None":
        """The model of a command that is still being typed; None: what was typed so far names none."""
        style, named = interaction.namespace.style, interaction.namespace.model
        try:
            preset = self._client.services.styles.preset(server_of(interaction), str(style)) if style else None
        except StyleUnknownError:
            preset = None
        try:
            return self._model(interaction, named and str(named), preset)
        except AtelierError:
            return None

    def _canvas(self, interaction: discord.Interaction["AtelierClient"], typed: str, entry: "Model") -> Canvas:
        t, scale = texts_for(str(interaction.locale)), self._client.services.desk.scale_of(entry)
        return canvas_of(size_meant(typed, sizes_of(entry, scale=scale), t), entry, scale=scale)

    def _described(self, model: "Model", t: Texts) -> str:
        spoken = (
            t.listed([language_name(code, t) for code in model.languages]) if model.languages else t("any language")
        )
        seconds = self._client.services.queue.predicted_seconds(ImageRequest(prompt=USUAL_PROMPT, model=model.name))
        cost = (
            t.plural("{span} for {count} picture", "{span} for {count} pictures", DEFAULT_COUNT, span=t.span(seconds))
            if seconds
            else t("not yet used")
        )
        return f"{model.title} · {spoken} · {cost}"
