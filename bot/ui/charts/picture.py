"""What a picture of numbers shows, in the words of one language, as the bot hands it to the process that draws."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Hue(StrEnum):
    """Okabe and Ito's colours, which people of all kinds of sight tell apart (https://jfly.uni-koeln.de/color/)."""

    BLUE = "#56b4e9"
    ORANGE = "#e69f00"
    GREEN = "#009e73"
    YELLOW = "#f0e442"
    VERMILION = "#d55e00"
    PURPLE = "#cc79a7"
    GREY = "#8d93a1"


class Shape(StrEnum):
    BAR = "bar"  # The bars of a panel stand on each other.
    LINE = "line"
    BAND = "band"  # From the line before it up to these values.


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    name: str
    shape: Shape
    hue: Hue
    values: tuple[float | None, ...]  # One a day; None: there is none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    title: str
    figure: str  # What all days come to.
    empty: str  # Stands there when no series has a value above 0.
    series: tuple[Series, ...]

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    title: str
    note: str
    days: tuple[str, ...]  # What each day is called, oldest first.
    panels: tuple[Panel, ...]

    def words(self) -> Iterator[str]:
        """All that is to be read in it."""
        yield from (self.title, self.note, *self.days)
        for panel in self.panels:
            yield from (panel.title, panel.figure, panel.empty, *(series.name for series in panel.series))


def packed(pictures: Sequence[Picture]) -> bytes:
    return json.dumps([asdict(picture) for picture in pictures]).encode()


def unpacked(sent: bytes) -> Sequence[Picture]:
    return [
        Picture(**{**fields, "days": tuple(fields["days"]), "panels": tuple(map(_panel, fields["panels"]))})
        for fields in json.loads(sent)
    ]


def _panel(fields: dict[str, Any]) -> Panel:
    return Panel(**{**fields, "series": tuple(map(_series, fields["series"]))})


def _series(fields: dict[str, Any]) -> Series:
    shape, hue = Shape(fields["shape"]), Hue(fields["hue"])
    return Series(name=fields["name"], shape=shape, hue=hue, values=tuple(fields["values"]))
