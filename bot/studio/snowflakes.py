"""Discord's ids: 64-bit integers that sort by time of birth."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NewType

Snowflake = NewType("Snowflake", int)
Clock = Callable[[], datetime]

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def snowflake_at(moment: datetime) -> Snowflake:
    """The least id that could be born at this moment."""
    return Snowflake(((moment - _EPOCH) // _MILLISECOND) << 22)


def born_at(snowflake: Snowflake) -> datetime:
    return _EPOCH + (snowflake >> 22) * _MILLISECOND


class Mint:
    """Gives out ids that only ever grow, even while its clock stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = Snowflake(0)

    def next(self) -> Snowflake:
        self._last = Snowflake(max(snowflake_at(self._clock()), self._last + 1))
        return self._last

    def go_on_after(self, last: Snowflake) -> None:
        """Ids that were given out before this one was made, up to `last`, are not given out again."""
        self._last = max(self._last, last)


class MovableClock:
    """The real time plus an offset, so that tests can let tokens and nonces expire without waiting."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, *, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)
