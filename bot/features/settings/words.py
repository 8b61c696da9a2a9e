"""The words that a server does not want in requests, and the phrases in which they are fine: one modal, two lists."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord

from bot.desk import server_of
from bot.features.settings.change import apply, settings_of
from bot.i18n import texts_for
from bot.rights import require_admin
from bot.ui.forms import Form, open_modal
from inference.safety.words import folded

if TYPE_CHECKING:
    from bot.client import AtelierClient

BLOCKED: Final = "blocked"
ALLOWED: Final = "allowed"
LIST_LIMIT: Final = 4_000  # Characters, line ends included: what Discord lets a field of a modal hold.


class WordsForm(Form, template=r"settings:words:(?P<id>\d+)"):
    async def take(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        require_admin(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        blocked, allowed = words_in(self.typed(BLOCKED)), words_in(self.typed(ALLOWED))
        said = await apply(
            interaction, lambda settings: replace(settings, blocked_words=blocked, allowed_words=allowed)
        )
        await interaction.edit_original_response(content=said)

    @property
    def words(self) -> str:
        return "\n\n".join(filter(None, (self.typed(BLOCKED), self.typed(ALLOWED))))


async def ask_for_words(interaction: discord.Interaction["AtelierClient"]) -> None:
    """Open the modal with the lists as they are. Raises `NotAdminError`."""
    require_admin(interaction)
    t = texts_for(str(interaction.locale))
    settings = settings_of(interaction)
    await open_modal(
        interaction,
        f"settings:words:{server_of(interaction)}",
        t("Words that I refuse"),
        discord.ui.Label(
            text=t("Refused, one a line"),
            description=t("Whole words; in Chinese and the like also inside others. Case does not matter."),
            component=_list_of(BLOCKED, settings.blocked_words),
        ),
        discord.ui.Label(
            text=t("Exceptions, one a line"),
            description=t("Inside one of these phrases, a refused word is fine."),
            component=_list_of(ALLOWED, settings.allowed_words),
        ),
    )


def words_in(typed: str) -> tuple[str, ...]:
    """One a line, in order; each once, as it is written first, and none of which nothing can be seen."""
    words: dict[str, str] = {}
    for line in typed.splitlines():
        words.setdefault(folded(line), line.strip())
    return tuple(word for spelling, word in words.items() if spelling)


def _list_of(name: str, words: Iterable[str]) -> discord.ui.TextInput[discord.ui.Modal]:
    return discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph,
        default="\n".join(words),
        required=False,
        max_length=LIST_LIMIT,
    )
