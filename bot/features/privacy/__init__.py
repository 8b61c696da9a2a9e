"""What is stored about a member, and what the member may do about it."""

from typing import Final

from bot.features.privacy.consent import Asking, ConsentButton
from bot.features.privacy.erase import EraseDataButton, EraseDataForm
from bot.features.privacy.export import ExportButton
from bot.features.privacy.panel import Privacy, ToggleButton

COGS: Final = (Privacy, Asking)
BUTTONS: Final = (ConsentButton, ToggleButton, ExportButton, EraseDataButton)
FORMS: Final = (EraseDataForm,)
