"""What the gateway tells each client: numbered events, kept so that a broken conversation can be taken up again."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from bot.studio.dispatch import Dispatch
from bot.studio.intents import Intent
from bot.studio.interactions import Interaction

_BUFFERED_EVENTS = 10_000


class Opcode(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


def frame(opcode: Opcode, payload: Any, **more: Any) -> str:
    return json.dumps({"op": int(opcode), "d": payload, "s": None, "t": None, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One event as it goes over the wire."""

    sequence: int
    frame: str
    interaction: Interaction | None


@dataclass(slots=True, kw_only=True)
class Session:
    """What one identified client has been told, so that it can resume."""

    id: str
    intents: Intent
    sequence: int = 0
    events: deque[Numbered] = field(default_factory=lambda: deque(maxlen=_BUFFERED_EVENTS))
    is_stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, dispatch: Dispatch) -> None:
        if not dispatch.is_for(self.intents):
            return
        self.sequence += 1
        written = frame(Opcode.DISPATCH, dispatch.payload, s=self.sequence, t=dispatch.name)
        self.events.append(Numbered(sequence=self.sequence, frame=written, interaction=dispatch.interaction))
        self.is_stirred.set()

    def after(self, sequence: int) -> list[Numbered]:
        """Events younger than this one, oldest first; from the young end, since most are long sent."""
        younger: list[Numbered] = []
        for event in reversed(self.events):
            if event.sequence <= sequence:
                break
            younger.append(event)
        return younger[::-1]

    def may_resume(self, sequence: int) -> bool:
        oldest = self.events[0].sequence if self.events else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence
