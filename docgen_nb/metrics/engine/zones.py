"""Time zones: which there are, and when their clocks are changed."""

from datetime import tzinfo
from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import HOUR, SECOND


def checked_zone(time_zone: str | tzinfo) -> str | tzinfo:
    """The time zone, if it is one."""
    hint = "give a name such as 'UTC' or 'Europe/Berlin'"
    if not isinstance(time_zone, str | tzinfo):
        raise ValueError(f"time_zone={time_zone!r} is no time zone: {hint}.")
    try:
        pd.DatetimeTZDtype("us", time_zone)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise ValueError(f"time_zone={time_zone!r} is no time zone: {hint}.") from error
    return time_zone


@lru_cache(maxsize=64)
def granularity(zone: str | tzinfo) -> int:
    """The longest span in seconds of which hours of this zone and of UTC are both multiples."""
    return gcd(HOUR, *(int(offset) for offset in _offsets_of_this_century(zone)))


@lru_cache(maxsize=64)
def is_fixed(zone: str | tzinfo) -> bool:
    """Whether the clocks of this zone are never changed."""
    return len(_offsets_of_this_century(zone)) == 1


def _offsets_of_this_century(zone: str | tzinfo) -> npt.NDArray[np.int64]:
    months = pd.date_range("2000-01-01", "2050-01-01", freq="MS", tz="UTC", unit="us")
    return np.unique(_offsets(months, zone))


def _offsets(moments: pd.DatetimeIndex, zone: str | tzinfo) -> npt.NDArray[np.int64]:
    """How many seconds the clocks of the zone are ahead of UTC."""
    ahead: Any = moments.tz_convert(zone).tz_localize(None) - moments.tz_localize(None)
    seconds: npt.NDArray[np.int64] = (ahead // pd.Timedelta(seconds=1)).to_numpy("int64")
    return seconds


def changes(zone: str | tzinfo, first: pd.Timestamp, last: pd.Timestamp) -> list[tuple[int, int]]:
    """From which second since 1970 on the clocks are how many seconds ahead of UTC.

    The first of them is before `first`; further ones are up to `last`.
    """
    days = pd.date_range(first.floor("D"), last.ceil("D"), freq="D", unit="us")
    ahead = _offsets(days, zone)
    seconds = (days.as_unit("s").asi8).tolist()
    found = [(seconds[0], int(ahead[0]))]
    for place in np.flatnonzero(np.diff(ahead)):
        found.append((_change(zone, seconds[place], seconds[place + 1]), int(ahead[place + 1])))
    return found


def _change(zone: str | tzinfo, before: int, after: int) -> int:
    """The second at which the clocks are changed, by halving the span."""
    old = _ahead(zone, before)
    while after - before > SECOND:
        middle = (before + after) // 2
        if _ahead(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _ahead(zone: str | tzinfo, second: int) -> int:
    return int(_offsets(pd.DatetimeIndex([pd.Timestamp(second, unit="s", tz="UTC")]), zone)[0])
