"""What a page of works is of, small enough to travel in a button."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self, assert_never

from inference.contract.identifiers import CreationId, MemberId
from inference.contract.mediums import Medium
from storage.domain import Place, Ranked, Sight, Wanted

# In UTF-16 code units, as Discord counts a custom id, of which the rest takes 50 at the most.
MAX_SEARCH_WIDTH: Final = 50

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MEDIA: Final[Mapping[str, Medium]] = {medium.value[0]: medium for medium in Medium}
_ANY_MEDIUM: Final = "-"
MEDIUM_TEMPLATE: Final = f"[{''.join(_MEDIA)}{_ANY_MEDIUM}]"
_STEPS_A_STAR: Final = 10**6  # Scores are stored with six decimals.
# Three digits. No work is older than Discord, none younger than the last day.
_FIRST_DAY: Final = date(2015, 1, 1)
_LAST_DAY: Final = _FIRST_DAY + timedelta(days=36**3 - 1)


class Scope(StrEnum):
    """Whose works."""

    MINE = "m"
    MEMBER = "o"
    SERVER = "s"
    KEPT = "k"  # The reader's favourites.


class View(StrEnum):
    """How the best works are shown."""

    WORKS = "w"
    LEADERBOARD = "l"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which works a member wants to read of; None: any."""

    scope: Scope = Scope.MINE
    member: MemberId | None = None  # With `Scope.MEMBER`.
    medium: Medium | None = None
    since: date | None = None  # In UTC.
    until: date | None = None  # In UTC, this day included.
    words: str = ""

    def wanted(self, *, reader: MemberId, sight: Sight) -> Wanted:
        """`sight`: where the reader may look."""
        return Wanted(
            member=self._member(reader),
            kept_by=reader if self.scope is Scope.KEPT else None,
            medium=self.medium,
            since=start_of(self.since) if self.since else None,
            until=end_of(self.until) if self.until else None,
            words=self.words,
            sight=sight,
        )

    def _member(self, reader: MemberId) -> MemberId | None:
        match self.scope:
            case Scope.MINE:
                return reader
            case Scope.MEMBER:
                return self.member
            case Scope.SERVER | Scope.KEPT:
                return None
            case _:
                assert_never(self.scope)

    def packed(self) -> str:
        """At most 26 characters, and the words."""
        fields = (
            self.scope.value,
            in_base_36(self.member) if self.member is not None else "",
            self.medium.value[0] if self.medium else "",
            packed_day(self.since),
            packed_day(self.until),
            self.words,
        )
        return ".".join(fields)

    @classmethod
    def unpacked(cls, packed: str) -> Self:
        scope, member, medium, since, until, words = packed.split(".", 5)
        return cls(
            scope=Scope(scope),
            member=MemberId(int(member, 36)) if member else None,
            medium=_MEDIA[medium] if medium else None,
            since=unpacked_day(since),
            until=unpacked_day(until),
            words=words,
        )


PAGE_TEMPLATE: Final = r"works:(?P<direction>[no]):(?P<id>[0-9a-z]+):(?P<filters>(?s:.*))"


def page_id(filters: Filters, *, newer_than: CreationId | None = None, older_than: CreationId | None = None) -> str:
    """The custom id of the button to the page next to a work; at most 100 wide."""
    direction, edge = ("n", newer_than) if newer_than is not None else ("o", older_than)
    assert edge is not None
    return f"works:{direction}:{in_base_36(edge)}:{filters.packed()}"


def page_of(match: re.Match[str]) -> tuple[Filters, dict[str, CreationId]]:
    """What a button's custom id that fits `PAGE_TEMPLATE` asks for: the filters, and the edge by its name."""
    edge = "newer_than" if match["direction"] == "n" else "older_than"
    return Filters.unpacked(match["filters"]), {edge: CreationId(int(match["id"], 36))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which works a gallery is of, and how they are shown; None: any."""

    view: View = View.WORKS
    medium: Medium | None = None
    since: date | None = None  # In UTC.

    def wanted(self, *, sight: Sight) -> Ranked:
        """Those that somebody rated: of the others nobody knows whether they are any good.

        `sight`: where the reader may look.
        """
        since = start_of(self.since) if self.since else None
        return Ranked(medium=self.medium, since=since, least_raters=1, sight=sight)


RANKING_TEMPLATE: Final = (
    rf"gallery:(?P<view>[wl])(?P<medium>{MEDIUM_TEMPLATE})(?P<since>[0-9a-z]*):(?P<direction>[ab])"
    r":(?P<low>[0-9a-z]+)\.(?P<creation>[0-9a-z]+)\.(?P<rank>[0-9a-z]+)"
)


def ranking_id(ranking: Ranking, *, rank: int, above: Place | None = None, below: Place | None = None) -> str:
    """The custom id of the button to the page next to a place in the ranking, which begins with `rank`."""
    direction, place = ("a", above) if above is not None else ("b", below)
    assert place is not None
    which = f"{ranking.view}{letter_of(ranking.medium)}{packed_day(ranking.since)}"
    low = in_base_36(round(place.low * _STEPS_A_STAR))
    return f"gallery:{which}:{direction}:{low}.{in_base_36(place.creation)}.{in_base_36(rank)}"


def ranking_of(match: re.Match[str]) -> tuple[Ranking, int, dict[str, Place]]:
    """What a button's custom id that fits `RANKING_TEMPLATE` asks for: what, from which rank on, the edge by name."""
    since = unpacked_day(match["since"])
    ranking = Ranking(view=View(match["view"]), medium=medium_of(match["medium"]), since=since)
    low = int(match["low"], 36) / _STEPS_A_STAR
    place = Place(low=low, creation=CreationId(int(match["creation"], 36)))
    return ranking, int(match["rank"], 36), {"above" if match["direction"] == "a" else "below": place}


def day_of(text: str, *, today: date) -> date:
    """A day as members write it: `2026-08-31`, or `7` and `7d` for so many days ago. Raises `ValueError`."""
    if days := re.fullmatch(r"(\d{1,5})\s*[dD天]?", text.strip()):
        return max(_FIRST_DAY, today - timedelta(days=int(days[1])))
    return date.fromisoformat(text.strip())


def packed_day(day: date | None) -> str:
    return in_base_36((_within_calendar(day) - _FIRST_DAY).days) if day else ""


def unpacked_day(packed: str) -> date | None:
    return _FIRST_DAY + timedelta(days=int(packed, 36)) if packed else None


def start_of(day: date) -> datetime:
    """When a day begins in UTC, or the nearest day on which there can be works."""
    return datetime.combine(_within_calendar(day), time(), UTC)


def end_of(day: date) -> datetime:
    """When a day ends, as `start_of`: the last days of Python's calendar have no tomorrow."""
    return start_of(day) + timedelta(days=1)


def _within_calendar(day: date) -> date:
    return min(max(day, _FIRST_DAY), _LAST_DAY)


def letter_of(medium: Medium | None) -> str:
    """One character, which `MEDIUM_TEMPLATE` takes; None: any."""
    return medium.value[0] if medium else _ANY_MEDIUM


def medium_of(letter: str) -> Medium | None:
    return _MEDIA.get(letter)


def in_base_36(number: int) -> str:
    digits = ""
    while number >= 36:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
