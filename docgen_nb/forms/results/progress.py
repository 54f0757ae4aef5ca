"""The pace of a batch in words."""

MIN_SECONDS = 3.0  # a rate measured over less time says nothing


def pace(finished: int, *, count: int, seconds: float) -> str:
    """Return the rate so far and the time left at that rate; "" while unknown.

    Both count from when following began; that is when the batch was sent, unless an existing
    batch is followed.

    >>> pace(10, count=40, seconds=20)
    '30 per minute, about 1 min left.'
    >>> pace(10, count=10, seconds=20)
    '30 per minute.'
    """
    if finished == 0 or seconds < MIN_SECONDS:
        return ""
    rate = finished / seconds * 60
    left = (count - finished) / rate * 60
    text = f"{rate:.0f} per minute" if rate >= 1 else f"{rate * 60:.0f} per hour"
    return f"{text}, about {_duration(left)} left." if left else f"{text}."


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds < 50 else "1 min"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
