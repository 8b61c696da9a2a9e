"""What a server's admins have chosen, in words: the overview, and what a change has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.names import guard_name, setting_name
from bot.ui.notes import quoted
from inference.contract.identifiers import ModelName
from inference.contract.jobs import Limits
from storage.domain import ServerSettings

# An embed holds 6,000 characters, and a message that tells of a change of both lists of words, before and now, 2,000.
_FIELD_LIMIT: Final = 400
_WORD_LIMIT: Final = 60
_SEAM_WIDTH: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where the admins have chosen nothing."""

    text_model: ModelName
    image_model: ModelName
    seeds_reactions: bool
    locale: str  # The server's own in Discord.


def overview(settings: ServerSettings, usual: Usual, *, t: Texts) -> discord.Embed:
    """Everything that can be set, and what holds."""
    card = discord.Embed(
        title=t("Settings of this server"),
        description=t("Each has a command of its own under `/settings`. What you change holds at once."),
    )
    for title, value in facets(settings, usual, t).items():
        card.add_field(name=title, value=value, inline=False)
    return card


def changed(was: ServerSettings, now: ServerSettings, usual: Usual, *, t: Texts) -> str:
    """What was and what is, of each setting that is another now."""
    before, after = facets(was, usual, t), facets(now, usual, t)
    parts = [
        "\n".join((f"**{title}**", t("Before: {value}", value=before[title]), t("Now: {value}", value=after[title])))
        for title in after
        if before[title] != after[title]
    ]
    if parts:
        return "\n\n".join(("✅ " + t("Changed, and in effect."), *parts))
    return t("Nothing to change: it is already so.") if was == now else "✅ " + t("Changed, and in effect.")


def facets(settings: ServerSettings, usual: Usual, t: Texts) -> Mapping[str, str]:
    """Each setting's title, and what holds."""
    values = {
        "channels": _channels(settings, t),
        "moderators_channel": _moderators_channel(settings, t),
        "limits": _limits(settings.limits, t),
        "role_limits": _role_limits(settings, t),
        "seeds_reactions": _reactions(settings, usual, t),
        "text_model": _model(settings.text_model, usual.text_model, t),
        "image_model": _model(settings.image_model, usual.image_model, t),
        "guard": guard_name(settings.guard, t),
        "guards": _guards(settings, t),
        "language": _language(settings, usual, t),
        "blocked_words": _words(settings.blocked_words, t),
        "allowed_words": _words(settings.allowed_words, t),
    }
    return {setting_name(field, t): value for field, value in values.items()}


def _channels(settings: ServerSettings, t: Texts) -> str:
    if not settings.channels:
        return t("Wherever I may write")
    return t.listed(_fitting([f"<#{channel}>" for channel in settings.channels], t))


def _moderators_channel(settings: ServerSettings, t: Texts) -> str:
    if settings.moderators_channel is None:
        return t("None: reports wait in `/moderate`")
    return f"<#{settings.moderators_channel}>"


def _limits(limits: Limits, t: Texts) -> str:
    parts = []
    if limits.a_day is not None:
        parts.append(t.plural("{count} request in 24 hours", "{count} requests in 24 hours", limits.a_day))
    if limits.waiting is not None:
        parts.append(t.plural("{count} waiting or running", "{count} waiting or running", limits.waiting))
    return t.listed(parts) if parts else t("No limit")


def _role_limits(settings: ServerSettings, t: Texts) -> str:
    if not settings.role_limits:
        return t("None")
    lines = [
        t("{role}: {limits}", role=f"<@&{role}>", limits=_limits(limits, t))
        for role, limits in settings.role_limits.items()
    ]
    return "\n".join(_fitting(lines, t))


def _reactions(settings: ServerSettings, usual: Usual, t: Texts) -> str:
    match settings.seeds_reactions:
        case True:
            return t("I put 1️⃣ to 5️⃣ there")
        case False:
            return t("None: members add their own")
        case None if usual.seeds_reactions:
            return t("As the host has it: I put 1️⃣ to 5️⃣ there")
        case _:
            return t("As the host has it: none")


def _model(chosen: ModelName | None, usual: ModelName, t: Texts) -> str:
    return t("The host's: `{model}`", model=usual) if chosen is None else f"`{chosen}`"


def _guards(settings: ServerSettings, t: Texts) -> str:
    if not settings.guards:
        return t("None")
    lines = [f"<#{channel}>: {guard_name(guard, t)}" for channel, guard in settings.guards.items()]
    return "\n".join(_fitting(lines, t))


def _language(settings: ServerSettings, usual: Usual, t: Texts) -> str:
    if settings.language is None:
        return t("The server's own in Discord: {language}", language=t.locale(usual.locale))
    return t.locale(settings.language)


def _words(words: Sequence[str], t: Texts) -> str:
    return t.listed(_fitting([quoted(word, limit=_WORD_LIMIT) for word in words], t)) if words else t("None")


def _fitting(parts: Sequence[str], t: Texts) -> Sequence[str]:
    """As many as fit a field, and how many more there are."""
    shown: list[str] = []
    room = _FIELD_LIMIT
    for part in parts:
        room -= len(part) + _SEAM_WIDTH
        if room < 0:
            break
        shown.append(part)
    hidden = len(parts) - len(shown)
    if hidden:
        shown.append(t.plural("{count} more", "{count} more", hidden))
    return shown
