"""How long jobs take in each hour of the week."""

from datetime import tzinfo
from typing import Any

import pandas as pd

from docgen_nb.metrics.duration import validate_quantiles
from docgen_nb.metrics.groups import By, by_names, concat_groups, parse_by
from docgen_nb.metrics.notes import duration_notes
from docgen_nb.metrics.survival import curves

_PARTS = ("weekday", "hour")
_DTYPES = {**dict.fromkeys(("jobs", "ended", "censored"), "int64"), "duration_seconds": "float64"}


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
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and the columns for
        `by`.
    quantile : float
        Between 0 and 1; 0.95 gives the time within which 95% of jobs ended.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`, except weekday and hour.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``weekday`` : int64, of creation; Monday is 0
        - ``hour`` : int64, 0 to 23, of creation
        - ``jobs`` : int64, all jobs created in that hour of the week
        - ``ended`` : int64, jobs whose duration is known
        - ``censored`` : int64, jobs that were still open when they were read
        - ``duration_seconds`` : float64, the quantile; NaN if too few jobs ended to estimate it

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `quantile` is not between 0 and 1, if `by` or `time_zone` is not valid, or if the times
        of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The quantile is the Kaplan-Meier estimate of `duration_quantiles`. It is uncertain for an hour
    with few jobs: ``ended`` is the number it is based on. Jobs whose creation time is unknown are
    left out. A ledger uses its hourly counts, which contain only the hour in which an open job was
    created, so the job counts as open for up to an hour less. While many jobs of the last hours
    are open, a quantile may therefore be shorter than that of ``ledger.jobs()``.

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
    (wanted,) = validate_quantiles([quantile])
    for name in {*by_names(by)}.intersection(_PARTS):
        raise ValueError(f"slow_hours already groups by {name!r}. Leave it out of by=.")
    grouping = parse_by([*by_names(by), *_PARTS], time_zone=time_zone)
    counts, by_hour = curves(jobs, grouping, function="slow_hours")
    parts = [
        (
            key,
            {
                "jobs": [curve.jobs + curve.unknown],
                "ended": [int(curve.ended.sum())],
                "censored": [int(curve.censored.sum())],
                "duration_seconds": [curve.quantile(wanted)],
            },
        )
        for key, curve in by_hour
    ]
    table = concat_groups(parts, grouping, _DTYPES)
    of_hours = [curve for _, curve in by_hour]
    notes = duration_notes(counts.table, of_hours, quantile=wanted)
    table.attrs = counts.attrs(grouping.zone, quantile=wanted, notes=notes)
    return table
