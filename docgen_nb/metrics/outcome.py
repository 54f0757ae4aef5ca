"""The outcomes of jobs: the number of jobs with each status."""

from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, Grouping, number_groups, parse_by
from docgen_nb.metrics.intervals import wilson

_DTYPES = {"status": "str", "jobs": "int64"} | dict.fromkeys(
    ("share", "share_low", "share_high"), "float64"
)


def outcomes(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return how many jobs have each status, and what share that is.

    One row per status, in the order of `wire.STATUSES`, even if no job has it; then unknown
    statuses by name; then jobs without a status, if any. With `by`, the same for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `load_jobs`. Uses ``status`` (str) and the columns for `by`.
    by : str or sequence of str, optional
        Group by ``template``, ``version``, ``output_type``, ``user``, ``source``, ``folder``, or
        by ``weekday`` or ``hour`` of creation. Grouping by weekday or hour leaves out jobs whose
        creation time is unknown.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``status`` : str
        - ``jobs`` : int64; they sum to the number of jobs
        - ``share`` : float64, 0 to 1, of all jobs in the group, including open ones; NaN if the
          table is empty
        - ``share_low, share_high`` : float64, the 95% confidence interval of the share

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `by` or `time_zone` is not valid.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    ``failed`` means that there is no document. ``completed_with_error`` means that there is a
    document with something missing; it has a row of its own. Shares are of all jobs, also open
    ones; those of `compare_jobs` and `find_incidents` are of finished jobs, and so larger while
    jobs are open. An open job that the service no longer has is ``gone`` in a ledger, a status of
    its own. The interval is Wilson's score
    interval (1927) for the share in future jobs of the same kind. It assumes that jobs are
    independent; jobs of one batch are only partly so.

    Examples
    --------
    >>> jobs = pd.DataFrame({"status": ["completed", "completed", "failed", "pending"]})
    >>> outcomes(jobs).round(2)
                     status  jobs  share  share_low  share_high
    0               pending     1   0.25       0.05        0.70
    1             submitted     0   0.00       0.00        0.49
    2             completed     2   0.50       0.15        0.85
    3  completed_with_error     0   0.00       0.00        0.49
    4                failed     1   0.25       0.05        0.70
    """
    grouping = parse_by(by, time_zone=time_zone)
    needed = ["status", *grouping.needed]
    encoded = encode_jobs(jobs, needed=needed, function="outcomes", grain=grouping.grain)
    counts = grouping.count(encoded, ["status"])
    table = _shares(counts.table, grouping)
    table.attrs = counts.attrs(grouping.zone)
    return table


def _shares(counts: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Fill a matrix of groups and statuses, then list the cells to show."""
    keys, group = number_groups(counts, grouping)
    known = counts["status"].dropna().unique()
    statuses = [*wire.STATUSES, *sorted(set(known) - set(wire.STATUSES))]
    place = pd.Index(statuses).get_indexer(counts["status"])  # -1, the last, if missing
    jobs = np.zeros((len(keys), len(statuses) + 1), dtype="int64")
    np.add.at(jobs, (group, place), counts["jobs"].to_numpy())
    is_shown = jobs > 0
    is_shown[:, : len(wire.STATUSES)] = True
    row, column = np.nonzero(is_shown)
    numbers, totals = jobs[is_shown], jobs.sum(axis=1)[row]
    low, high = wilson(numbers, totals)
    columns = {
        "status": np.array([*statuses, None], dtype="object")[column],
        "jobs": numbers,
        "share": numbers / np.where(totals == 0, np.nan, totals),
        "share_low": low,
        "share_high": high,
    }
    table = keys.take(row).reset_index(drop=True).astype(grouping.dtypes)
    return table.assign(
        **{name: pd.Series(columns[name], dtype=dtype) for name, dtype in _DTYPES.items()}
    )
