"""Rate limits in Discord's manner: fixed windows a bucket, and one over everything that the bot's token does."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many requests in so many seconds, counted from the first."""

    limit: int
    seconds: float


class Bucket(Enum):
    """Routes that share a window; which one is counted apart (channel, token) is told at each request."""

    OTHER = "other"
    WRITE = "write"  # sending and editing by the bot's token, a channel
    OLD_EDIT = "old-edit"  # edits of messages older than an hour, a channel
    DELETE = "delete"
    REACT = "react"
    TOKEN = "token"  # whatever an interaction's token writes  # noqa: S105  the name of a bucket
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """The figures; Discord publishes few of them, so these are what its headers have been seen to say."""

    write: Window = Window(limit=5, seconds=5)
    old_edit: Window = Window(limit=3, seconds=20)
    delete: Window = Window(limit=5, seconds=1)
    react: Window = Window(limit=1, seconds=0.25)
    token: Window = Window(limit=5, seconds=5)
    other: Window = Window(limit=50, seconds=1)
    everything: Window = Window(limit=50, seconds=1)
    is_enforced: bool = True

    def window(self, bucket: Bucket) -> Window | None:
        """The bucket's window; None where requests are not counted."""
        match bucket:
            case Bucket.WRITE:
                return self.write
            case Bucket.OLD_EDIT:
                return self.old_edit
            case Bucket.DELETE:
                return self.delete
            case Bucket.REACT:
                return self.react
            case Bucket.TOKEN:
                return self.token
            case Bucket.OTHER:
                return self.other
            case Bucket.CALLBACK:
                return None


RELAXED = RateLimits(is_enforced=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the limits say of one request; `headers` belong to its answer, whatever that is."""

    is_limited: bool
    is_global: bool = False
    retry_after_seconds: float = 0
    code: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Count:
    began: float
    used: int


class RateLimiter:
    """Counts requests; `monotonic` is a clock in seconds, `wall` the same as a Unix time."""

    def __init__(self, limits: RateLimits, *, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._wall = wall
        self._counts: dict[tuple[str, str], _Count] = {}
        self._changed: dict[Bucket, Window] = {}
        self._shared_until: dict[Bucket, float] = {}

    def change(self, bucket: Bucket, window: Window) -> None:
        """From now on another window, under another hash: Discord changes its figures whenever it likes."""
        self._changed[bucket] = window
        self._counts = {key: count for key, count in self._counts.items() if key[0] != bucket.value}

    def share(self, bucket: Bucket, *, seconds: float) -> None:
        """For so long, others have used up what this bucket's resource takes from all bots together."""
        self._shared_until[bucket] = self._monotonic() + seconds

    def count(self, bucket: Bucket, key: str, *, is_global: bool) -> Verdict:
        """Counts one request against its bucket and, where `is_global`, against the whole."""
        if (wait := self._shared_until.get(bucket, 0) - self._monotonic()) > 0:
            return Verdict(is_limited=True, retry_after_seconds=wait, headers={"X-RateLimit-Scope": "shared"})
        if not self._limits.is_enforced:
            return Verdict(is_limited=False)
        if is_global and (wait := self._taken(("everything", ""), self._limits.everything)[1]) > 0:
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            return Verdict(is_limited=True, is_global=True, retry_after_seconds=wait, headers=headers)
        window = self._changed.get(bucket) or self._limits.window(bucket)
        if window is None:
            return Verdict(is_limited=False)
        used, wait = self._taken((bucket.value, key), window)
        headers = self._headers(bucket, window, used, self._counts[bucket.value, key].began)
        if wait > 0:
            headers["X-RateLimit-Scope"] = "user"
        return Verdict(is_limited=wait > 0, retry_after_seconds=wait, headers=headers)

    def _taken(self, key: tuple[str, str], window: Window) -> tuple[int, float]:
        """How many the window has had, this one included, and how long to wait where that is too many."""
        now = self._monotonic()
        count = self._counts.get(key)
        if count is None or now - count.began >= window.seconds:
            count = self._counts[key] = _Count(began=now, used=0)
        if count.used >= window.limit:
            return count.used, max(count.began + window.seconds - now, 0.001)
        count.used += 1
        return count.used, 0.0

    def _headers(self, bucket: Bucket, window: Window, used: int, began: float) -> dict[str, str]:
        reset_after = max(began + window.seconds - self._monotonic(), 0.0)
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(window.limit - used),
            "X-RateLimit-Reset": f"{self._wall() + reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(f"{bucket.value} {window}".encode()).hexdigest()[:32],
        }
