"""Time zones: validate them, and find when their offset from UTC changes."""

from datetime import tzinfo
from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import HOUR


def validate_zone(time_zone: str | tzinfo) -> str | tzinfo:
    """Return the time zone, or raise if it isn't one."""
    message = f"time_zone={time_zone!r} is not a time zone. Use a name such as 'UTC' or "
    message += "'Europe/Berlin'."
    if not isinstance(time_zone, str | tzinfo):
        raise ValueError(message)
    try:
        pd.DatetimeTZDtype("us", time_zone)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise ValueError(message) from error
    return time_zone


@lru_cache(maxsize=64)
def granularity(zone: str | tzinfo) -> int:
    """Return the longest span, in seconds, that divides the hours of both this zone and UTC."""
    return gcd(HOUR, *(int(offset) for offset in _offsets_of_this_century(zone)))


@lru_cache(maxsize=64)
def is_fixed(zone: str | tzinfo) -> bool:
    """Return whether the zone always has the same offset from UTC."""
    return len(_offsets_of_this_century(zone)) == 1


def _offsets_of_this_century(zone: str | tzinfo) -> npt.NDArray[np.int64]:
    months = pd.date_range("2000-01-01", "2050-01-01", freq="MS", tz="UTC", unit="us")
    return np.unique(_offsets(months, zone))


def _offsets(times: pd.DatetimeIndex, zone: str | tzinfo) -> npt.NDArray[np.int64]:
    """Return by how many seconds the zone is ahead of UTC at each time."""
    ahead: Any = times.tz_convert(zone).tz_localize(None) - times.tz_localize(None)
    seconds: npt.NDArray[np.int64] = (ahead // pd.Timedelta(seconds=1)).to_numpy("int64")
    return seconds


def offset_changes(
    zone: str | tzinfo, first: pd.Timestamp, last: pd.Timestamp
) -> list[tuple[int, int]]:
    """Return pairs: from which second since 1970 the zone is how many seconds ahead of UTC.

    The first pair is of the day of `first`; the others are the changes up to `last`.
    """
    days = pd.date_range(first.floor("D"), last.ceil("D"), freq="D", unit="us")
    ahead = _offsets(days, zone)
    changes = [(int(days[0].timestamp()), int(ahead[0]))]
    for place in np.flatnonzero(np.diff(ahead)).tolist():
        minutes = pd.date_range(days[place], days[place + 1], freq="min", unit="us")
        change = np.flatnonzero(_offsets(minutes, zone) != ahead[place])[0]
        changes.append((int(minutes[change].timestamp()), int(ahead[place + 1])))
    return changes
