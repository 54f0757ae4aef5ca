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


def month(seconds: Any) -> Any:
    """Return the number of months since January 1970 (Howard Hinnant's days_from_civil, 2013)."""
    days = seconds // DAY + _FROM_MARCH
    era = days // _400_YEARS
    of_era = days - era * _400_YEARS
    years = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * years + years // 4 - years // 100)
    from_march = (5 * of_year + 2) // 153  # 0 is March
    return (era * 400 + years) * 12 + from_march + 2 - 1970 * 12


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
