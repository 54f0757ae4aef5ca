"""How long jobs take at each hour of the week."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import pandas as pd

from docgen_nb.metrics.duration import checked_quantiles
from docgen_nb.metrics.engine.inputs import read
from docgen_nb.metrics.groups import By, groups, joined, names_of, split
from docgen_nb.metrics.survival import COLUMNS, curve, spans

_PARTS = ("weekday", "hour")
_KINDS = {**dict.fromkeys(("jobs", "ended", "censored"), "int64"), "duration_seconds": "float64"}


def slow_hours(
    jobs: Any, *, quantile: float = 0.95, time_zone: str | tzinfo = "UTC", by: By = None
) -> pd.DataFrame:
    """Return the time within which a given share of jobs ended, for each hour of the week.

    One row per weekday and hour in which jobs were created, in order; with `by`, the same for
    each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``duration_seconds``
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and what `by` names.
    quantile : float
        Above 0 and below 1; 0.95 asks for the time within which 95 % of jobs ended.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        As of `outcomes`, but for the weekday and the hour.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``weekday`` : int64, of the creation; Monday is 0
        - ``hour`` : int64, 0 to 23, of the creation
        - ``jobs`` : int64, all jobs created in that hour of the week
        - ``ended`` : int64, those whose duration is known
        - ``censored`` : int64, those still open when they were read
        - ``duration_seconds`` : float64, the quantile; NaN where too few have ended to tell

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `quantile` is not between 0 and 1, if `by` or `time_zone` is none, or if the times of
        a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The quantile is that of `duration_quantiles`, of Kaplan and Meier. An hour of few jobs has an
    uncertain one: ``ended`` tells how many it stands on. Jobs whose creation is not known are
    left out. A ledger answers from its hourly counts, which tell of an open job only the hour of
    its creation: it counts as open for an hour less than that, so that a quantile may be shorter
    than that of ``ledger.jobs()`` while many jobs of the last hours are open.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed"] * 3,
    ...     "duration_seconds": [2.0, 90.0, 5.0],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2 + ["2026-03-03T10:00Z"]),
    ...     "read_at": pd.to_datetime(["2026-03-04T09:01Z"] * 3),
    ... })
    >>> slow_hours(jobs, quantile=0.5)
       weekday  hour  jobs  ended  censored  duration_seconds
    0        0     9     2      2         0              90.0
    1        1    10     1      1         0               5.0
    """
    (wanted,) = checked_quantiles([quantile])
    for name in {*names_of(by)}.intersection(_PARTS):
        raise ValueError(f"slow_hours splits by {name!r} as it is: leave it out of by=.")
    chosen = groups([*names_of(by), *_PARTS], time_zone=time_zone)
    narrow = read(
        jobs, needed=[*COLUMNS, *chosen.needed], function="slow_hours", grain=chosen.grain
    )
    counts = spans(narrow, chosen)
    hours = [(key, _hour(rows, wanted)) for key, rows in split(counts.table, chosen)]
    table = joined(hours, chosen, _KINDS)
    table.attrs = counts.attrs(chosen.zone, quantile=wanted)
    return table


def _hour(counts: pd.DataFrame, quantile: float) -> Mapping[str, Any]:
    found = curve(counts)
    return {
        "jobs": [int(counts["jobs"].sum())],
        "ended": [int(found.ended.sum())],
        "censored": [int(found.censored.sum())],
        "duration_seconds": [found.quantile(quantile)],
    }
