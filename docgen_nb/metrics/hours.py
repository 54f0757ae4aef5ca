"""How long jobs take in each hour of the week."""

from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.metrics.clusters import JobsOfCurve
from docgen_nb.metrics.duration import validate_quantiles
from docgen_nb.metrics.engine.batch_counts import limits_name
from docgen_nb.metrics.groups import By, by_names, concat_groups, largest_day_shares, parse_by
from docgen_nb.metrics.notes import duration_notes, limit_notes
from docgen_nb.metrics.survival import RARE, UNKNOWN, Group, curves

_PARTS = ("weekday", "hour")
_DTYPES = dict.fromkeys(("jobs", "ended", "censored"), "int64") | dict.fromkeys(
    (
        *("duration_seconds", "duration_low_seconds", "duration_high_seconds"),
        "largest_day_share",
    ),
    "float64",
)


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
        `by`; where present, ``batch_id`` (str), ``finished_source``, ``finished_after`` and
        ``finished_before``.
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
        - ``duration_low_seconds, duration_high_seconds`` : float64, its simultaneous 95% confidence
          limits; NaN if a limit cannot be known, or if there are too few batches
        - ``largest_day_share`` : float64, 0 to 1, of the jobs that took as long as the quantile or
          longer, the share created on one day, the day with most of them; NaN if unknown

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
    with few jobs: ``ended`` is the number it is based on. Among the many hours of a week, some are
    slow by chance. The limits therefore hold for all rows at once: the probability that a limit of
    any row misses is 5%, by Bonferroni's correction. They are wider than those of
    `duration_quantiles`, and count batches in the same way; ``attrs["limits"]`` says whether they
    do. One bad day can make an hour of the week slow: ``largest_day_share``, which is unknown above
    200,000 jobs, is then close to 1. Jobs whose creation time is
    unknown are left out. A ledger of more than 200,000 jobs uses its hourly counts, which contain
    only the hour in which an open job was created, so the job counts as open for up to an hour
    less. While many jobs of the last hours are open, a quantile may therefore be shorter than that
    of ``ledger.jobs()``.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed"] * 3,
    ...     "duration_seconds": [2.0, 90.0, 5.0],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2 + ["2026-03-03T10:00Z"]),
    ...     "read_at": pd.to_datetime(["2026-03-04T09:01Z"] * 3),
    ... })
    >>> hours = slow_hours(jobs, quantile=0.5)
    >>> hours[["weekday", "hour", "jobs", "ended", "censored", "duration_seconds"]]
       weekday  hour  jobs  ended  censored  duration_seconds
    0        0     9     2      2         0              90.0
    1        1    10     1      1         0               5.0
    """
    (wanted,) = validate_quantiles([quantile])
    for name in {*by_names(by)}.intersection(_PARTS):
        raise ValueError(f"slow_hours already groups by {name!r}. Leave it out of by=.")
    grouping = parse_by([*by_names(by), *_PARTS], time_zone=time_zone)
    counts, groups = curves(jobs, grouping, function="slow_hours", by_day=True)
    rare = RARE / max(len(groups), 1)
    measured = [
        JobsOfCurve(group.counts, group.curve).quantile(wanted, rare=rare) for group in groups
    ]
    pairs = zip(groups, measured, strict=True)
    parts = [(group.key, _columns(group, *estimate)) for group, (estimate, _) in pairs]
    table = concat_groups(parts, grouping, _DTYPES)
    notes = duration_notes(counts.table, [group.curve for group in groups], quantile=wanted)
    notes += limit_notes([design for _, design in measured], rows="hours")
    limits = limits_name(counts.table)
    table.attrs = counts.attrs(grouping.zone, limits=limits, quantile=wanted, notes=notes)
    return table


def _columns(group: Group, seconds: float, low: float, high: float) -> dict[str, list[Any]]:
    curve, rows = group.curve, group.counts
    is_slow = (rows["kind"].to_numpy() < UNKNOWN) & (rows["time"].to_numpy() >= seconds * 1000)
    slow = rows[is_slow]
    return {
        "jobs": [curve.jobs + curve.unknown],
        "ended": [int(curve.ended.sum())],
        "censored": [int(curve.censored.sum())],
        "duration_seconds": [seconds],
        "duration_low_seconds": [low],
        "duration_high_seconds": [high],
        "largest_day_share": largest_day_shares(slow, np.zeros(len(slow), dtype="int64"), 1),
    }
