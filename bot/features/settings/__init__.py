"""`/settings`: what a server's admins can choose, one command for each choice, each with an answer to them alone."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.errors import LanguageUnknownError, PermissionsMissingError
from bot.features.settings.change import apply, settings_of, usual_of
from bot.features.settings.channels import ChannelsSelect, EverywhereButton, ask_for_channels
from bot.features.settings.words import WordsForm, ask_for_words
from bot.i18n import catalogues, texts_for
from bot.rights import ADMINS, CARD_PERMISSIONS, require_admin, without
from bot.ui.choices import overview
from bot.ui.completion import matching
from bot.ui.names import GUARD_NAMES
from inference.contract.errors import ModelMissingError
from inference.contract.identifiers import ChannelId, ModelName, RoleId
from inference.contract.image import Guard
from inference.contract.jobs import Limits
from inference.contract.mediums import Medium
from storage.domain import ServerSettings

if TYPE_CHECKING:
    from bot.client import AtelierClient
    from bot.house import Change

BUTTONS: Final = (ChannelsSelect, EverywhereButton)
FORMS: Final = (WordsForm,)

MOST_A_DAY: Final = 1_000
MOST_WAITING: Final = 100
_USUAL: Final = "usual"
_STARS: Final = {"on": True, "off": False, "host": None}


class Settings(commands.Cog):
    settings = app_commands.Group(
        name=locale_str("settings"),
        description=locale_str("How I work in this server"),
        default_permissions=ADMINS,
    )

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @settings.command(
        name=locale_str("show"), description=locale_str("Everything that is set, and what holds where nothing is")
    )
    async def show(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        t = texts_for(str(interaction.locale))
        card = overview(settings_of(interaction), usual_of(interaction), t=t)
        await interaction.response.send_message(embed=card, ephemeral=True)

    @settings.command(name=locale_str("channels"), description=locale_str("Choose the channels where I may work"))
    async def channels(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await ask_for_channels(interaction)

    @settings.command(
        name=locale_str("moderators"), description=locale_str("Choose the channel that is told of reported works")
    )
    @app_commands.describe(channel=locale_str("A channel that moderators read; without it, reports wait in /moderate"))
    async def moderators(
        self, interaction: discord.Interaction["AtelierClient"], channel: discord.TextChannel | None = None
    ) -> None:
        if channel is not None:
            _require_may_write(channel)
        chosen = ChannelId(channel.id) if channel else None
        await _answer(interaction, lambda settings: replace(settings, moderators_channel=chosen))

    @settings.command(
        name=locale_str("limits"),
        description=locale_str("Limit how much each member may ask for; without numbers, there is no limit"),
    )
    @app_commands.describe(
        a_day=locale_str("Requests in any 24 hours"),
        waiting=locale_str("Requests that wait or run at a time"),
        role=locale_str("Only for members with this role; of several roles the most generous holds"),
        forget=locale_str("Take the role's own limits away, so that those for each member hold"),
    )
    async def limits(
        self,
        interaction: discord.Interaction["AtelierClient"],
        a_day: Range[int, 0, MOST_A_DAY] | None = None,
        waiting: Range[int, 0, MOST_WAITING] | None = None,
        role: discord.Role | None = None,
        forget: bool = False,
    ) -> None:
        limits = Limits(a_day=a_day, waiting=waiting)
        if role is None or role.is_default():
            await _answer(interaction, lambda settings: replace(settings, limits=limits))
            return
        known = {RoleId(each.id) for each in role.guild.roles}
        chosen = None if forget else limits
        await _answer(
            interaction,
            lambda settings: with_role(settings, RoleId(role.id), chosen, known=known),
        )

    @settings.command(name=locale_str("reactions"), description=locale_str("Whether I put stars under new works"))
    @app_commands.describe(stars=locale_str("With them, rating a work is one click"))
    @app_commands.choices(
        stars=[
            Choice(name=locale_str("On"), value="on"),
            Choice(name=locale_str("Off"), value="off"),
            Choice(name=locale_str("As the host has it"), value="host"),
        ]
    )
    async def reactions(self, interaction: discord.Interaction["AtelierClient"], stars: str) -> None:
        seeds = _STARS.get(stars)
        await _answer(interaction, lambda settings: replace(settings, seeds_reactions=seeds))

    @settings.command(name=locale_str("model"), description=locale_str("Which model writes when a member names none"))
    @app_commands.describe(model=locale_str("One of those that are here; without it, the host's"))
    async def model(self, interaction: discord.Interaction["AtelierClient"], model: str | None = None) -> None:
        chosen = self._model_here(model, Medium.TEXT)
        await _answer(interaction, lambda settings: replace(settings, text_model=chosen))

    @model.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        return self._models_like(current, Medium.TEXT)

    @settings.command(name=locale_str("pictures"), description=locale_str("Which model draws when a member names none"))
    @app_commands.describe(model=locale_str("One of those that are here; without it, the host's"))
    async def pictures(self, interaction: discord.Interaction["AtelierClient"], model: str | None = None) -> None:
        chosen = self._model_here(model, Medium.IMAGE)
        await _answer(interaction, lambda settings: replace(settings, image_model=chosen))

    @pictures.autocomplete("model")
    async def complete_painter(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        return self._models_like(current, Medium.IMAGE)

    @settings.command(name=locale_str("guard"), description=locale_str("What I do with pictures that look unsafe"))
    @app_commands.describe(
        pictures=locale_str("Pictures that the classifier takes for unsafe"),
        channel=locale_str("Only in this channel and its threads; without it, wherever nothing else is set"),
    )
    @app_commands.choices(
        pictures=[Choice(name=name, value=guard or _USUAL) for guard, name in GUARD_NAMES.items()],
    )
    async def guard(
        self,
        interaction: discord.Interaction["AtelierClient"],
        pictures: str,
        channel: discord.TextChannel | discord.VoiceChannel | discord.ForumChannel | None = None,
    ) -> None:
        guard = None if pictures == _USUAL else Guard(pictures)
        if channel is None:
            await _answer(interaction, lambda settings: replace(settings, guard=guard))
            return
        known = {ChannelId(each.id) for each in channel.guild.channels}
        await _answer(interaction, lambda settings: with_guard(settings, ChannelId(channel.id), guard, known=known))

    @settings.command(
        name=locale_str("language"), description=locale_str("In which language I speak where all can read it")
    )
    @app_commands.describe(language=locale_str("One that I speak; without it, the server's own in Discord"))
    async def language(self, interaction: discord.Interaction["AtelierClient"], language: str | None = None) -> None:
        if language is not None and language not in _our_locales():
            raise LanguageUnknownError
        await _answer(interaction, lambda settings: replace(settings, language=language))

    @language.autocomplete("language")
    async def complete_language(
        self, interaction: discord.Interaction["AtelierClient"], current: str
    ) -> list[Choice[str]]:
        t = texts_for(str(interaction.locale))
        return matching({locale: t.locale(locale) for locale in _our_locales()}, current)

    @settings.command(name=locale_str("words"), description=locale_str("Words that I refuse, and exceptions to them"))
    async def words(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await ask_for_words(interaction)

    def _model_here(self, named: str | None, medium: Medium) -> ModelName | None:
        """Raises `ModelMissingError`."""
        chosen = ModelName(named) if named else None
        if chosen is not None and chosen not in {each.name for each in self._client.services.desk.models_here(medium)}:
            raise ModelMissingError(chosen)
        return chosen

    def _models_like(self, current: str, medium: Medium) -> list[Choice[str]]:
        models = self._client.services.desk.models_here(medium)
        return matching({model.name: f"{model.title} · {model.name}" for model in models}, current)


def with_guard(
    settings: ServerSettings, channel: ChannelId, guard: Guard | None, *, known: set[ChannelId]
) -> ServerSettings:
    """With another guard in a channel, None for no own one, and without those of channels that are no more."""
    kept = {each: own for each, own in settings.guards.items() if each in known and each != channel}
    return replace(settings, guards=kept if guard is None else kept | {channel: guard})


def with_role(settings: ServerSettings, role: RoleId, limits: Limits | None, *, known: set[RoleId]) -> ServerSettings:
    """With other limits for a role, None for no own ones, and without those of roles that are no longer known."""
    kept = {each: own for each, own in settings.role_limits.items() if each in known and each != role}
    return replace(settings, role_limits=kept if limits is None else kept | {role: limits})


async def _answer(interaction: discord.Interaction["AtelierClient"], change: "Change") -> None:
    require_admin(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.edit_original_response(content=await apply(interaction, change))


def _require_may_write(channel: discord.TextChannel) -> None:
    """Raises `PermissionsMissingError`."""
    missing = without(CARD_PERMISSIONS, channel.permissions_for(channel.guild.me))
    if missing.value:
        raise PermissionsMissingError(missing, channel=ChannelId(channel.id))


def _our_locales() -> list[str]:
    return ["en-US", *(language.replace("_", "-") for language in catalogues.languages())]
