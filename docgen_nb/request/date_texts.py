"""Dates as people and spreadsheets write them, and the orders of day, month and year in them."""

import datetime
import re
from functools import lru_cache

from docgen_nb.template.language.formatting import MONTHS

ORDERS = ("dmy", "mdy", "ymd")  # of day, month and year
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?: \d{1,2}:\d\d(?::\d\d)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-./ ]+([^\W\d]+)\.?,?[-./ ]+(\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_LAST_YEAR_OF_2000 = 68  # as in POSIX: 69 to 99 are 1969 to 1999
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@lru_cache(maxsize=100_000)  # a column repeats its dates
def readings(text: str) -> dict[str, datetime.date]:
    """Return the dates that a text can be, by the order of day, month and year that each assumes.

    A year of four digits in front, or a month in words, leaves one reading, under "". A year of
    two digits may also stand in front. Empty for what is no date.

    Examples
    --------
    >>> readings("2026-03-31"), readings("31 Mar 2026") == readings("2026-03-31")
    ({'': datetime.date(2026, 3, 31)}, True)
    >>> sorted(readings("03/04/2026")), list(readings("31.3.2026")), readings("soon")
    (['dmy', 'mdy'], ['dmy'], {})
    >>> readings("4/13/26")
    {'mdy': datetime.date(2026, 4, 13)}
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
        return _named("", year, month, day)
    if match := _DAY_FIRST.fullmatch(text):
        day, name, year = match.groups()
        return _named("", year, _month(name), day)
    if match := _MONTH_FIRST.fullmatch(text):
        name, day, year = match.groups()
        return _named("", year, _month(name), day)
    if match := _NUMBERS.fullmatch(text):
        first, _, second, third = match.groups()
        parts = {"dmy": (third, second, first), "mdy": (third, first, second)}
        if len(third) == 2:
            parts["ymd"] = (first, second, third)
        found = [_named(order, *numbers) for order, numbers in parts.items()]
        return {order: date for one in found for order, date in one.items()}
    return {}


def _named(order: str, year: str, month: str, day: str) -> dict[str, datetime.date]:
    """Return the date under its order, or nothing if there is no such day."""
    full_year = int(year)
    if len(year) < 4:
        full_year += 2000 if full_year <= _LAST_YEAR_OF_2000 else 1900
    try:
        return {order: datetime.date(full_year, int(month), int(day))}
    except ValueError:
        return {}


def _month(name: str) -> str:
    """Return the number of a month in English, in full or by three letters or more; else 0."""
    start = name.casefold()
    if start == "sept":
        start = "sep"
    numbers = (n for n, month in enumerate(MONTHS, 1) if month.casefold().startswith(start))
    return str(next(numbers, 0)) if len(start) >= 3 else "0"


def in_words(date: datetime.date) -> str:
    """Return a date as people say it, so that no order of numbers can be mistaken.

    >>> in_words(datetime.date(2026, 8, 18))
    'Tuesday 18 August 2026'
    """
    return f"{_DAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]} {date.year}"
