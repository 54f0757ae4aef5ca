"""How fast documents are sent: a steady pace, slower after a 429, and pauses after failures."""

_SLOWER, _FASTER, _SLOWEST = 0.7, 1.05, 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class Pace:
    """The pace of one sender; `documents_a_minute` None sends without pauses.

    >>> pace = Pace(60)
    >>> pace.rate
    60.0
    >>> pace.rate_limited(2.0, now=100.0)
    >>> pace.rate, pace.paused_until
    (42.0, 102.0)
    """

    def __init__(self, documents_a_minute: float | None) -> None:
        if documents_a_minute is not None and not documents_a_minute > 0:
            raise ValueError(f"documents_a_minute must be more than 0, not {documents_a_minute}.")
        self._asked = documents_a_minute
        self._factor = 1.0
        self._pause = _FIRST_PAUSE
        self.paused_until = 0.0
        self.failing_since: float | None = None

    @property
    def rate(self) -> float | None:
        """Documents a minute now, None for as many as the service takes."""
        return None if self._asked is None else self._asked * self._factor

    def rate_limited(self, retry_after: float | None, *, now: float) -> None:
        """Slow down after a 429; wait as long as the service asks, at most a minute."""
        self._factor = max(_SLOWEST, self._factor * _SLOWER)
        self.failed(now=now, seconds=retry_after)

    def failed(self, *, now: float, seconds: float | None = None) -> None:
        """Pause after a failure, each time twice as long, until something succeeds."""
        self.failing_since = now if self.failing_since is None else self.failing_since
        self.paused_until = now + min(self._pause if seconds is None else seconds, _LONGEST_PAUSE)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def succeeded(self) -> None:
        """Speed up again, to the pace that was asked for."""
        self._factor = min(1.0, self._factor * _FASTER)
        self._pause, self.failing_since = _FIRST_PAUSE, None
