"""What a job says, in the words of a table: when it was created, how long it took, its messages."""

from datetime import UTC, datetime
from math import isnan, nan

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.forms.display import counted

RANKS = {status: rank for rank, status in enumerate(reversed(wire.STATUSES))}  # failed first


def id_of(job: Entry, name: str) -> str:
    """Return the id of an object that a job refers to, or ''."""
    return str((job.get(name) or {}).get("id", ""))


def status_of(job: Entry) -> str:
    """Return the status of a job as people read it."""
    return wire.in_status_words(str(job.get("status", "")))


def is_open(job: Entry) -> bool:
    """Return whether a job is pending or submitted."""
    return job.get("status") in wire.OPEN


def milliseconds(text: object) -> float:
    """Return a time as milliseconds since 1970; NaN if there is none or it cannot be read.

    Box sends RFC 3339, or the seconds since 1970 as a text.

    >>> milliseconds("1772445600"), milliseconds("2026-03-02T10:00:00Z"), milliseconds("soon")
    (1772445600000.0, 1772445600000.0, nan)
    """
    time = str(text or "")
    try:
        is_number = time.isascii() and time.isdecimal()
        seconds = float(time) if is_number else datetime.fromisoformat(time).timestamp()
        datetime.fromtimestamp(seconds, UTC)  # refuses a year that no calendar has
        return 1000 * seconds
    except (ValueError, OverflowError, OSError):
        return nan


def created(job: Entry) -> str:
    """Return when a job was created, in UTC, or ''.

    >>> created({"created_at": "1772445600"})
    '2026-03-02 10:00:00+00:00'
    """
    at = milliseconds(job.get("created_at"))
    if isnan(at):
        return str(job.get("created_at") or "")  # unknown format: as Box sent it
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(sep=" ", timespec="seconds")


def messages_of(job: Entry) -> list[tuple[str, str]]:
    """Return the messages of a job, each with ``error`` or ``warning``, errors first."""
    failures = job.get("failures")
    if not failures:
        return []
    return [
        (kind, str(text))
        for kind in ("error", "warning")
        for text in failures.get(f"{kind}s") or ()
    ]


def message_lines(job: Entry) -> list[str]:
    """Return the messages of a job as lines that begin with Error or Warning."""
    return [f"{kind.capitalize()}: {text}" for kind, text in messages_of(job)]


def summary_of(job: Entry) -> str:
    """Return the messages of a job as one line.

    >>> summary_of({"failures": {"errors": ["No 'a'.", "No 'b'."], "warnings": ["Unused 'c'."]}})
    "2 errors, 1 warning: No 'a'."
    >>> summary_of({"status": "failed", "failures": {"errors": ["Too large."]}})
    'Too large.'
    """
    messages = messages_of(job)
    if not messages:
        return ""
    if job.get("status") == "failed" and len(messages) == 1:
        return messages[0][1]
    kinds = [kind for kind, _ in messages]
    counts = [counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)]
    return f"{', '.join(counts)}: {messages[0][1]}"


def took(
    job: Entry, *, since: float, until: float, bounds: tuple[float, float] | None, now: float
) -> tuple[str, float]:
    """Return how long a job took, in words and in seconds for sorting.

    Box gives no end. It is the creation of the output file (`until`), else it lies between two
    readings (`bounds`), else it is unknown. All times are milliseconds since 1970, NaN if unknown.

    >>> took({"status": "completed"}, since=0.0, until=4000.0, bounds=None, now=nan)
    ('4 s', 4.0)
    >>> took({"status": "failed"}, since=0.0, until=nan, bounds=(8000.0, 12000.0), now=nan)
    ('8 to 12 s', 12.0)
    """
    if isnan(since):
        return ("" if is_open(job) else "unknown"), nan
    if is_open(job):
        seconds = max(0.0, now - since) / 1000
        return f"{in_time_words(seconds)} so far", seconds
    if until >= since:
        seconds = (until - since) / 1000
        return in_time_words(seconds), seconds
    if bounds is not None:
        first, last = (max(0.0, at - since) / 1000 for at in bounds)
        if last >= 100 or round(first) == round(last):
            return in_time_words(last), last
        return f"{first:.0f} to {in_time_words(last)}", last
    return "unknown", nan


def in_time_words(seconds: float) -> str:
    """Return a length of time in its largest usual unit.

    >>> in_time_words(42.4), in_time_words(600), in_time_words(7300), in_time_words(300000)
    ('42 s', '10 min', '2 h', '3 days')
    """
    for size, most, name in ((1, 100, "s"), (60, 100, "min"), (3600, 48, "h")):
        if seconds / size < most:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds / 86400:.0f} days"
