"""Modals that carry all they need in their custom id, so that what a member fills in outlives a restart."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import discord
import structlog

from bot.errors import answer
from bot.i18n import texts_for
from bot.ui.parts import clipped, parts_of

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

TITLE_LIMIT: Final = 45
OPTIONS_LIMIT: Final = 25  # Of a menu.
OPTION_LIMIT: Final = 100
_PRIVATE_LIMIT: Final = 1_900  # Of one message of ours that gives a member's words back.
_LABEL: Final = discord.ComponentType.label.value
_ROW: Final = discord.ComponentType.action_row.value

Answers = Mapping[str, tuple[str, ...]]  # What was filled in or chosen, by each field's custom id.


class Form:
    """A modal's answer about one row, whose id is the group `id` of the subclass's template.

    What else the template names stands in `match`.
    """

    template: ClassVar[re.Pattern[str]]

    def __init_subclass__(cls, *, template: str) -> None:
        cls.template = re.compile(template)

    def __init__(self, match: re.Match[str], answers: Answers) -> None:
        self.match = match
        self.answers = answers

    @property
    def row_id(self) -> int:
        return int(self.match["id"])

    @classmethod
    def read(cls, interaction: discord.Interaction[Any]) -> Self | None:
        """The answer that this interaction brings, if it is one to this form."""
        sent: Mapping[str, Any] = interaction.data or {}
        match = cls.template.fullmatch(str(sent.get("custom_id", "")))
        return cls(match, _answers_in(sent.get("components", ()))) if match else None

    def typed(self, field: str) -> str:
        """What stands in a field; empty when nothing does."""
        return next(iter(self.answers.get(field, ())), "")

    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        """Act on it. Raises what `bot.errors` can put into words."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """What the member wrote, to be given back when it is refused: a modal keeps nothing."""
        return ""


async def take_form(interaction: discord.Interaction["AtelierClient"], forms: Sequence[type[Form]]) -> None:
    """Give a modal's answer to the form that it belongs to."""
    form = next(filter(None, (each.read(interaction) for each in forms)), None)
    if form is None:
        return  # Of a modal that discord.py keeps itself.
    try:
        await form.take(interaction)
    except Exception as error:  # The member gets an answer, whatever broke.
        await answer(interaction, error)
        await _give_back(interaction, form.words)


async def open_modal(
    interaction: discord.Interaction["AtelierClient"], custom_id: str, title: str, *fields: discord.ui.Item[Any]
) -> None:
    """Show a modal. It is stopped before, for the same reason as a view: else discord.py keeps it."""
    modal = discord.ui.Modal(title=title[:TITLE_LIMIT], custom_id=custom_id)
    for field in fields:
        modal.add_item(field)
    modal.stop()
    await interaction.response.send_modal(modal)


def choice(label: str, custom_id: str, options: Iterable[tuple[str, str]], chosen: str) -> discord.ui.Item[Any]:
    """A menu of values and what each is called, as far as Discord takes them."""
    listed = [
        discord.SelectOption(value=value, label=clipped(name, limit=OPTION_LIMIT), default=value == chosen)
        for value, name in islice(options, OPTIONS_LIMIT)
    ]
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=custom_id, options=listed)
    return discord.ui.Label(text=label, component=select)


def paragraph(
    label: str, custom_id: str, *, filled_in: str, limit: int, is_required: bool = True
) -> discord.ui.Item[Any]:
    """A field for words."""
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=custom_id,
        style=discord.TextStyle.paragraph,
        default=filled_in or None,
        max_length=limit,
        required=is_required,
    )
    return discord.ui.Label(text=label, component=field)


async def _give_back(interaction: discord.Interaction["AtelierClient"], words: str) -> None:
    if not words:
        return
    t = texts_for(str(interaction.locale))
    head = t("-# What you wrote, so that it is not lost:")
    try:
        for number, part in enumerate(parts_of(words, limit=_PRIVATE_LIMIT)):
            content = part if number else f"{head}\n{part}"
            await interaction.followup.send(
                content, ephemeral=True, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True
            )
    except (discord.HTTPException, OSError) as error:
        log.warning("a member's words were not given back", error=str(error))


def _answers_in(components: Sequence[Mapping[str, Any]]) -> Answers:
    answers: dict[str, tuple[str, ...]] = {}
    for component in components:
        if component["type"] == _ROW:
            answers |= _answers_in(component["components"])
        elif component["type"] == _LABEL:
            answers |= _answers_in([component["component"]])
        elif "custom_id" in component:
            values = component.get("values") or [component.get("value") or ""]
            answers[str(component["custom_id"])] = tuple(map(str, values))
    return answers
