"""Whether each part of the bot does its work: a judgement over what they say of themselves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from inference.contract.outage import Outage

# The actor says something each second, and is killed after thirty without a word.
SILENCE_SECONDS: Final = 10.0
# A start takes up to two minutes on a slow disk; beyond that the actor does not come back by itself.
RECOVERY_SECONDS: Final = 150.0


class Part(StrEnum):
    GATEWAY = "gateway"
    DATABASE = "database"
    ACTOR = "actor"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a part is: a word for the host, and whether it counts as well."""

    word: str
    is_well: bool
    reason: str = ""  # Why not, for the host.

    def as_json(self) -> dict[str, Any]:
        reason = {"reason": self.reason} if self.reason else {}
        return {"state": self.word, "is_well": self.is_well} | reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    parts: Mapping[Part, Condition]
    gateway_latency_seconds: float | None  # None: no heartbeat was answered yet.

    @property
    def is_well(self) -> bool:
        return all(condition.is_well for condition in self.parts.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "is_well": self.is_well,
            "parts": {part: condition.as_json() for part, condition in self.parts.items()},
            "gateway_latency_seconds": self.gateway_latency_seconds,
        }


def gateway(*, is_ready: bool, is_open: bool) -> Condition:
    if is_ready and is_open:
        return Condition(word="connected", is_well=True)
    return Condition(word="reconnecting" if is_ready else "connecting", is_well=False)


def database(*, has_answered: bool) -> Condition:
    return Condition(word="answers" if has_answered else "silent", is_well=has_answered)


def actor(*, absent_seconds: float | None, silent_seconds: float | None, outage: Outage | None = None) -> Condition:
    """`absent_seconds`: since there is no process that has greeted; `silent_seconds`: since its last sign of life."""
    if outage is not None:
        return Condition(word="cannot start", is_well=False, reason=outage.reason)
    if absent_seconds is not None:
        is_recovering = absent_seconds < RECOVERY_SECONDS
        return Condition(word="recovering" if is_recovering else "gone", is_well=is_recovering)
    is_alive = silent_seconds is not None and silent_seconds < SILENCE_SECONDS
    return Condition(word="alive" if is_alive else "silent", is_well=is_alive)


def queue(*, is_at_work: bool) -> Condition:
    return Condition(word="at work" if is_at_work else "stopped", is_well=is_at_work)


def latency(seconds: float) -> float | None:
    """discord.py says infinity before the first answer, and no number at all before the first connection."""
    return seconds if math.isfinite(seconds) else None
