"""The periods of a report: from words such as "last week" to the first and last moment."""

import re
from datetime import tzinfo
from typing import NamedTuple

import pandas as pd

_MOST_DAYS = 31
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?: ?(?:to|\.\.) ?(\d{4}-\d\d-\d\d))?")
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_MONTH = re.compile(r"\d{4}-\d\d")
_UNITS = {"day": "D", "week": "W-SUN", "month": "M"}
_WORDS = {"yesterday": "last day", "today": "this day"}


class Period(NamedTuple):
    """A span of whole days: from `start` to before `end`, with the words for it.

    `name` is how a sentence refers to it ("last week"), `unit` what it is ("week").
    """

    start: pd.Timestamp
    end: pd.Timestamp
    name: str
    unit: str

    @property
    def last(self) -> pd.Timestamp:
        """The start of the last day."""
        return self.end - pd.DateOffset(days=1)

    @property
    def days(self) -> int:
        """The number of days."""
        return len(pd.date_range(self.start, self.last, freq="D"))

    @property
    def dates(self) -> str:
        """The first and the last day, such as ``2025-10-20 to 2025-10-26``."""
        first, last = f"{self.start:%Y-%m-%d}", f"{self.last:%Y-%m-%d}"
        return first if first == last else f"{first} to {last}"

    def before(self, times: int = 1) -> "Period":
        """Return the period just before this one, or one some periods earlier."""
        period = self
        for _ in range(times):
            start = period.start - (
                pd.DateOffset(months=1) if self.unit == "month" else pd.DateOffset(days=self.days)
            )
            period = Period(start, period.start, f"the {self.unit} before", self.unit)
        return period


def parse_period(text: str, *, now: pd.Timestamp, zone: str | tzinfo) -> Period:
    """Return the period of a text.

    ``last`` or ``this`` with ``day``, ``week`` (from Monday) or ``month``; ``yesterday``,
    ``today``; a day, week, month or range such as ``2025-10-27``, ``2025-W44``, ``2025-10`` or
    ``2025-10-27 to 2025-11-02``. ValueError for anything else, and for over 31 days.
    """
    words = _WORDS.get(text.strip().lower(), text.strip()).split()
    if len(words) == 2 and words[0].lower() in ("last", "this") and words[1].lower() in _UNITS:
        which, unit = (word.lower() for word in words)
        days = pd.Period(now.tz_convert(zone).tz_localize(None), freq=_UNITS[unit])
        name = {"last day": "yesterday", "this day": "today"}.get(f"{which} {unit}")
        return _of(days - int(which == "last"), name or f"{which} {unit}", unit, zone)
    return _by_date(text.strip(), zone)


def parse_compare(text: str, period: Period, *, now: pd.Timestamp, zone: str | tzinfo) -> Period:
    """Return the period to compare with: the one before, or that of a text; it must be earlier."""
    if re.fullmatch(r"(the )?((day|week|month|period)s? )?before", text.strip().lower()):
        return period.before()
    other = parse_period(text, now=now, zone=zone)
    if other.end > period.start:
        raise ValueError(f"compare={text!r} must end before {period.dates} begins.")
    return other


def period_with(moment: pd.Timestamp, *, now: pd.Timestamp, zone: str | tzinfo) -> str:
    """Return the text of a period, a week if possible, that has a moment in it."""
    for text in ("this week", "last week"):
        period = parse_period(text, now=now, zone=zone)
        if period.start <= moment < period.end:
            return text
    return f"{moment:%Y-%m-%d}"


def _by_date(text: str, zone: str | tzinfo) -> Period:
    message = (
        f"period={text!r} is not a period. Use 'last week', 'this month', 'yesterday', a day such "
        "as '2025-10-27', a week such as '2025-W44', a month such as '2025-10', or "
        "'2025-10-27 to 2025-11-02'."
    )
    try:
        if match := _WEEK.fullmatch(text):
            day = pd.Timestamp.fromisocalendar(int(match[1]), int(match[2]), 1)
            return _of(pd.Period(day, freq="W-SUN"), f"in week {text}", "week", zone)
        if _MONTH.fullmatch(text):
            return _of(pd.Period(text, freq="M"), f"in {text}", "month", zone)
        if match := _RANGE.fullmatch(text):
            return _of_range(pd.Timestamp(match[1]), pd.Timestamp(match[2] or match[1]), zone)
    except ValueError as error:
        raise ValueError(message) from error
    raise ValueError(message)


def _of_range(first: pd.Timestamp, last: pd.Timestamp, zone: str | tzinfo) -> Period:
    days = (last - first).days + 1
    if not 1 <= days <= _MOST_DAYS:
        raise ValueError(f"A period has 1 to {_MOST_DAYS} days, not {days}.")
    name = f"on {first:%Y-%m-%d}" if days == 1 else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    unit = {1: "day", 7: "week"}.get(days, f"{days} days")
    start, end = (_midnight(day, zone) for day in (first, last + pd.DateOffset(days=1)))
    return Period(start, end, name, unit)


def _of(period: pd.Period, name: str, unit: str, zone: str | tzinfo) -> Period:
    start, end = period.start_time, (period + 1).start_time
    return Period(_midnight(start, zone), _midnight(end, zone), name, unit)


def _midnight(day: pd.Timestamp, zone: str | tzinfo) -> pd.Timestamp:
    return day.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
