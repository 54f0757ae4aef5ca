"""Steps of time: what ``every=`` means, and where steps begin in a time zone."""

from datetime import tzinfo
from math import gcd

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from docgen_nb.metrics.engine.encoded_table import DAY
from docgen_nb.metrics.engine.zones import granularity

Step = pd.offsets.BaseOffset
Every = str | pd.Timedelta | pd.DateOffset
_MOST = 1_000_000
_BY_DAYS = (
    pd.offsets.Day,
    pd.offsets.Week,
    pd.offsets.BusinessDay,
    pd.offsets.MonthBegin,
    pd.offsets.MonthEnd,
    pd.offsets.QuarterBegin,
    pd.offsets.QuarterEnd,
    pd.offsets.YearBegin,
    pd.offsets.YearEnd,
)


def step_of(every: Every) -> Step:
    """The step that `every` names, if it names one."""
    hint = "give a pandas offset such as '15s', '1min', '6h', '1D' or 'W-MON'"
    try:
        step = to_offset(every)
    except (ValueError, TypeError) as error:
        raise ValueError(f"every={every!r} is no step of time: {hint}.") from error
    if step is None or step.n < 1:
        raise ValueError(f"every={every!r} is no step of time: {hint}.")
    length = _seconds(step)
    if length is not None and length % 1:
        raise ValueError(f"every={every!r} is no step: the times of jobs are whole seconds.")
    if length is None and not isinstance(step, pd.offsets.Day) and step.n > 1:
        raise ValueError(f"every={every!r} is no step: only one week, month or year at a time.")
    return step


def _seconds(step: Step) -> float | None:
    """How long the step is, or None if that depends on the calendar."""
    if isinstance(step, pd.offsets.Tick):
        return pd.Timedelta(step).total_seconds()
    return None


def grain(step: Step, zone: str | tzinfo) -> int:
    """The coarsest times, in seconds, that still tell the steps apart."""
    length = _seconds(step)
    if length is None:
        length = DAY if isinstance(step, _BY_DAYS) else 60
    # In UTC a step of days or hours begins at a multiple of itself; elsewhere it may not.
    return int(length) if str(zone) == "UTC" else gcd(int(length), granularity(zone))


def edges(
    span: tuple[pd.Timestamp, pd.Timestamp] | None, step: Step, zone: str | tzinfo
) -> pd.DatetimeIndex:
    """The starts of all steps that hold the span, and the end of the last one."""
    if span is None:
        return pd.DatetimeIndex([], dtype=pd.DatetimeTZDtype("us", zone))
    first, last = (moment.tz_convert(zone) for moment in span)
    length = _seconds(step)
    if length is not None and (last - first).total_seconds() / length > _MOST:
        raise ValueError(
            f"every={name(step)!r} makes more than a million steps from {first} to {last}: "
            "take a longer one."
        )
    wall = first.tz_localize(None)
    if length is not None and length <= 3600:
        start = first - (wall - wall.floor(step.freqstr))
        return pd.date_range(start, last + step, freq=step, unit="us")
    by_length = length is not None or isinstance(step, pd.offsets.Day)
    start = wall.floor(step.freqstr) if by_length else step.rollback(wall.normalize())
    walls = pd.date_range(start, last.tz_localize(None) + 2 * step, freq=step, unit="us")
    is_summer = np.ones(len(walls), dtype=bool)
    found = walls.tz_localize(zone, ambiguous=is_summer, nonexistent="shift_forward")
    return found[: found.searchsorted(last, side="right") + 1]


def name(step: Step) -> str:
    """The step as text, such as ``1h``."""
    has_number = step.n > 1 or not isinstance(step, pd.offsets.Tick | pd.offsets.Day)
    return step.freqstr if has_number else f"1{step.freqstr}"
