"""Buttons that carry all they need in their custom id, so that they outlive every restart."""

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.errors import answer

if TYPE_CHECKING:
    from bot.client import AtelierClient


class RowButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?!)"):
    """A button about one row, whose id is the group `id` of the subclass's template.

    discord.py makes one anew for each press, from the message that was pressed. What else a subclass's template names
    stands in `match`.
    """

    def __init__(self, pressed: discord.ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(pressed)
        self.match = match

    @property
    def row_id(self) -> int:
        return int(self.match["id"])

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Button)  # The template is a button's.
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.press(interaction)
        except Exception as error:  # The member gets an answer, whatever broke.
            await answer(interaction, error)

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        """What the button does. Raises what `bot.errors` can put into words."""
        raise NotImplementedError
