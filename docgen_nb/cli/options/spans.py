"""Ages and times on the command line, such as 7d, 5m or 2026-03-02T09:00Z."""

import argparse
import re
from datetime import UTC, datetime, timedelta

_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def span(text: str) -> timedelta:
    """Return a length of time from a text such as 5m (s, m, h, d, w), at least one second."""
    match = _SPAN.fullmatch(text)
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time such as 30s, 5m or 1h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def moment(text: str) -> datetime:
    """Return a time from a text: an age such as 7d, or a date and time."""
    try:
        if match := _SPAN.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        time = datetime.fromisoformat(text.upper())
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an age such as 7d, 12h or 30m, nor a time such as 2026-03-02 or "
            "2026-03-02T09:00Z"
        ) from error
