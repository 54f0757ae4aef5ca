"""Real and manual clocks: everything in the service that needs a time asks one."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache


class Clock:
    """The system clock."""

    def now(self) -> float:
        """Return seconds since 1970, like `time.time`."""
        return time.time()

    def steady(self) -> float:
        """Return seconds since some moment; unlike `now` they never go back."""
        return time.monotonic()

    def seconds_to_wait(self, seconds: float) -> float | None:
        """Return how long to wait until so many seconds have passed; None if it doesn't help."""
        return max(0.0, seconds)

    def on_advance(self, call: Callable[[], None]) -> None:
        """Register a function to call after each `advance`; the system clock never calls it."""


class ManualClock(Clock):
    """A clock that moves only on `advance`, so that tests and lessons need not wait.

    Parameters
    ----------
    start : datetime, optional
        With a time zone. By default now, in whole seconds.

    Raises
    ------
    ValueError
        If `start` has no time zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    >>> clock.advance(90)
    >>> rfc3339(clock.now())
    '2026-03-02T09:01:30+00:00'
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("start needs a time zone, such as datetime.UTC")
        self._now = float(int(time.time())) if start is None else start.timestamp()
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []

    def now(self) -> float:
        """Return seconds since 1970."""
        return self._now

    def steady(self) -> float:
        """Return seconds since 1970: this clock never goes back."""
        return self._now

    def seconds_to_wait(self, seconds: float) -> float | None:
        """Return 0 if there is nothing to wait for, else None: only `advance` helps."""
        return 0.0 if seconds <= 0 else None

    def on_advance(self, call: Callable[[], None]) -> None:
        """Register a function to call after each `advance`."""
        self._calls.append(call)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError("seconds can't be negative: jobs would end before they start")
        with self._lock:
            self._now += seconds
        for call in self._calls:
            call()


def rfc3339(seconds: float) -> str:
    """Return a time as Box sends it: whole seconds with an offset.

    >>> rfc3339(1652291771.9)
    '2022-05-11T17:56:11+00:00'
    """
    return _formatted(int(seconds))


@lru_cache(maxsize=1000)  # a page of jobs repeats the times of a few batches
def _formatted(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def http_date(seconds: float) -> str:
    """Return a time as in the header Date.

    >>> http_date(1652291771.9)
    'Wed, 11 May 2022 17:56:11 GMT'
    """
    return formatdate(int(seconds), usegmt=True)
