"""Faults on request: wrong answers, broken connections and slow ones, for the requests that a test picks."""

import asyncio
import re
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """Whether the fault hits before the request takes effect, or after (the bot cannot tell which)."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next `times` requests that match. `status` None: the connection breaks off."""

    method: str
    path: re.Pattern[str]
    status: int | None
    moment: Moment
    times: int
    retry_after_seconds: float = 0.1
    hits: int = 0

    def is_for(self, method: str, path: str) -> bool:
        return self.hits < self.times and _matches(self.method, self.path, method, path)


@dataclass(slots=True, kw_only=True)
class Hold:
    """Keeps matching requests waiting, before they take effect, until it is released."""

    method: str
    path: re.Pattern[str]
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0

    def release(self) -> None:
        self.is_open.set()

    def is_for(self, method: str, path: str) -> bool:
        return not self.is_open.is_set() and _matches(self.method, self.path, method, path)


@dataclass(slots=True, kw_only=True)
class _Delay:
    method: str
    path: re.Pattern[str]
    seconds: float


class Faults:
    """What shall go wrong. Paths are searched as regular expressions without `/api/v10`; a method of "*" is any."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []
        self._delays: list[_Delay] = []
        self._refused_resumes = 0
        self.on_gateway_drop = self.on_reconnect = self.on_change = _nothing

    def answer(
        self, method: str, path: str, *, status: int, times: int = 1, moment: Moment = Moment.BEFORE,
        retry_after_seconds: float = 0.1,
    ) -> Fault:  # fmt: skip
        """The next requests get this status: 429 (with `Via` and `retry_after`), 500, 502 and so on."""
        return self._add(method, path, status=status, times=times, moment=moment, wait=retry_after_seconds)

    def break_off(self, method: str, path: str, *, times: int = 1, moment: Moment = Moment.BEFORE) -> Fault:
        """The next requests get no answer: the connection is cut."""
        return self._add(method, path, status=None, times=times, moment=moment, wait=0)

    def _add(self, method: str, path: str, *, status: int | None, times: int, moment: Moment, wait: float) -> Fault:
        fault = Fault(
            method=method, path=re.compile(path), status=status, moment=moment, times=times, retry_after_seconds=wait
        )
        self._faults.append(fault)
        return fault

    def hold(self, method: str, path: str) -> Hold:
        """Matching requests wait for `release()`."""
        hold = Hold(method=method, path=re.compile(path))
        self._holds.append(hold)
        return hold

    def delay(self, method: str, path: str, *, seconds: float) -> None:
        """Every matching request takes that much longer."""
        self._delays.append(_Delay(method=method, path=re.compile(path), seconds=seconds))

    def drop_gateway(self) -> None:
        """Cuts the gateway's sockets now, without a closing frame; a client then resumes."""
        self.on_gateway_drop()

    def ask_reconnect(self) -> None:
        """Sends opcode 7 to every gateway session."""
        self.on_reconnect()

    def refuse_resumes(self, times: int = 1) -> None:
        """The next resumes meet an invalid session, and the client must identify again."""
        self._refused_resumes += times

    def clear(self) -> None:
        """Ends every fault; what is held goes on."""
        for hold in self._holds:
            hold.release()
        self._faults.clear()
        self._holds.clear()
        self._delays.clear()
        self._refused_resumes = 0

    # Asked by the server

    def take(self, method: str, path: str, moment: Moment) -> Fault | None:
        """The fault that hits this request now, counted; None where all goes well."""
        for fault in self._faults:
            if fault.moment is moment and fault.is_for(method, path):
                fault.hits += 1
                return fault
        return None

    def takes_refused_resume(self) -> bool:
        if self._refused_resumes == 0:
            return False
        self._refused_resumes -= 1
        return True

    async def wait(self, method: str, path: str) -> None:
        """Waits for as long as holds and delays say."""
        for hold in [hold for hold in self._holds if hold.is_for(method, path)]:
            hold.held += 1
            self.on_change()
            await hold.is_open.wait()
        seconds = sum(each.seconds for each in self._delays if _matches(each.method, each.path, method, path))
        if seconds:
            await asyncio.sleep(seconds)


def _matches(wanted: str, pattern: re.Pattern[str], method: str, path: str) -> bool:
    return wanted in ("*", method) and pattern.search(path) is not None


def _nothing() -> None:
    return None
