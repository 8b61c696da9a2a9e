"""Why the actor is not up, as a fact that the host, the members and the queue act on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inference.contract.errors import AtelierError


class Cause(StrEnum):
    """What keeps the actor from starting, told apart where the host would do something else about it."""

    LIBRARY_BROKEN = "library_broken"  # torch, or what it needs, is missing or cannot be loaded.
    WRONG_BUILD = "wrong_build"  # torch is built without what the device needs.
    DRIVER_OLD = "driver_old"
    DRIVER_MISSING = "driver_missing"
    DRIVER_FAILS = "driver_fails"
    CARD_MISSING = "card_missing"
    CARD_WITHHELD = "card_withheld"  # The machine has one, and this process may not open it.
    OTHER_VERSION = "other_version"  # The installation changed under a running bot.
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    NOT_SPAWNED = "not_spawned"  # The system has no room for another process.


# These may pass by themselves: somebody else lets go of the memory, for example.
_PASSING: Final = frozenset({Cause.OUT_OF_MEMORY, Cause.CRASHED, Cause.NOT_SPAWNED, Cause.DRIVER_FAILS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The actor did not come up the last time that it was started."""

    cause: Cause
    reason: str  # For the host, in plain words.

    @property
    def may_pass(self) -> bool:
        """Whether it may heal without the host."""
        return self.cause in _PASSING


class ActorDownError(AtelierError):
    """The actor did not come up."""

    def __init__(self, outage: Outage) -> None:
        super().__init__(outage.reason)
        self.outage = outage
