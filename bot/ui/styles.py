"""The styles of a server, in words: all of them by name, and one of them whole."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.names import style_name
from bot.ui.notes import quoted
from storage.domain import Preset

NAME_LIMIT: Final = 50
_WORDS_LIMIT: Final = 700  # Of an embed's field, with room for what escaping adds.
# An embed holds 6,000 characters in all.
_OWN_LIMIT: Final = 3_000
_OURS_LIMIT: Final = 900


def overview(own: Sequence[Preset], ours: Sequence[Preset], hidden: Sequence[Preset], *, t: Texts) -> discord.Embed:
    """What members can choose, and what of ours the server does not want."""
    card = discord.Embed(
        title=t("Styles for pictures"),
        description=_listed(own, _OWN_LIMIT, t) if own else t("This server has no styles of its own yet."),
    )
    if ours:
        card.add_field(name=t("For everybody"), value=_listed(ours, _OURS_LIMIT, t), inline=False)
    if hidden:
        card.add_field(name=t("Hidden here"), value=_listed(hidden, _OURS_LIMIT, t), inline=False)
    card.set_footer(text=t("Name one to see what is in it."))
    return card


def card_of(preset: Preset, *, t: Texts) -> discord.Embed:
    """Everything that is in a style."""
    card = discord.Embed(title=style_name(preset.name, t))
    fields = {t("Frame"): quoted(preset.frame, limit=_WORDS_LIMIT)}
    if preset.avoid:
        fields[t("Avoided")] = quoted(preset.avoid, limit=_WORDS_LIMIT)
    if preset.canvas:
        fields[t("Size")] = f"{preset.canvas.width} × {preset.canvas.height}"
    if preset.steps:
        fields[t("Steps")] = t.number(preset.steps)
    if preset.guidance is not None:
        fields[t("Guidance")] = t.number(preset.guidance)
    if preset.model:
        fields[t("Model")] = f"`{preset.model}`"
    for name, value in fields.items():
        card.add_field(name=name, value=value, inline=len(value) < 40)
    return card


def added_text(preset: Preset, *, t: Texts) -> str:
    return t("✅ Members can choose the style {style} now.", style=_named(preset, t))


def changed_text(was: Preset, now: Preset, *, t: Texts) -> str:
    return t("Nothing to change: it is already so.") if was == now else "✅ " + t("Changed, and in effect.")


def removed_text(removed: Preset, back: Preset | None, *, is_hidden: bool, t: Texts) -> str:
    """`back` is what has the name now; `is_hidden` says that it was one of ours."""
    style = _named(removed, t)
    if back is not None:
        return t("The style {style} is as it came with me again. Remove it once more to hide it.", style=style)
    if is_hidden:
        return t("🙈 The style {style} is hidden. `/styles add` with its name alone brings it back.", style=style)
    return t("🗑️ The style {style} is gone. Works that were made with it stay.", style=style)


def _named(preset: Preset, t: Texts) -> str:
    return f"**{quoted(style_name(preset.name, t), limit=NAME_LIMIT)}**"


def _listed(presets: Sequence[Preset], room: int, t: Texts) -> str:
    """As many as fit, and how many more there are."""
    names = [_named(preset, t) for preset in presets]
    shown: list[str] = []
    for name in names:
        room -= len(name) + 2
        if room < 0:
            break
        shown.append(name)
    if hidden := len(names) - len(shown):
        shown.append(t.plural("{count} more", "{count} more", hidden))
    return t.listed(shown)
