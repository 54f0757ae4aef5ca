"""Trends: how many jobs there are, how many fail and how long they take, over time."""

from datetime import tzinfo
from math import gcd, nan
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics import steps
from docgen_nb.metrics.clusters import (
    JobsOfCurve,
    clustered_share,
    share_design,
    with_numbers,
)
from docgen_nb.metrics.engine.batch_counts import BATCH, batch_keys
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, concat_groups, parse_by, split
from docgen_nb.metrics.notes import duration_notes
from docgen_nb.metrics.steps import Every
from docgen_nb.metrics.survival import NEEDED, count_durations, curve

_MICROSECONDS = 1_000_000
_MOST_ROWS = 10_000
_COUNTS = ("jobs", "finished", "failed", "completed_with_error")
_SHARES = ("failed_share", "failed_share_low", "failed_share_high")
_SECONDS = ("median_seconds", "p95_seconds", "p95_seconds_low", "p95_seconds_high")
_LATE = 0.95
_DTYPES: dict[str, Any] = {
    "step_start": None,
    "step_end": None,
    **dict.fromkeys(_COUNTS, "int64"),
    **dict.fromkeys((*_SHARES, *_SECONDS), "float64"),
    "running": "bool",
}


def trend(
    jobs: Any, *, every: Every = "1D", time_zone: str | tzinfo = "UTC", by: By = None
) -> pd.DataFrame:
    """Return how many jobs there were, how many failed and how long they took, step by step.

    One row per step of time, without gaps, from the first creation to the last. With `by`, the
    same steps for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``duration_seconds``
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), the columns for `by`,
        and ``batch_id`` (str) if it is there.
    every : str or offset
        The length of a step, as in `throughput`: ``"1D"``, ``"W-MON"``, ``"MS"``, ``"6h"``.
    time_zone : str or tzinfo
        The time zone in which days start, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``step_start, step_end`` : datetime64[us, `time_zone`]; a job is in the step in which it
          was created, and the start is part of the step
        - ``jobs, finished, failed, completed_with_error`` : int64; open jobs are not finished
        - ``failed_share, failed_share_low, failed_share_high`` : float64, 0 to 1, of the finished
          jobs, with its 95% limits
        - ``median_seconds, p95_seconds, p95_seconds_low, p95_seconds_high`` : float64, the times
          within which half and 95% of the jobs ended, the latter with its 95% limits
        - ``running`` : bool, True for the step in progress when the jobs were read: more jobs of
          it may follow

        Numbers are NaN where too few jobs are finished or have ended, and limits also for jobs of
        too few batches.

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is not a step of whole seconds or makes more than 10,000 rows, if `time_zone` or
        `by` is not valid, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    Shares, times and their limits are those of `compare_jobs`: the jobs of one batch count as
    alike. Jobs whose creation time is unknown are left out. A rise over a few steps is no trend
    yet: intervals that overlap say that the steps may not differ at all.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed", "failed", "completed"],
    ...     "duration_seconds": [4.0, None, 6.0],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2 + ["2026-03-04T09:00Z"]),
    ...     "read_at": pd.to_datetime(["2026-03-04T10:00Z"] * 3),
    ... })
    >>> trend(jobs)[["jobs", "failed", "failed_share", "median_seconds", "running"]]
       jobs  failed  failed_share  median_seconds  running
    0     2       1           0.5             4.0    False
    1     0       0           NaN             NaN    False
    2     1       0           0.0             6.0     True
    """
    step, grouping = steps.parse_every(every), parse_by(by, time_zone=time_zone)
    grain = steps.grain(step, grouping.zone)
    length = grain * _MICROSECONDS
    encoded = encode_jobs(
        jobs,
        needed=[*NEEDED, *grouping.needed],
        function="trend",
        grain=gcd(grain, grouping.grain),
        optional=[BATCH],
    )
    counts = count_durations(
        encoded.with_columns(place=lambda col, where: col("created") // length),
        grouping,
        keys=("place", "status", *batch_keys(encoded)),
    )
    events = counts.table[counts.table["place"] >= 0]
    times = events["place"].to_numpy() * length
    edges = steps.edges(times, step, grouping.zone)
    events = events.assign(step=edges.asi8.searchsorted(times, side="right") - 1)
    parts = list(split(events, grouping)) if len(events) else []
    if len(parts) * (len(edges) - 1) > _MOST_ROWS:
        raise ValueError(
            f"every={steps.name(step)!r} makes more than {_MOST_ROWS:,} rows. Use a longer step."
        )
    read_at = counts.window["read_at"]
    rows = [(key, _columns(part, edges, read_at)) for key, part in parts]
    starts = dict.fromkeys(("step_start", "step_end"), pd.DatetimeTZDtype("us", grouping.zone))
    table = concat_groups(rows, grouping, _DTYPES | starts)
    notes = duration_notes(counts.table)
    table.attrs = counts.attrs(grouping.zone, every=steps.name(step), notes=notes)
    return table


def _columns(
    events: pd.DataFrame, edges: pd.DatetimeIndex, read_at: pd.Timestamp | None
) -> dict[str, Any]:
    """Return the columns of one group, one value per step."""
    by_step = dict(list(with_numbers(events).groupby("step")))
    none = events.iloc[:0]
    rows = [measure_step(by_step.get(place, none)) for place in range(len(edges) - 1)]
    starts, ends = edges.asi8[:-1], edges.asi8[1:]
    now = -1 if read_at is None else int(read_at.timestamp() * _MICROSECONDS)
    columns = dict(zip((*_COUNTS, *_SHARES, *_SECONDS), zip(*rows, strict=True), strict=True))
    return {
        "step_start": starts,
        "step_end": ends,
        **columns,
        "running": (starts <= now) & (now < ends),
    }


def measure_step(counts: pd.DataFrame) -> tuple[float, ...]:
    """Return the numbers of one step from its counts by status, batch and duration."""
    if not len(counts):
        return (*[0] * len(_COUNTS), *[nan] * len((*_SHARES, *_SECONDS)))
    jobs, statuses = counts["jobs"].to_numpy(), counts["status"].array
    finished, failed = statuses.isin(wire.FINISHED), np.asarray(statuses == "failed")
    numbers = [int(jobs.sum()), int(jobs[finished].sum()), int(jobs[failed].sum())]
    gaps = int(jobs[np.asarray(statuses == "completed_with_error")].sum())
    share = clustered_share(numbers[2], share_design(counts, finished, failed))
    one = curve(counts)
    late, _ = JobsOfCurve(counts, one).quantile(_LATE)
    return (*numbers, gaps, *share, one.quantile(0.5), *late)
