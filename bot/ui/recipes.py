"""How a work was made, as a private card."""

from collections.abc import Mapping
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.names import genre_name, language_name, relation_name
from bot.ui.notes import quoted
from inference.contract.jobs import Parent
from storage.domain import Creation

FIELD_LIMIT: Final = 1_000  # Of an embed's field, with some room.


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
    if request.language is not None:
        fields[t("Language")] = language_name(request.language, t)
    if request.change is not None:
        fields[t("Change asked")] = quoted(request.change, limit=FIELD_LIMIT)
    if len(creation.artifacts) > 1:
        fields[t("Variants")] = _variants(creation, t)
    if creation.parents:
        fields[t("Begun from")] = "\n".join(_parent(parent, t) for parent in creation.parents)
    for name, value in fields.items():
        card.add_field(name=name, value=value or "–", inline=len(value) < 40)
    return card


def _variants(creation: Creation, t: Texts) -> str:
    count = len(creation.artifacts)
    if creation.awaits_choice:
        return t("{count}, none picked yet", count=count)
    return t("{number} of {count}", number=creation.part + 1, count=count)


def _parent(parent: Parent, t: Texts) -> str:
    return t("work {number} ({relation})", number=parent.creation, relation=relation_name(parent.relation, t))


def _listed(facts: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
