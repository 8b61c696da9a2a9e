"""What members think of works, said by buttons and in forms; reactions are in `bot.features.rate`."""

from typing import Final

from bot.features.opinions.dueling import DuelButton, Dueling
from bot.features.opinions.rating import RateButton, RateForm
from bot.features.opinions.serving import ServedButton, ServedForm, Serving

COGS: Final = (Serving, Dueling)
BUTTONS: Final = (RateButton, ServedButton, DuelButton)
FORMS: Final = (RateForm, ServedForm)
