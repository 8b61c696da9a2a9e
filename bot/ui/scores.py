"""How good a work is, as members read it."""

from bot.i18n import Texts
from storage.domain import Standing


def score_words(standing: Standing, t: Texts) -> str:
    """The score with its interval, which says how far to believe it, and how many it comes from."""
    raters = t.plural("{count} rater", "{count} raters", standing.raters)
    return f"★ {standing.score:.1f} ({standing.low:.1f}–{standing.high:.1f}) · {raters}"
