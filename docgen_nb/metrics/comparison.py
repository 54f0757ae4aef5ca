"""Compare two sets of jobs: each difference with its interval and a sentence."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.clusters import (
    Design,
    JobsOfCurve,
    clustered_share,
    like,
    share_design,
)
from docgen_nb.metrics.engine.batch_counts import BATCH, batch_keys, limits_name
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, Grouping, concat_groups, parse_by, split
from docgen_nb.metrics.intervals import Estimate, mover
from docgen_nb.metrics.notes import duration_notes
from docgen_nb.metrics.sentences import compare_quantiles, compare_shares, compare_volumes
from docgen_nb.metrics.survival import NEEDED, Curve, count_durations, curve

_DTYPES = {
    "measure": "str",
    **dict.fromkeys(
        ("before", "after", "difference", "difference_low", "difference_high"), "float64"
    ),
    **dict.fromkeys(("before_jobs", "after_jobs", "before_batches", "after_batches"), "int64"),
    "sentence": "str",
}
_SHARES = {"failed_share": "failed", "completed_with_error_share": "completed_with_error"}
_QUANTILES = {"duration_median_seconds": 0.5, "duration_p95_seconds": 0.95}


def compare_jobs(
    before: Any, after: Any, *, time_zone: str | tzinfo = "UTC", by: By = None
) -> pd.DataFrame:
    """Return what changed from one set of jobs to another, and how certain that is.

    One row per measure: the share of jobs that failed, the share that completed with an error,
    the median and 95% quantile of the durations, and the number of jobs. With `by`, the same for
    each group of either set.

    Parameters
    ----------
    before, after : table or ledger
        One row per job, as from `add_output_times`; no job should be in both. Uses ``status``
        (str), ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where
        unknown), the columns for `by`, and ``batch_id`` (str) if it is there.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``measure`` : str, ``failed_share``, ``completed_with_error_share``,
          ``duration_median_seconds``, ``duration_p95_seconds`` or ``jobs``
        - ``before, after`` : float64, the measure of each set: a share from 0 to 1, seconds, or
          all jobs, also open ones; NaN if there are too few jobs to estimate it
        - ``difference`` : float64, after minus before
        - ``difference_low, difference_high`` : float64, its 95% confidence limits; NaN if a
          limit of either value is unknown, if either set has too few batches, or for the number
          of jobs, which is counted
        - ``before_jobs, after_jobs`` : int64, the number of jobs that the measure is based on:
          finished jobs for shares, ended and open jobs for durations, else all
        - ``before_batches, after_batches`` : int64, the number of their batches; 0 if the table
          has no ``batch_id``
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
    Shares are of finished jobs; those of `outcomes` are of all jobs, also open ones, and so
    smaller while jobs are open. The interval of a difference of shares is Newcombe's hybrid score
    interval (1998, method 10).
    Durations are the Kaplan-Meier quantiles of `duration_quantiles`; the interval of their
    difference follows from the interval of each by MOVER, the method of variance estimates
    recovery (Zou and Donner 2008).

    Jobs of one batch are alike, so they count for less than independent ones. If a table has the
    column ``batch_id``, the number of jobs is divided by the design effect of its batches: for
    shares as in Rao and Scott (1992); for quantiles, as in Woodruff (1952), that of the share of
    jobs that take longer. Limits use Student's t, with the degrees of freedom of batches of equal
    size. A job without a batch is a batch of its own. There is no interval if the jobs of a set
    are worth fewer than 60 independent ones, or are in fewer than four batches of equal size;
    the sentence says which. Batches are assumed to be independent of each other.

    Without ``batch_id`` the intervals are plain: they assume that jobs are independent, and are
    too narrow if they are not. ``attrs["limits"]`` is ``"batches"`` if both tables have batches,
    else ``"independent jobs"``, and ``attrs["notes"]`` says which durations are left out or may be
    too long. A difference does not show its cause. One interval in 20 misses
    the true difference, so of many measures and groups some differ by chance.

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
    10.0 percentage points more (95% interval for independent jobs: 2.9 more to 17.9 more).
    """
    grouping = parse_by(by, time_zone=time_zone)
    old, new = _count(before, grouping), _count(after, grouping)
    counts = pd.concat([old.table.assign(side=0), new.table.assign(side=1)], ignore_index=True)
    counts.attrs = new.table.attrs or old.table.attrs
    groups = [(key, _sides(rows)) for key, rows in split(counts, grouping)]
    table = concat_groups([(key, _measures(*sides)) for key, sides in groups], grouping, _DTYPES)
    first, last = old.attrs(grouping.zone), new.attrs(grouping.zone)
    table.attrs = last | {
        "limits": limits_name(old.table, new.table),
        "notes": duration_notes(counts, [side.curve for _, sides in groups for side in sides]),
        "created_from": first["created_from"],
        "jobs": first["jobs"] + last["jobs"],
        "before_to": first["created_to"],
        "after_from": last["created_from"],
    }
    return table


def _count(jobs: Any, grouping: Grouping) -> Counts:
    needed = [*NEEDED, *grouping.needed]
    encoded = encode_jobs(
        jobs, needed=needed, function="compare_jobs", grain=grouping.grain, optional=[BATCH]
    )
    return count_durations(encoded, grouping, keys=("status", *batch_keys(encoded)))


class _Side(NamedTuple):
    """The counts of one set of jobs, and their durations."""

    counts: pd.DataFrame
    curve: Curve
    jobs: JobsOfCurve


def _sides(counts: pd.DataFrame) -> tuple[_Side, _Side]:
    before, after = (counts[counts["side"] == side] for side in (0, 1))
    return _side(before), _side(after)


def _side(counts: pd.DataFrame) -> _Side:
    one = curve(counts)
    return _Side(counts, one, JobsOfCurve(counts, one))


def _measures(before: _Side, after: _Side) -> Mapping[str, Any]:
    sides = before.counts, after.counts
    rows = [
        _row(measure, _shares(sides, status), partial(compare_shares, status))
        for measure, status in _SHARES.items()
    ] + [
        _row(
            measure,
            [side.jobs.quantile(level) for side in (before, after)],
            partial(compare_quantiles, level),
        )
        for measure, level in _QUANTILES.items()
    ]
    rows.append(_volume(*(int(side["jobs"].sum()) for side in sides)))
    return dict(zip(_DTYPES, zip(*rows, strict=True), strict=True))


Measured = tuple[Estimate, Design]  # an estimate, and what the jobs behind it are worth


def _shares(sides: Sequence[pd.DataFrame], status: str) -> list[Measured]:
    """Return the share of a status on each side.

    Where no job or every job has it, nothing shows how alike the jobs of a batch are; they are
    taken to be as alike as on the other side.
    """
    numbers, designs = [], []
    for side in sides:
        statuses = side["status"].to_numpy("object")
        has = statuses == status
        numbers.append(int(side["jobs"].to_numpy()[has].sum()))
        designs.append(share_design(side, np.isin(statuses, wire.FINISHED), has))
    varies = [0 < number < design.jobs for number, design in zip(numbers, designs, strict=True)]
    if varies == [True, False]:
        designs[1] = like(designs[1], designs[0])
    elif varies == [False, True]:
        designs[0] = like(designs[0], designs[1])
    return [
        (clustered_share(number, design), design)
        for number, design in zip(numbers, designs, strict=True)
    ]


def _volume(before: int, after: int) -> tuple[Any, ...]:
    """Return the row of the number of jobs."""
    numbers = float(before), float(after), float(after - before), math.nan, math.nan
    return "jobs", *numbers, before, after, 0, 0, compare_volumes(before, after)


def _row(measure: str, sides: Sequence[Measured], describe: Callable[..., str]) -> tuple[Any, ...]:
    (before, old), (after, new) = sides
    values, limits, designs = (before[0], after[0]), mover(before, after), (old, new)
    if not (old.has_enough and new.has_enough):
        limits = math.nan, math.nan
    counts = old.jobs, new.jobs, old.batches or 0, new.batches or 0
    sentence = describe(values, limits, designs)
    return measure, *values, values[1] - values[0], *limits, *counts, sentence
