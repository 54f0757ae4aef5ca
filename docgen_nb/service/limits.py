"""Box's published rate limits, enforced on request."""

import math
import threading
from collections import deque

from docgen_nb.service.clock import Clock
from docgen_nb.service.faults import rate_limited

CALLS_PER_MINUTE = 1000  # per user; Box's guide to rate limits
DOCUMENTS_PER_MINUTE = 80  # per enterprise; Box's help page: stable up to 80
WINDOW_SECONDS = 60.0


class Window:
    """A maximum for each minute, and the times of what counted in the last one.

    The times are those of `Clock.steady`: a clock that is set back extends no limit.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._moments: deque[float] = deque()

    def remaining(self, now: float) -> int:
        """Return how many more the limit allows now."""
        while self._moments and self._moments[0] <= now - WINDOW_SECONDS:
            self._moments.popleft()
        return self.maximum - len(self._moments)

    def add(self, now: float, count: int = 1) -> None:
        """Count some more."""
        self._moments.extend([now] * count)

    def seconds_until_free(self, now: float) -> float:
        """Return the seconds until the limit allows one more."""
        return max(0.0, self._moments[0] + WINDOW_SECONDS - now) if self._moments else 0.0


class CallLimit:
    """The limit on calls per user."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._windows: dict[int, Window] = {}
        self._lock = threading.Lock()

    def check(self, user_id: int) -> None:
        """Count one call; 429 with Retry-After if it exceeds the limit."""
        now = self.clock.steady()
        with self._lock:
            window = self._windows.setdefault(user_id, Window(CALLS_PER_MINUTE))
            if window.remaining(now) < 1:
                seconds = math.ceil(window.seconds_until_free(now)) or 1
                raise rate_limited({"Retry-After": str(seconds)})
            window.add(now)
