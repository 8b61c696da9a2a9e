"""What members can do, one feature a file."""

from typing import TYPE_CHECKING

from bot.features.creation import AgainButton, DeleteButton, EraseButton, RecipeButton
from bot.features.guide import Guide
from bot.features.history import History, HistoryPageButton
from bot.features.jobs import CancelButton, TryAgainButton
from bot.features.rate import Rate
from bot.features.write import Write

if TYPE_CHECKING:
    from bot.client import AtelierClient


async def add_features(client: "AtelierClient") -> None:
    """Give the client every cog and every button."""
    for cog in (Write, History, Rate, Guide):
        await client.add_cog(cog(client))
    client.add_dynamic_items(
        AgainButton, RecipeButton, DeleteButton, EraseButton, CancelButton, TryAgainButton, HistoryPageButton
    )
