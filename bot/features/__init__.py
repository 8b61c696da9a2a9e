"""What members can do, one feature a file."""

from typing import TYPE_CHECKING

from bot.features import creation, moderation, opinions, privacy, settings
from bot.features.curate import Curate, CurationButton, TagsButton, TagsForm
from bot.features.favourites import Favourites
from bot.features.gallery import Gallery, RankingPageButton
from bot.features.guide import Guide
from bot.features.history import History, WorksPageButton
from bot.features.imagine import Imagine
from bot.features.jobs import CancelAllButton, CancelButton, CancelSomeSelect, Jobs, TryAgainButton
from bot.features.rate import Rate
from bot.features.release import MakeReleaseButton, Release
from bot.features.stats import Stats
from bot.features.styles import Styles
from bot.features.sweeps import AllAlikeButton, SweepButton, UnsweepButton
from bot.features.write import Write

if TYPE_CHECKING:
    from bot.client import AtelierClient


COGS = (
    Write,
    Imagine,
    Jobs,
    History,
    Favourites,
    Rate,
    *opinions.COGS,
    Gallery,
    Guide,
    Curate,
    Release,
    Stats,
    settings.Settings,
    Styles,
    *moderation.COGS,
    *privacy.COGS,
)
BUTTONS = (
    *creation.BUTTONS,
    CancelButton,
    CancelSomeSelect,
    CancelAllButton,
    TryAgainButton,
    WorksPageButton,
    CurationButton,
    AllAlikeButton,
    SweepButton,
    UnsweepButton,
    TagsButton,
    MakeReleaseButton,
    RankingPageButton,
    *opinions.BUTTONS,
    *settings.BUTTONS,
    *moderation.BUTTONS,
    *privacy.BUTTONS,
)
FORMS = (TagsForm, *creation.FORMS, *opinions.FORMS, *settings.FORMS, *moderation.FORMS, *privacy.FORMS)
MENU_COMMANDS = (*creation.MENU_COMMANDS, *moderation.MENU_COMMANDS)


async def add_features(client: "AtelierClient") -> None:
    """Give the client every cog, every button, every form and every command of a message's menu."""
    for cog in COGS:
        await client.add_cog(cog(client))
    client.add_dynamic_items(*BUTTONS)
    client.forms = FORMS
    for command in MENU_COMMANDS:
        client.tree.add_command(command)
