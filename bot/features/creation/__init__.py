"""What can be done with a finished work: the buttons under it, and the message menu's commands."""

from bot.features.creation.again import AgainButton
from bot.features.creation.continuation import ContinueButton
from bot.features.creation.deletion import DeleteButton, EraseButton
from bot.features.creation.pictures import ReferenceButton, ReferenceForm, UpscaleButton, VaryButton
from bot.features.creation.recipe import RecipeButton, recipe_command
from bot.features.creation.remix import RemixButton, RemixForm, remix_command
from bot.features.creation.revision import ReviseButton, ReviseForm
from bot.features.creation.variants import PickButton, VariantsButton

BUTTONS = (
    AgainButton,
    ContinueButton,
    DeleteButton,
    EraseButton,
    PickButton,
    RecipeButton,
    ReferenceButton,
    RemixButton,
    ReviseButton,
    UpscaleButton,
    VariantsButton,
    VaryButton,
)
FORMS = (ReferenceForm, RemixForm, ReviseForm)
MENU_COMMANDS = (recipe_command, remix_command)
