"""`/styles`: what members choose a picture's style from; admins add, change and remove."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.desk import server_of
from bot.errors import StyleNameMissingError
from bot.fitting import size_in
from bot.i18n import texts_for
from bot.rights import require_admin
from bot.styles import frame_of
from bot.ui.completion import matching
from bot.ui.names import style_name
from bot.ui.styles import NAME_LIMIT, added_text, card_of, changed_text, overview, removed_text
from inference.contract.errors import ModelMissingError, PromptEmptyError
from inference.contract.identifiers import MemberId, ModelName
from inference.contract.image import MAX_AVOID_CHARACTERS, MAX_FRAME_CHARACTERS, MAX_GUIDANCE, MAX_STEPS
from inference.contract.mediums import Medium
from inference.safety.prompts import cleaned
from inference.safety.words import folded
from storage.domain import Preset

if TYPE_CHECKING:
    from bot.client import AtelierClient

_MAY_BE_FORGOTTEN: Final = [
    Choice(name=locale_str("What is avoided"), value="avoid"),
    Choice(name=locale_str("The size"), value="canvas"),
    Choice(name=locale_str("The steps"), value="steps"),
    Choice(name=locale_str("The guidance"), value="guidance"),
    Choice(name=locale_str("The model"), value="model"),
]

# What both of the commands take that say what is in a style.
_DESCRIPTIONS: Final = {
    "frame": locale_str("Words around the prompt, which stands at {prompt}, or else before them"),
    "avoid": locale_str("What is to be kept out of the pictures"),
    "size": locale_str("In pixels, such as 768x512; without it, the model's own"),
    "steps": locale_str("How many steps; without them, the model's own"),
    "guidance": locale_str("How closely the words are kept to; without it, the model's own"),
    "model": locale_str("The model that draws this style, for members who name none"),
}


class Styles(commands.Cog):
    styles = app_commands.Group(
        name=locale_str("styles"), description=locale_str("Styles for pictures: words and settings under one name")
    )

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        self._styles = client.services.styles

    @styles.command(name=locale_str("list"), description=locale_str("The styles that there are, or what is in one"))
    @app_commands.describe(style=locale_str("One of them, to see what is in it"))
    async def list_styles(self, interaction: discord.Interaction["AtelierClient"], style: str | None = None) -> None:
        server, t = server_of(interaction), texts_for(str(interaction.locale))
        if style is not None:
            card = card_of(self._styles.preset(server, style), t=t)
        else:
            offered = self._styles.offered(server).values()
            own = [preset for preset in offered if self._styles.is_own(server, preset)]
            ours = [preset for preset in offered if preset not in own]
            card = overview(own, ours, self._styles.hidden(server), t=t)
        await interaction.response.send_message(embed=card, ephemeral=True)

    @styles.command(name=locale_str("add"), description=locale_str("For admins: a new style"))
    @app_commands.describe(name=locale_str("What members will choose it by"), **_DESCRIPTIONS)
    async def add(
        self,
        interaction: discord.Interaction["AtelierClient"],
        name: Range[str, 1, NAME_LIMIT],
        frame: Range[str, 1, MAX_FRAME_CHARACTERS] | None = None,
        avoid: Range[str, 1, MAX_AVOID_CHARACTERS] | None = None,
        size: str | None = None,
        steps: Range[int, 1, MAX_STEPS] | None = None,
        guidance: Range[float, 0.0, MAX_GUIDANCE] | None = None,
        model: str | None = None,
    ) -> None:
        require_admin(interaction)
        given = {"frame": frame_of("")} | self._given(frame, avoid, size, steps, guidance, model)
        preset = Preset(name=_name(name), **given)
        await interaction.response.defer(ephemeral=True, thinking=True)
        added = await self._styles.add(server_of(interaction), preset, by=MemberId(interaction.user.id))
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=added_text(added, t=t), embed=card_of(added, t=t))

    @styles.command(name=locale_str("change"), description=locale_str("For admins: another name or content of a style"))
    @app_commands.describe(
        style=locale_str("Which"),
        name=locale_str("What members will choose it by from now on"),
        forget=locale_str("What is the model's own matter again"),
        **_DESCRIPTIONS,
    )
    @app_commands.choices(forget=_MAY_BE_FORGOTTEN)
    async def change(
        self,
        interaction: discord.Interaction["AtelierClient"],
        style: str,
        name: Range[str, 1, NAME_LIMIT] | None = None,
        frame: Range[str, 1, MAX_FRAME_CHARACTERS] | None = None,
        avoid: Range[str, 1, MAX_AVOID_CHARACTERS] | None = None,
        size: str | None = None,
        steps: Range[int, 1, MAX_STEPS] | None = None,
        guidance: Range[float, 0.0, MAX_GUIDANCE] | None = None,
        model: str | None = None,
        forget: str | None = None,
    ) -> None:
        require_admin(interaction)
        changes = self._given(frame, avoid, size, steps, guidance, model)
        changes |= {"name": _name(name)} if name else {}
        changes |= {forget: None} if forget else {}
        await interaction.response.defer(ephemeral=True, thinking=True)
        was, now = await self._styles.change(
            server_of(interaction), style, lambda preset: replace(preset, **changes), by=MemberId(interaction.user.id)
        )
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=changed_text(was, now, t=t), embed=card_of(now, t=t))

    @styles.command(
        name=locale_str("remove"), description=locale_str("For admins: take a style away, or hide one of mine")
    )
    @app_commands.describe(style=locale_str("Which"))
    async def remove(self, interaction: discord.Interaction["AtelierClient"], style: str) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        server, t = server_of(interaction), texts_for(str(interaction.locale))
        removed, back = await self._styles.remove(server, style, by=MemberId(interaction.user.id))
        is_hidden = removed in self._styles.hidden(server)
        await interaction.edit_original_response(content=removed_text(removed, back, is_hidden=is_hidden, t=t))

    @list_styles.autocomplete("style")
    @change.autocomplete("style")
    @remove.autocomplete("style")
    async def complete_style(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        return self._styles.completed(server_of(interaction), current, texts_for(str(interaction.locale)))

    @add.autocomplete("name")
    async def complete_name(self, interaction: discord.Interaction["AtelierClient"], current: str) -> list[Choice[str]]:
        """Those of ours that are hidden, to bring them back; whatever else is typed is a new one."""
        t = texts_for(str(interaction.locale))
        hidden = self._styles.hidden(server_of(interaction))
        return matching({preset.name: style_name(preset.name, t) for preset in hidden}, current)

    @add.autocomplete("model")
    @change.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        models = self._client.services.desk.models_here(Medium.IMAGE)
        return matching({model.name: f"{model.title} · {model.name}" for model in models}, current)

    def _given(
        self,
        frame: str | None,
        avoid: str | None,
        size: str | None,
        steps: int | None,
        guidance: float | None,
        model: str | None,
    ) -> dict[str, Any]:
        """Of a style what was said of it, by the fields of `Preset`.

        Raises an `InvalidRequestError`, `ModelMissingError`.
        """
        painters = self._client.services.desk.models_here(Medium.IMAGE)
        if model is not None and model not in {each.name for each in painters}:
            raise ModelMissingError(model)
        fields = {
            "frame": frame and frame_of(cleaned(frame)),
            "avoid": avoid and cleaned(avoid),
            "canvas": size and size_in(size),
            "steps": steps,
            "guidance": guidance,
            "model": model and ModelName(model),
        }
        return {name: value for name, value in fields.items() if value is not None}


def _name(typed: str) -> str:
    """In one line. Raises `StyleNameMissingError`."""
    try:
        name = " ".join(cleaned(typed).split())
    except PromptEmptyError:
        raise StyleNameMissingError from None
    if not folded(name):
        raise StyleNameMissingError
    return name
