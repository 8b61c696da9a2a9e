"""How a work was made, as a private card."""

from collections.abc import Mapping
from typing import Final, assert_never

import discord

from bot.i18n import Texts
from bot.quoting import dead
from bot.ui.names import genre_name, language_name, option_name, relation_name, style_name
from bot.ui.notes import quoted
from inference.contract.image import ImageRequest
from inference.contract.jobs import Parent
from inference.contract.mediums import MAX_SEED
from inference.contract.text import TextRequest
from storage.domain import Creation

FIELD_LIMIT: Final = 900  # Of an embed's field, with some room.
LONG_PROMPT: Final = 1_000
TRANSLATION: Final = "translation"  # Where provenance keeps what the prompt was put into.
# Of the settings, those that have a field of their own.
_TOLD: Final = frozenset({TRANSLATION, "seeds", "style", "avoid"})


def recipe(creation: Creation, *, t: Texts) -> discord.Embed:
    """Everything that it takes to make the work again."""
    request = creation.request
    card = discord.Embed(
        title=t("Recipe of work {number}", number=creation.id),
        description=dead(request.prompt),
        timestamp=creation.created_at,
    )
    match request:
        case TextRequest():
            asked = _of_text(creation, request, t)
        case ImageRequest():
            asked = _of_pictures(creation, request, t)
        case _:
            assert_never(request)
    for name, value in (asked | _of_any(creation, t)).items():
        card.add_field(name=name, value=value or "–", inline=len(value) < 40)
    return card


def _of_text(creation: Creation, request: TextRequest, t: Texts) -> dict[str, str]:
    fields = {
        t("Genre"): genre_name(request.genre, t),
        t("Length asked"): t.plural("{count} word", "{count} words", request.words),
        t("Seed"): str(creation.provenance.seed),
    }
    if request.language is not None:
        fields[t("Language")] = language_name(request.language, t)
    if request.change is not None:
        fields[t("Change asked")] = quoted(request.change, limit=FIELD_LIMIT)
    if len(creation.artifacts) > 1:
        fields[t("Variants")] = _variants(creation, t)
    return fields


def _of_pictures(creation: Creation, request: ImageRequest, t: Texts) -> dict[str, str]:
    """What the model was given, and of each picture its seed and size."""
    limit = FIELD_LIMIT if len(request.prompt) < LONG_PROMPT else FIELD_LIMIT // 3  # A card holds 6,000 in all.
    fields = {}
    if translation := creation.provenance.settings.get(TRANSLATION):
        fields[t("Translated for the model")] = quoted(str(translation), limit=limit)
    if request.style is not None:
        name, frame = style_name(request.style.name, t), request.style.frame
        fields[t("Style")] = f"{quoted(name, limit=100)}\n{quoted(frame, limit=limit)}"
    avoided = ", ".join(filter(None, (request.avoid, request.style.avoid if request.style else None)))
    if avoided:
        fields[t("To be avoided")] = quoted(avoided, limit=limit)
    seeds = [str((creation.provenance.seed + part) % (MAX_SEED + 1)) for part in range(len(creation.artifacts))]
    fields[t("Seed") if len(seeds) == 1 else t("Seeds")] = t.listed(seeds)
    sizes = dict.fromkeys(f"{one.picture.width}×{one.picture.height}" for one in creation.artifacts if one.picture)
    fields[t("Size")] = t.listed([*sizes])
    if request.strength is not None:
        fields[t("Distance from the reference")] = t.number(request.strength)
    if request.unused:
        fields[t("Not used by the model")] = t.listed([f"`{option_name(option, t)}`" for option in request.unused])
    return fields


def _of_any(creation: Creation, t: Texts) -> dict[str, str]:
    provenance = creation.provenance
    settings = {name: value for name, value in provenance.settings.items() if name not in _TOLD}
    made_with = f"{provenance.engine}, {provenance.device}, {provenance.dtype}\n{_listed(provenance.versions)}"
    fields = {
        t("Model"): f"{provenance.model}\n-# sha256 {provenance.model_sha256[:16]}…",
        t("Settings"): _listed(settings)[:FIELD_LIMIT],
        t("Made with"): made_with[:FIELD_LIMIT],
    }
    begun = [_parent(parent, t) for parent in creation.parents]
    if creation.uploads:
        begun.append(t("a picture of the author's"))
    if begun:
        fields[t("Begun from")] = "\n".join(begun)
    return fields


def _variants(creation: Creation, t: Texts) -> str:
    count = len(creation.artifacts)
    if creation.awaits_choice:
        return t("{count}, none picked yet", count=count)
    return t("{number} of {count}", number=creation.part + 1, count=count)


def _parent(parent: Parent, t: Texts) -> str:
    return t("work {number} ({relation})", number=parent.creation, relation=relation_name(parent.relation, t))


def _listed(facts: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
