"""Reports by members and pictures that are held back, and what moderators make of them."""

from bot.features.moderation.decision import BlockButton, DismissButton, HideButton, RemoveButton
from bot.features.moderation.held import HeldPictures, LookButton, ShowButton
from bot.features.moderation.moderate import LogPageButton, Moderate, NextReportButton
from bot.features.moderation.report import Report, ReportButton, ReportForm, report_command

COGS = (Moderate, Report, HeldPictures)
BUTTONS = (
    BlockButton,
    DismissButton,
    HideButton,
    LogPageButton,
    LookButton,
    NextReportButton,
    RemoveButton,
    ReportButton,
    ShowButton,
)
FORMS = (ReportForm,)
MENU_COMMANDS = (report_command,)
