"""What is offered while an option is typed."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from discord.app_commands import Choice

from bot.ui.parts import clipped

# Discord's.
CHOICES_LIMIT: Final = 25
NAME_LIMIT: Final = 100


def matching(names: Mapping[str, str], typed: str) -> list[Choice[str]]:
    """Of some values and what each is called, those that what was typed so far may mean."""
    folded = typed.casefold()
    found = (
        Choice(name=clipped(name, limit=NAME_LIMIT), value=value)
        for value, name in names.items()
        if folded in name.casefold() or folded == value.casefold()
    )
    return list(islice(found, CHOICES_LIMIT))
