"""`atelier doctor`: looks at everything that the bot needs and says what to do about what is missing."""

from bot.doctor.examination import examine, examine_ledger
from bot.doctor.findings import Finding, report

__all__ = ["Finding", "examine", "examine_ledger", "report"]
