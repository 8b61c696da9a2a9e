"""What happened in a server, in words, as a table, and as a picture's panels."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from discord.app_commands import locale_str

from bot.i18n import Texts
from bot.ui.charts.picture import Hue, Panel, Picture, Series, Shape
from inference.contract.errors import FailureCode
from storage.statistics import Activity, Day, Period

_MINUTE: Final = 60
_HOUR: Final = 3_600
_ENOUGH: Final = 2  # From two minutes on, nobody counts seconds.
_FINE_BELOW: Final = 10  # Numbers with a decimal.
_DAYS_IN_TABLE: Final = 7
_CODES_APART: Final = 2
_WIDE: Final = "WF"
_FAILURE_HUES: Final = (Hue.VERMILION, Hue.ORANGE)
_FAILURE_NAMES: Final[Mapping[FailureCode, locale_str]] = {
    FailureCode.MODEL_MISSING: locale_str("model missing"),
    FailureCode.MODEL_BROKEN: locale_str("model broken"),
    FailureCode.OUT_OF_MEMORY: locale_str("out of memory"),
    FailureCode.DISK_FULL: locale_str("disk full"),
    FailureCode.ENGINE_BROKE: locale_str("engine broke"),
    FailureCode.ACTOR_LOST: locale_str("machine stopped"),
    FailureCode.NOTHING_MADE: locale_str("nothing made"),
    FailureCode.OUT_OF_RANGE: locale_str("numbers out of range"),
    FailureCode.SOURCE_GONE: locale_str("source deleted"),
}


def nothing_yet(period: Period, t: Texts) -> str:
    return t.plural(
        "Nothing was made here in the last {count} day. `/write` is a good beginning: a work takes a minute.",
        "Nothing was made here in the last {count} days. `/write` is a good beginning: a work takes a minute.",
        len(period.days),
    )


def report(period: Period, t: Texts) -> str:
    """What all days come to, and each of the last ones in a table."""
    heading = t("**{title}**, in days of UTC", title=title_of(period, t))
    return "\n".join((heading, *facts(period.whole, t), f"```\n{table(period.days[-_DAYS_IN_TABLE:], t)}\n```"))


def alt_text(period: Period, t: Texts) -> str:
    """For who does not see the picture."""
    return "\n".join(
        (t("Four charts by day: works, ratings, waits, failures."), title_of(period, t), *facts(period.whole, t))
    )


def title_of(period: Period, t: Texts) -> str:
    return t.plural("The last {count} day", "The last {count} days", len(period.days))


def facts(whole: Activity, t: Texts) -> Sequence[str]:
    """One line each."""
    works = t.plural("{count} work", "{count} works", whole.works)
    lines = [
        t.plural("{works} by {count} member.", "{works} by {count} members.", whole.makers, works=works),
        t.plural("{count} rating.", "{count} ratings.", whole.ratings),
    ]
    if whole.waits is not None:
        lines.append(
            t(
                "Half of the requests began within {median}, nine in ten within {most}.",
                median=duration(whole.waits.median_seconds, t),
                most=duration(whole.waits.p90_seconds, t),
            )
        )
    failed = t.plural("{count} request failed", "{count} requests failed", whole.failed)
    if whole.failures:
        reasons = ", ".join(f"{count} × {_failure_name(code, t)}" for code, count in _ranked(whole))
        failed = t("{failed} ({reasons})", failed=failed, reasons=reasons)
    lines.append(t("{failed}, {count} cancelled.", failed=failed, count=whole.cancelled))
    return lines


def table(days: Sequence[Day], t: Texts) -> str:
    """Aligned where each character takes one place, and an East Asian one two."""
    heads = (t("Day"), t("Makers"), t("Works"), t("Ratings"), t("Wait"), t("Failed"), t("Cancelled"))
    rows = [heads, *(_cells(day, t) for day in days)]
    widths = [max(map(places, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            _padded(cell, width, is_left=number == 0)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def duration(seconds: float, t: Texts) -> str:
    """As short as a table asks for: "4.5 s", "12 min"."""
    if seconds >= _ENOUGH * _HOUR:
        return t("{count} h", count=_rounded(seconds / _HOUR, t))
    if seconds >= _ENOUGH * _MINUTE:
        return t("{count} min", count=_rounded(seconds / _MINUTE, t))
    return t("{count} s", count=_rounded(seconds, t))


def picture(period: Period, t: Texts) -> Picture:
    """Four panels."""
    of = [day.activity for day in period.days]
    return Picture(
        title=title_of(period, t),
        note=t("days of UTC"),
        days=tuple(t.month_day(day.day) for day in period.days),
        panels=(
            _works_panel(period.whole, of, t),
            _ratings_panel(period.whole, of, t),
            _waits_panel(period.whole, of, t),
            _ends_panel(period.whole, of, t),
        ),
    )


def _works_panel(whole: Activity, of: Sequence[Activity], t: Texts) -> Panel:
    works = Series(name=t("works"), shape=Shape.BAR, hue=Hue.BLUE, values=tuple(each.works for each in of))
    makers = Series(name=t("makers"), shape=Shape.LINE, hue=Hue.ORANGE, values=tuple(each.makers for each in of))
    return Panel(title=t("Works"), figure=t.number(whole.works), empty=t("None yet"), series=(works, makers))


def _ratings_panel(whole: Activity, of: Sequence[Activity], t: Texts) -> Panel:
    ratings = Series(name=t("Ratings"), shape=Shape.BAR, hue=Hue.GREEN, values=tuple(each.ratings for each in of))
    return Panel(title=t("Ratings"), figure=t.number(whole.ratings), empty=t("None yet"), series=(ratings,))


def _waits_panel(whole: Activity, of: Sequence[Activity], t: Texts) -> Panel:
    longest = max((each.waits.p90_seconds for each in of if each.waits), default=0)
    unit, title = _unit(longest, t)
    medians = tuple(each.waits.median_seconds / unit if each.waits else None for each in of)
    mosts = tuple(each.waits.p90_seconds / unit if each.waits else None for each in of)
    return Panel(
        title=title,
        figure=duration(whole.waits.median_seconds, t) if whole.waits else "",
        empty=t("Nobody had to wait"),
        series=(
            Series(name=t("half began within"), shape=Shape.LINE, hue=Hue.PURPLE, values=medians),
            Series(name=t("nine in ten"), shape=Shape.BAND, hue=Hue.PURPLE, values=mosts),
        ),
    )


def _unit(longest_seconds: float, t: Texts) -> tuple[int, str]:
    if longest_seconds >= _ENOUGH * _HOUR:
        return _HOUR, t("Waits in hours")
    if longest_seconds >= _ENOUGH * _MINUTE:
        return _MINUTE, t("Waits in minutes")
    return 1, t("Waits in seconds")


def _ends_panel(whole: Activity, of: Sequence[Activity], t: Texts) -> Panel:
    codes = [code for code, _ in _ranked(whole)]
    series = [
        Series(
            name=_failure_name(code, t),
            shape=Shape.BAR,
            hue=hue,
            values=tuple(each.failures.get(code, 0) for each in of),
        )
        for code, hue in zip(codes, _FAILURE_HUES, strict=False)
    ]
    if rest := codes[_CODES_APART:]:
        others = tuple(sum(each.failures.get(code, 0) for code in rest) for each in of)
        series.append(Series(name=t("other"), shape=Shape.BAR, hue=Hue.YELLOW, values=others))
    if whole.cancelled or not series:
        cancelled = tuple(each.cancelled for each in of)
        series.append(Series(name=t("cancelled"), shape=Shape.BAR, hue=Hue.GREY, values=cancelled))
    return Panel(
        title=t("Failed or cancelled"),
        figure=t.number(whole.failed + whole.cancelled),
        empty=t("None"),
        series=tuple(series),
    )


def _ranked(whole: Activity) -> Sequence[tuple[FailureCode, int]]:
    """The most frequent first."""
    return sorted(whole.failures.items(), key=lambda pair: (-pair[1], pair[0]))


def _failure_name(code: FailureCode, t: Texts) -> str:
    return t(_FAILURE_NAMES[code].message)


def _cells(day: Day, t: Texts) -> tuple[str, ...]:
    activity = day.activity
    counts = (activity.makers, activity.works, activity.ratings)
    wait = duration(activity.waits.median_seconds, t) if activity.waits else "–"
    ends = (activity.failed, activity.cancelled)
    return (t.month_day(day.day), *map(t.number, counts), wait, *map(t.number, ends))


def _rounded(number: float, t: Texts) -> str:
    return t.number(round(number, 1) if number < _FINE_BELOW else round(number))


def places(text: str) -> int:
    """How many columns a text takes in letters of one width."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)


def _padded(text: str, width: int, *, is_left: bool) -> str:
    blanks = " " * (width - places(text))
    return text + blanks if is_left else blanks + text
