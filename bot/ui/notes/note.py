"""A message of ours as a value."""

from dataclasses import dataclass, replace
from typing import Final, Self

import discord

from bot.ui.parts import clipped
from inference.contract.identifiers import MemberId

MESSAGE_LIMIT: Final = 2_000
DESCRIPTION_LIMIT: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    custom_id: str
    label: str
    emoji: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    row: int | None = None  # 0 to 4; None: the first with room.


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    filename: str
    content: bytes
    description: str  # Read out to those who cannot see it.

    def described(self, description: str) -> Self:
        """The same, with other words for those who cannot see it, as many as Discord takes."""
        return replace(self, description=clipped(description, limit=DESCRIPTION_LIMIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One message of ours, whole: what it does not name is taken away from the message."""

    content: str
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pings: MemberId | None = None
