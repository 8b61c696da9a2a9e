"""Reports by members, and what moderators make of them."""

from bot.features.moderation.decision import BlockButton, DismissButton, HideButton, RemoveButton
from bot.features.moderation.moderate import LogPageButton, Moderate, NextReportButton
from bot.features.moderation.report import Report, ReportButton, ReportForm, report_command

COGS = (Moderate, Report)
BUTTONS = (BlockButton, DismissButton, HideButton, LogPageButton, NextReportButton, RemoveButton, ReportButton)
FORMS = (ReportForm,)
MENU_COMMANDS = (report_command,)
