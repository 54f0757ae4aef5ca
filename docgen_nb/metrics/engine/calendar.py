"""Days, weeks and months of local times, as whole numbers that every engine can compute."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import DAY

_THURSDAY = 3  # 1 January 1970, where Monday is 0
_FROM_MARCH = 719_468  # days from 1 March of the year 0 to 1 January 1970
_400_YEARS = 146_097


def day(seconds: Any) -> Any:
    """Return the number of days since 1970."""
    return seconds // DAY


def week(seconds: Any) -> Any:
    """Return the number of weeks, from Monday, since that of 1 January 1970."""
    return (seconds // DAY + _THURSDAY) // 7


# The number of months since January 1970, from the column `day_number`, in columns that each use
# the ones before: Howard Hinnant's days_from_civil (2013). Lazy engines write a floor division with
# its operand six times, so as one expression this would be millions of terms.
MONTH_STEPS: dict[str, Callable[[Callable[[str], Any]], Any]] = {
    "era": lambda col: (col("day_number") + _FROM_MARCH) // _400_YEARS,
    "day_of_era": lambda col: col("day_number") + _FROM_MARCH - col("era") * _400_YEARS,
    "leap_days": lambda col: (
        col("day_of_era") // 1460 - col("day_of_era") // 36_524 + col("day_of_era") // 146_096
    ),
    "year_of_era": lambda col: (col("day_of_era") - col("leap_days")) // 365,
    "day_of_year": lambda col: (
        col("day_of_era")
        - 365 * col("year_of_era")
        - col("year_of_era") // 4
        + col("year_of_era") // 100
    ),
    "from_march": lambda col: (5 * col("day_of_year") + 2) // 153,  # 0 is March
    "month": lambda col: (
        (col("era") * 400 + col("year_of_era")) * 12 + col("from_march") + 2 - 1970 * 12
    ),
}


def month(seconds: Any) -> Any:
    """Return the number of months since January 1970; at once, so not for a lazy engine."""
    columns = {"day_number": seconds // DAY}
    for name, step in MONTH_STEPS.items():
        columns[name] = step(columns.__getitem__)
    return columns["month"]


PERIODS: dict[str, Callable[[Any], Any]] = {"day": day, "week": week, "month": month}


def period_names(name: str, numbers: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the names of days, weeks (their Mondays) or months.

    >>> period_names("week", pd.Series([2930])).tolist(), period_names("month", pd.Series([674]))[0]
    (['2026-02-23'], '2026-03')
    """
    counts = numbers.to_numpy("int64")
    if name == "month":
        dates = np.datetime64("1970-01", "M") + counts
    else:
        days = counts if name == "day" else counts * 7 - _THURSDAY
        dates = np.datetime64("1970-01-01", "D") + days
    return pd.Series(dates.astype("str"), index=numbers.index, dtype="str")
