"""The buttons under works and jobs: what can be done with them."""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.i18n import Texts
from bot.ui.notes.note import Button
from inference.contract.identifiers import JobId
from storage.domain import Creation


def cancel(job_id: JobId, t: Texts) -> Button:
    return Button(custom_id=f"job:cancel:{job_id}", label=t("Cancel"), emoji="✖️")


def try_again(job_id: JobId, t: Texts) -> Button:
    return Button(custom_id=f"job:again:{job_id}", label=t("Try again"), emoji="🔁")


def under_text(creation: Creation, t: Texts) -> tuple[Button, ...]:
    number = creation.id
    folded = Button(custom_id=f"creation:variants:{number}", label=t("Variants"), emoji="🎭")
    return (
        Button(custom_id=f"creation:continue:{number}", label=t("Continue"), emoji="➡️"),
        Button(custom_id=f"creation:revise:{number}", label=t("Revise"), emoji="✏️"),
        remix(creation, t),
        again(creation, t),
        rate(creation, t),
        *about(creation, t),
        *((folded,) if len(creation.artifacts) > 1 else ()),
    )


def picks(creation: Creation, parts: Sequence[int], t: Texts) -> tuple[Button, ...]:
    return tuple(
        Button(
            custom_id=f"creation:pick:{part}:{creation.id}",
            label=t("Pick {number}", number=part + 1),
            emoji="👉",
            style=discord.ButtonStyle.primary,
        )
        for part in parts
    )


def under_any(creation: Creation, t: Texts) -> tuple[Button, ...]:
    return (remix(creation, t), again(creation, t), *about(creation, t))


def remix(creation: Creation, t: Texts) -> Button:
    return Button(custom_id=f"creation:remix:{creation.id}", label=t("Remix"), emoji="🎨")


def again(creation: Creation, t: Texts) -> Button:
    return Button(custom_id=f"creation:again:{creation.id}", label=t("Again"), emoji="🔁")


def rate(creation: Creation, t: Texts) -> Button:
    return Button(custom_id=f"creation:rate:{creation.id}", label=t("Rate"), emoji="⭐")


def about(creation: Creation, t: Texts) -> tuple[Button, ...]:
    number = creation.id
    return (
        Button(custom_id=f"creation:recipe:{number}", label=t("Recipe"), emoji="📜"),
        delete(creation, t),
        Button(custom_id=f"creation:report:{number}", label=t("Report"), emoji="🚩"),
    )


def delete(creation: Creation, t: Texts) -> Button:
    return Button(custom_id=f"creation:delete:{creation.id}", label=t("Delete"), emoji="🗑️")


def in_row(row: int, buttons: Sequence[Button]) -> tuple[Button, ...]:
    return tuple(replace(button, row=row) for button in buttons)
