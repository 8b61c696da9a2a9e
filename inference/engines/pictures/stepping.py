"""A call that takes long, in steps: it runs in a greenlet, and what it calls along the way hands over."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from greenlet import greenlet

T = TypeVar("T")


class Stepped(Generic[T]):
    """Must be stepped and closed by the thread and the greenlet that made it."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._greenlet = greenlet(call)
        self._outcome: T | None = None

    @property
    def is_ended(self) -> bool:
        return bool(self._greenlet.dead)

    @property
    def outcome(self) -> T:
        """What the call returned, once it has ended."""
        return cast("T", self._outcome)

    def step(self) -> None:
        """Go on until the call pauses or ends. Raises what the call raises."""
        outcome = self._greenlet.switch()
        if self._greenlet.dead:
            self._outcome = outcome

    def pause(self) -> None:
        """For what the call calls: return from `step`, and come back here with the next."""
        parent = self._greenlet.parent
        assert parent is not None
        parent.switch()

    def close(self) -> None:
        """Leave the call where it stands; its `finally` blocks run."""
        self._greenlet.throw()
