"""Durations in words, as rough as they are known: one unit, and no second more precise than an estimate is."""

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Final, assert_never

if TYPE_CHECKING:
    from bot.i18n import Texts


class _Unit(IntEnum):
    """In seconds."""

    SECONDS = 1
    MINUTES = 60
    HOURS = 3_600
    DAYS = 86_400


# Beyond one and a half of a unit, it says enough.
_ENOUGH: Final = 1.5
# Seconds are told in fives.
_STEP_SECONDS: Final = 5


def span(seconds: float, t: "Texts") -> str:
    """About how long: "about 2 minutes"; what is over or nearly so is "a moment"."""
    if seconds < _STEP_SECONDS:
        return t("a moment")
    unit = _unit_of(seconds)
    step = _STEP_SECONDS if unit is _Unit.SECONDS else 1
    return t("about {span}", span=_counted(unit, step * max(1, round(seconds / unit / step)), t))


def between(least_seconds: float, most_seconds: float, t: "Texts") -> str:
    """From the least, rounded down, to the most, rounded up, in the unit of the most: "2 to 5 minutes"."""
    if most_seconds < _STEP_SECONDS:
        return t("a moment")
    unit = _unit_of(most_seconds)
    step = _STEP_SECONDS if unit is _Unit.SECONDS else 1
    low = step * math.floor(least_seconds / unit / step)
    high = step * math.ceil(most_seconds / unit / step)
    if low <= 0:
        return t("less than {span}", span=_counted(unit, high, t))
    if low >= high:
        return t("about {span}", span=_counted(unit, high, t))
    return _ranged(unit, low, high, t)


def _unit_of(seconds: float) -> _Unit:
    return next((unit for unit in reversed(_Unit) if seconds >= _ENOUGH * unit), _Unit.SECONDS)


def _counted(unit: _Unit, count: int, t: "Texts") -> str:
    match unit:
        case _Unit.SECONDS:
            return t.plural("{count} second", "{count} seconds", count)
        case _Unit.MINUTES:
            return t.plural("{count} minute", "{count} minutes", count)
        case _Unit.HOURS:
            return t.plural("{count} hour", "{count} hours", count)
        case _Unit.DAYS:
            return t.plural("{count} day", "{count} days", count)
        case _:
            assert_never(unit)


def _ranged(unit: _Unit, low: int, high: int, t: "Texts") -> str:
    match unit:
        case _Unit.SECONDS:
            return t.plural("{low} to {count} second", "{low} to {count} seconds", high, low=low)
        case _Unit.MINUTES:
            return t.plural("{low} to {count} minute", "{low} to {count} minutes", high, low=low)
        case _Unit.HOURS:
            return t.plural("{low} to {count} hour", "{low} to {count} hours", high, low=low)
        case _Unit.DAYS:
            return t.plural("{low} to {count} day", "{low} to {count} days", high, low=low)
        case _:
            assert_never(unit)
