"""Time steps: the meaning of ``every=``, and where steps start in a time zone."""

from datetime import tzinfo
from math import gcd

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.frequencies import to_offset

from docgen_nb.metrics.engine.encoded_table import DAY
from docgen_nb.metrics.engine.zones import granularity

Step = pd.offsets.BaseOffset
Every = str | pd.Timedelta | pd.DateOffset
_MOST_STEPS = 1_000_000


def parse_every(every: Every) -> Step:
    """Return the step of ``every=``, or raise if it isn't valid."""
    message = f"every={every!r} is not a time step. Use a pandas offset such as '15s', "
    message += "'1min', '6h', '1D' or 'W-MON'."
    try:
        step = to_offset(every)
    except (ValueError, TypeError) as error:
        raise ValueError(message) from error
    if step is None or step.n < 1:
        raise ValueError(message)
    step = _from_start(step, every)
    length = _seconds(step)
    if length is not None and length % 1:
        raise ValueError(f"every={every!r} is not a whole number of seconds, as job times are.")
    if length is None and not isinstance(step, pd.offsets.Day) and step.n > 1:
        raise ValueError(f"every={every!r} is not supported: use one week, month or year.")
    return step


def _from_start(step: Step, every: Every) -> Step:
    """Return months, quarters and years that start on their first day, not on their last."""
    match step:
        case pd.offsets.MonthEnd():
            return pd.offsets.MonthBegin(step.n)
        case pd.offsets.QuarterEnd():
            return pd.offsets.QuarterBegin(
                step.n, startingMonth=step.kwds["startingMonth"] % 12 + 1
            )
        case pd.offsets.YearEnd():
            return pd.offsets.YearBegin(step.n, month=step.kwds["month"] % 12 + 1)
    if "End" in type(step).__name__:
        raise ValueError(
            f"every={every!r} would start each step on the last day of a period. Use 'MS', 'QS' or "
            "'YS'."
        )
    return step


def _seconds(step: Step) -> float | None:
    """Return the length of the step, or None if it depends on the calendar."""
    return pd.Timedelta(step).total_seconds() if isinstance(step, pd.offsets.Tick) else None


def grain(step: Step, zone: str | tzinfo) -> int:
    """Return the coarsest times, in seconds, that can still be assigned to these steps."""
    length = _seconds(step)
    if length is None:
        is_finer = isinstance(step, pd.offsets.BusinessHour) or type(step) is pd.DateOffset
        length = 60 if is_finer else DAY
    # In UTC a step of days or hours starts at a multiple of itself; in other zones it may not.
    return int(length) if str(zone) == "UTC" else gcd(int(length), granularity(zone))


def span(step: Step) -> int:
    """Return the shortest length of a step in seconds."""
    length = _seconds(step)
    if length is not None:
        return int(length)
    days = {"Day": step.n, "Week": 7, "MonthBegin": 28, "QuarterBegin": 90, "YearBegin": 365}
    name = type(step).__name__
    return days[name] * DAY if name in days else grain(step, "UTC")


def edges(
    times: npt.NDArray[np.int64],
    step: Step,
    zone: str | tzinfo,
    *,
    until: pd.Timestamp | None = None,
) -> pd.DatetimeIndex:
    """Return the start of each step that covers the times, and the end of the last step.

    The times are in microseconds since 1970; with `until`, the steps reach at least that time.
    """
    if not len(times):
        return pd.DatetimeIndex([], dtype=pd.DatetimeTZDtype("us", zone))
    span = pd.to_datetime([times.min(), times.max()], unit="us", utc=True)
    first, last = (time.tz_convert(zone) for time in (span[0], max(span[1], until or span[1])))
    length = _seconds(step)
    if length is not None and (last - first).total_seconds() / length > _MOST_STEPS:
        raise ValueError(
            f"every={name(step)!r} makes more than a million steps from {first} to {last}. "
            "Use a longer step."
        )
    wall = first.tz_localize(None)
    if length is not None and length <= 3600:
        start = first - (wall - wall.floor(step.freqstr))
        return pd.date_range(start, last + step, freq=step, unit="us")
    by_length = length is not None or isinstance(step, pd.offsets.Day)
    start = wall.floor(step.freqstr) if by_length else step.rollback(wall.normalize())
    walls = pd.date_range(start, last.tz_localize(None) + 2 * step, freq=step, unit="us")
    is_summer = np.ones(len(walls), dtype=bool)
    starts = walls.tz_localize(zone, ambiguous=is_summer, nonexistent="shift_forward")
    return starts[: starts.searchsorted(last, side="right") + 1]


def name(step: Step) -> str:
    """Return the step as text, such as ``1h``."""
    has_number = step.n > 1 or not isinstance(step, pd.offsets.Tick | pd.offsets.Day)
    return step.freqstr if has_number else f"1{step.freqstr}"
