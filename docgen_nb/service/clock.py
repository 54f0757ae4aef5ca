"""What time the service thinks it is; everything in it that has a time asks here."""

import time
from datetime import UTC, datetime


class Clock:
    """The machine's clock."""

    def now(self) -> float:
        """Return seconds since 1970, as `time.time`."""
        return time.time()


def rfc3339(seconds: float) -> str:
    """Return a time as Box sends it: whole seconds with an offset.

    >>> rfc3339(1652291771.9)
    '2022-05-11T17:56:11+00:00'
    """
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
