"""How far a batch is, in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from docgen_nb import wire

Job = Mapping[str, Any]

SOONEST = 3.0  # seconds; before that a rate says nothing


def is_finished(job: Job) -> bool:
    """Return whether a job will not change any more; a status of Box's that is new counts so."""
    return job["status"] not in wire.OPEN


def in_words(jobs: Sequence[Job], *, count: int) -> str:
    """Return counts as a sentence.

    >>> in_words([{"status": "pending"}, {"status": "completed"}], count=2)
    '1 of 2 documents finished: 1 pending, 1 completed.'
    """
    return wire.in_words(Counter(job["status"] for job in jobs), count=count)


def pace(finished: int, *, count: int, seconds: float) -> str:
    """Return the rate so far, and how long the rest will take at that rate; "" while unknown.

    It counts from when following began, which is when the batch was sent unless it was joined.

    >>> pace(10, count=40, seconds=20)
    '30 a minute, about 1 min left.'
    >>> pace(10, count=10, seconds=20)
    '30 a minute.'
    """
    if finished == 0 or seconds < SOONEST:
        return ""
    rate = finished / seconds * 60
    left = (count - finished) / rate * 60
    words = f"{rate:.0f} a minute" if rate >= 1 else f"{rate * 60:.0f} an hour"
    return f"{words}, about {_span(left)} left." if left else f"{words}."


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds < 50 else "1 min"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
