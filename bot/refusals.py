"""How many of a member's files were refused lately: whoever sends bad ones on and on takes time from all others."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.errors import UploadsRefusedOftenError
from inference.contract.identifiers import MemberId

MOST: Final = 10
WITHIN: Final = timedelta(hours=1)


class Refusals:
    """In memory: after a restart everybody begins afresh."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._refused_at: dict[MemberId, deque[datetime]] = {}

    def require_few(self, member: MemberId) -> None:
        """Raises `UploadsRefusedOftenError` for who had as many refused as anybody may in an hour."""
        refused_at = self._recent(member)
        if len(refused_at) >= MOST:
            raise UploadsRefusedOftenError(limit=MOST, resets_at=refused_at[0] + WITHIN)

    def note(self, member: MemberId) -> None:
        self._refused_at[member] = self._recent(member)
        self._refused_at[member].append(self._clock())

    def _recent(self, member: MemberId) -> deque[datetime]:
        """Those of the last hour, oldest first. Members without any are forgotten."""
        since = self._clock() - WITHIN
        for each in [each for each, moments in self._refused_at.items() if moments[-1] <= since]:
            del self._refused_at[each]
        return deque((moment for moment in self._refused_at.get(member, ()) if moment > since), maxlen=MOST)
