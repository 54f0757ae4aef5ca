"""Compare two sets of jobs: each difference with its interval and a sentence."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, Grouping, concat_groups, parse_by, split
from docgen_nb.metrics.intervals import Estimate, mover, share_estimate
from docgen_nb.metrics.sentences import compare_quantiles, compare_shares
from docgen_nb.metrics.survival import NEEDED, Curve, count_durations, curve

_DTYPES = {
    "measure": "str",
    **dict.fromkeys(
        ("before", "after", "difference", "difference_low", "difference_high"), "float64"
    ),
    **dict.fromkeys(("before_jobs", "after_jobs"), "int64"),
    "sentence": "str",
}
_SHARES = {"failed_share": "failed", "completed_with_error_share": "completed_with_error"}
_QUANTILES = {"duration_median_seconds": 0.5, "duration_p95_seconds": 0.95}


def compare_jobs(
    before: Any, after: Any, *, time_zone: str | tzinfo = "UTC", by: By = None
) -> pd.DataFrame:
    """Return what changed from one set of jobs to another, and how certain that is.

    One row per measure: the share of jobs that failed, the share that completed with an error,
    and the median and 95% quantile of the durations. With `by`, the same for each group of
    either set.

    Parameters
    ----------
    before, after : table or ledger
        One row per job, as from `add_output_times`; no job should be in both. Uses ``status``
        (str), ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where
        unknown), and the columns for `by`.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``measure`` : str, ``failed_share``, ``completed_with_error_share``,
          ``duration_median_seconds`` or ``duration_p95_seconds``
        - ``before, after`` : float64, the measure of each set: a share from 0 to 1, or seconds;
          NaN if there are too few jobs to estimate it
        - ``difference`` : float64, after minus before
        - ``difference_low, difference_high`` : float64, its 95% confidence limits; NaN if a
          limit of either value is unknown
        - ``before_jobs, after_jobs`` : int64, the number of jobs that the measure is based on:
          finished jobs for shares, ended and open jobs for durations
        - ``sentence`` : str, a sentence about the row

    Raises
    ------
    MissingColumn
        If a table lacks a column named above.
    ValueError
        If `by` or `time_zone` is not valid, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of a table lacks an operation.

    Notes
    -----
    The interval of a difference of shares is Newcombe's hybrid score interval (1998, method 10).
    Durations are the Kaplan-Meier quantiles of `duration_quantiles`; the interval of their
    difference follows from the interval of each by MOVER, the method of variance estimates
    recovery (Zou and Donner 2008). Both assume that jobs are independent. Jobs of one batch are
    only partly so, which makes the intervals too narrow. A difference does not show its cause.

    Examples
    --------
    >>> def jobs(failed, completed):
    ...     return pd.DataFrame({
    ...         "status": ["failed"] * failed + ["completed"] * completed,
    ...         "duration_seconds": [None] * failed + [4.0] * completed,
    ...         "created_at": pd.Timestamp("2026-03-02T09:00Z"),
    ...         "read_at": pd.Timestamp("2026-03-02T10:00Z"),
    ...     })
    >>> change = compare_jobs(jobs(2, 98), jobs(12, 88))
    >>> change.round(3).loc[0, ["before", "after", "difference"]].tolist()
    [0.02, 0.12, 0.1]
    >>> print(change["sentence"][0])
    2.0% of the finished jobs failed before (100 jobs) and 12.0% after (100 jobs):
    10.0 percentage points more (95% interval: 2.9 more to 17.9 more).
    """
    grouping = parse_by(by, time_zone=time_zone)
    old, new = _count(before, grouping), _count(after, grouping)
    counts = pd.concat([old.table.assign(side=0), new.table.assign(side=1)], ignore_index=True)
    parts = [(key, _measures(rows)) for key, rows in split(counts, grouping)]
    table = concat_groups(parts, grouping, _DTYPES)
    first, last = old.attrs(grouping.zone), new.attrs(grouping.zone)
    table.attrs = last | {
        "created_from": first["created_from"],
        "jobs": first["jobs"] + last["jobs"],
        "before_to": first["created_to"],
        "after_from": last["created_from"],
    }
    return table


def _count(jobs: Any, grouping: Grouping) -> Counts:
    needed = [*NEEDED, *grouping.needed]
    encoded = encode_jobs(jobs, needed=needed, function="compare_jobs", grain=grouping.grain)
    return count_durations(encoded, grouping, keys=("status",))


def _measures(counts: pd.DataFrame) -> Mapping[str, Any]:
    sides = [counts[counts["side"] == side] for side in (0, 1)]
    curves = [curve(side) for side in sides]
    rows = [
        _row(measure, [_share(side, status) for side in sides], partial(compare_shares, status))
        for measure, status in _SHARES.items()
    ] + [
        _row(measure, [_quantile(one, level) for one in curves], partial(compare_quantiles, level))
        for measure, level in _QUANTILES.items()
    ]
    return dict(zip(_DTYPES, zip(*rows, strict=True), strict=True))


Measured = tuple[Estimate, int]  # an estimate, and the number of jobs that it is based on


def _share(counts: pd.DataFrame, status: str) -> Measured:
    jobs = counts["jobs"]
    finished = int(jobs[counts["status"].isin(wire.FINISHED)].sum())
    return share_estimate(int(jobs[counts["status"] == status].sum()), finished), finished


def _quantile(curve: Curve, quantile: float) -> Measured:
    return (curve.quantile(quantile), *curve.quantile_limits(quantile)), curve.jobs


def _row(measure: str, sides: Sequence[Measured], describe: Callable[..., str]) -> tuple[Any, ...]:
    (before, before_jobs), (after, after_jobs) = sides
    values, limits = (before[0], after[0]), mover(before, after)
    jobs = before_jobs, after_jobs
    sentence = describe(values, limits, jobs)
    return measure, *values, values[1] - values[0], *limits, *jobs, sentence
