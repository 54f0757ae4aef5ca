"""What changed between two sets of jobs, how surely, and in plain words."""

from collections.abc import Mapping
from datetime import tzinfo
from math import nan
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.inputs import read
from docgen_nb.metrics.groups import By, Groups, groups, joined, split
from docgen_nb.metrics.intervals import Estimate, mover, newcombe
from docgen_nb.metrics.sentences import of_durations, of_shares
from docgen_nb.metrics.survival import COLUMNS, Curve, curve, spans

_KINDS = {
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
    """Return what changed from one set of jobs to another, and how sure that is.

    One row per measure: the share of jobs that failed, the share that completed with an error,
    the median and the 95 % quantile of the durations; with `by`, for each group of either set.

    Parameters
    ----------
    before, after : table or ledger
        One row per job, as from `add_output_times`; no job is in both. Uses ``status`` (str),
        ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown),
        and what `by` names.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        As of `outcomes`.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``measure`` : str, ``failed_share``, ``completed_with_error_share``,
          ``duration_median_seconds`` or ``duration_p95_seconds``
        - ``before, after`` : float64, the measure of each set: a share from 0 to 1, or seconds;
          NaN where there are too few jobs to tell
        - ``difference`` : float64, after less before
        - ``difference_low, difference_high`` : float64, its 95 % limits; NaN where a limit that
          they are made of is not reached
        - ``before_jobs, after_jobs`` : int64, how many jobs the measure stands on: those that
          are finished, for shares; those whose duration is known or still grows, for durations
        - ``sentence`` : str, the row in plain words

    Raises
    ------
    MissingColumn
        If a table lacks a column named above.
    ValueError
        If `by` or `time_zone` is none, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of a table lacks an operation.

    Notes
    -----
    Limits of a difference of shares are Newcombe's hybrid score interval (1998). Durations are
    the quantiles of Kaplan and Meier as of `duration_quantiles`; the limits of their difference
    are made of the limits of each by the method of variance estimates recovery (MOVER; Zou and
    Donner 2008). Both take jobs as independent, which those of one batch are only in part: the
    limits are then too close together. A difference does not tell what made it.

    Examples
    --------
    >>> def jobs(failed, completed):
    ...     return pd.DataFrame({
    ...         "status": ["failed"] * failed + ["completed"] * completed,
    ...         "duration_seconds": [None] * failed + [4.0] * completed,
    ...         "created_at": pd.Timestamp("2026-03-02T09:00Z"),
    ...         "read_at": pd.Timestamp("2026-03-02T10:00Z"),
    ...     })
    >>> found = compare_jobs(jobs(2, 98), jobs(12, 88))
    >>> found.round(3).loc[0, ["before", "after", "difference"]].tolist()
    [0.02, 0.12, 0.1]
    >>> print(found["sentence"][0])
    Of the finished jobs 2.0 % failed before (of 100) and 12.0 % after (of 100): 10.0 percentage
    points more (95 % limits: 2.9 more to 17.9 more).
    """
    chosen = groups(by, time_zone=time_zone)
    old, new = _counts(before, chosen), _counts(after, chosen)
    counts = pd.concat([old.table.assign(side=0), new.table.assign(side=1)], ignore_index=True)
    parts = [(key, _measures(rows)) for key, rows in split(counts, chosen)]
    table = joined(parts, chosen, _KINDS)
    table.attrs = _attrs(old, new, chosen.zone)
    return table


def _counts(jobs: Any, by: Groups) -> Counts:
    narrow = read(jobs, needed=[*COLUMNS, *by.needed], function="compare_jobs", grain=by.grain)
    return spans(narrow, by, keys=("status",))


def _attrs(before: Counts, after: Counts, zone: str | tzinfo) -> dict[Any, Any]:
    """The window from the one to the other, and that of each."""
    first, last = before.attrs(zone), after.attrs(zone)
    return {
        "created_from": first["created_from"],
        "created_to": last["created_to"],
        "read_at": last["read_at"],
        "time_zone": first["time_zone"],
        "jobs": first["jobs"] + last["jobs"],
        "before_to": first["created_to"],
        "after_from": last["created_from"],
    }


def _measures(counts: pd.DataFrame) -> Mapping[str, Any]:
    rows = []
    before, after = (counts[counts["side"] == side] for side in (0, 1))
    for measure, status in _SHARES.items():
        rows.append((measure, *_shares(_number(before, status), _number(after, status), status)))
    curves = curve(before), curve(after)
    for measure, quantile in _QUANTILES.items():
        rows.append((measure, *_durations(*curves, quantile)))
    return dict(zip(_KINDS, zip(*rows, strict=True), strict=True))


Number = tuple[int, int]


def _number(counts: pd.DataFrame, status: str) -> Number:
    """How many jobs have the status, of how many that are finished."""
    jobs = counts["jobs"]
    finished = jobs[counts["status"].isin(wire.FINISHED)].sum()
    return int(jobs[counts["status"] == status].sum()), int(finished)


def _shares(before: Number, after: Number, status: str) -> tuple[Any, ...]:
    old, new = (number / total if total else nan for number, total in (before, after))
    low, high = newcombe(before, after)
    jobs = before[1], after[1]
    sentence = of_shares(status, (old, new), (low, high), jobs)
    return old, new, new - old, low, high, *jobs, sentence


def _durations(before: Curve, after: Curve, quantile: float) -> tuple[Any, ...]:
    old, new = _estimate(before, quantile), _estimate(after, quantile)
    low, high = mover(old, new)
    jobs = before.jobs, after.jobs
    sentence = of_durations(quantile, (old[0], new[0]), (low, high), jobs)
    return old[0], new[0], new[0] - old[0], low, high, *jobs, sentence


def _estimate(found: Curve, quantile: float) -> Estimate:
    return found.quantile(quantile), *found.quantile_limits(quantile)
