"""Buttons of a panel that belongs to one member."""

from typing import TYPE_CHECKING

import discord

from bot.ui.buttons import RowButton
from inference.contract.errors import NotAllowedError

if TYPE_CHECKING:
    from bot.client import AtelierClient


class OwnButton(RowButton, template=r"(?!)"):
    """A button whose id is that of the member whose panel it stands in."""

    def require_own(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        """Raises `NotAllowedError` for anybody else."""
        if interaction.user.id != self.row_id:
            raise NotAllowedError
