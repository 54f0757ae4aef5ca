"""How far the clock of a service is ahead of this computer's, from the Date of its replies."""

from email.utils import parsedate_to_datetime

_STALE = 2.0  # seconds: a Date is cut to whole ones, and some servers renew it once a second


class ClockOffset:
    """The bounds of the offset of two clocks, narrower with each reply. Safe to use from threads.

    Examples
    --------
    >>> offset = ClockOffset()
    >>> offset.add("Mon, 02 Mar 2026 09:00:00 GMT", sent=1772442300.0, received=1772442300.5)
    >>> offset.bounds
    (-300.5, -298.0)
    """

    def __init__(self) -> None:
        self.bounds: tuple[float, float] | None = None

    def add(self, date: str | None, *, sent: float, received: float) -> None:
        """Take in a reply: its header, and when it was sent for and received by this clock."""
        moment = _seconds(date)
        if moment is None or received < sent:
            return
        low, high = moment - received, moment + _STALE - sent
        if self.bounds and low <= self.bounds[1] and self.bounds[0] <= high:
            low, high = max(low, self.bounds[0]), min(high, self.bounds[1])
        self.bounds = low, high  # of this reply alone if one of the clocks was set


def _seconds(date: str | None) -> float | None:
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
