"""How a work was made, as a private card."""

from collections.abc import Mapping

import discord

from bot.i18n import Texts
from bot.ui.names import genre_name
from storage.domain import Creation


def recipe(creation: Creation, *, t: Texts) -> discord.Embed:
    """Everything that it takes to make the work again."""
    request, provenance = creation.request, creation.provenance
    card = discord.Embed(
        title=t("Recipe of work {number}", number=creation.id),
        description=discord.utils.escape_mentions(discord.utils.escape_markdown(request.prompt)),
        timestamp=creation.created_at,
    )
    fields = {
        t("Genre"): genre_name(request.genre, t),
        t("Length asked"): t.plural("{count} word", "{count} words", request.words),
        t("Seed"): str(provenance.seed),
        t("Model"): f"{provenance.model}\n-# sha256 {provenance.model_sha256[:16]}…",
        t("Settings"): _listed(provenance.settings),
        t("Made with"): f"{provenance.engine}, {provenance.device}, {provenance.dtype}\n{_listed(provenance.versions)}",
    }
    if creation.parents:
        begun_from = sorted({parent.creation for parent in creation.parents})
        fields[t("Begun from")] = ", ".join(t("work {number}", number=number) for number in begun_from)
    for name, value in fields.items():
        card.add_field(name=name, value=value or "–", inline=len(value) < 40)
    return card


def _listed(facts: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
