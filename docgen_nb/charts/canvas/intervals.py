"""When a title may claim that one share is larger than the others."""

from math import exp, isnan, lgamma, log, sqrt
from typing import Any

import pandas as pd

_NORMAL_975 = 1.959963984540054
_ALPHA = 0.025


def effective_jobs(table: pd.DataFrame, *, share: str = "share") -> "pd.Series[Any]":
    """Return the number of independent jobs that each interval was made for, NaN if unknown.

    The product of Wilson's limits gives it, so it counts batches if the table does.
    """
    low, high = table[f"{share}_low"], table[f"{share}_high"]
    known = low > 0
    ratio = table[share] ** 2 / (low * high).where(known) - 1
    return (_NORMAL_975**2 / ratio).where(ratio > 0)


def wilson(share: float, jobs: float) -> tuple[float, float]:
    """Return the 95% limits of a share of independent jobs (Wilson 1927).

    >>> low, high = wilson(0.1, 100)
    >>> round(low, 3), round(high, 3)
    (0.055, 0.174)
    """
    if not jobs > 0 or isnan(share):
        return float("nan"), float("nan")
    z = _NORMAL_975**2 / jobs
    middle = (share + z / 2) / (1 + z)
    reach = sqrt(z * share * (1 - share) + z * z / 4) / (1 + z)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def stands_out(table: pd.DataFrame, *, count: str, total: str) -> Any | None:
    """Return the label of the row whose share lies above that of all others together, or None.

    That is the row with the highest lower limit, if this limit lies above the upper limit of the
    other rows taken together. Jobs of the others are as alike as those of the row.
    """
    known = table[table["share_low"] > 0]
    if len(table) < 2 or known.empty:
        return None
    first: Any = known["share_low"].idxmax()
    low = float(known["share_low"].max())
    others = table.drop(index=first)
    jobs = float(others[total].sum())
    alike = float(effective_jobs(known)[first]) / float(table[total][first])
    if not jobs or isnan(alike):
        return None
    _, high = wilson(float(others[count].sum()) / jobs, jobs * min(alike, 1.0))
    return first if low > high else None


def is_high(failed: pd.DataFrame, share: float) -> "pd.Series[bool]":
    """Return which shares are above that of all jobs, corrected for their number."""
    jobs = effective_jobs(failed)
    pairs = zip(jobs * failed["share"], jobs * share, strict=True)
    chances = [_poisson_tail(number, mean) for number, mean in pairs]
    is_rare = pd.Series(chances, index=failed.index) < _ALPHA / max(len(failed), 1)
    return (failed["share_low"] > 0) & is_rare


def _poisson_tail(number: float, mean: float) -> float:
    """Return the probability of this number of events or more; 1 if the number is unknown."""
    if not number > mean:
        return 1.0
    terms = [-mean + event * log(mean) - lgamma(event + 1) for event in range(int(number))]
    return max(0.0, 1.0 - sum(map(exp, terms)))
