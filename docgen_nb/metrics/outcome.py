"""How many jobs have each status."""

from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.engine.inputs import read
from docgen_nb.metrics.groups import By, Groups, groups, numbered
from docgen_nb.metrics.intervals import wilson_limits

_KINDS = {"status": "str", "jobs": "int64"} | dict.fromkeys(
    ("share", "share_low", "share_high"), "float64"
)


def outcomes(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return how many jobs have each status, and what share that is.

    One row per status, in the order of `wire.STATUSES`, also where no job has it; then statuses
    that are not known, by name; then jobs without a status, if there are any. With `by`, the
    same for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `load_jobs`. Uses ``status`` (str), and what `by` names.
    by : str or sequence of str, optional
        Split by ``template``, ``version``, ``output_type``, ``user``, ``source``, ``folder``, or
        by ``weekday`` or ``hour`` of the creation. Jobs whose creation is not known are in no
        group by weekday or hour.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``status`` : str
        - ``jobs`` : int64, their sum is the number of jobs
        - ``share`` : float64, 0 to 1, of all jobs in the group, open ones included; NaN if the
          table is empty
        - ``share_low, share_high`` : float64, the 95 % Wilson interval of that share

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `by` or `time_zone` is none.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    ``failed`` means that there is no document. ``completed_with_error`` means that there is one,
    with something missing in it; it is a row of its own. The interval tells how well these jobs
    show the share in jobs to come of the same kind; it takes jobs as independent, which those of
    one batch are only in part.

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
    chosen = groups(by, time_zone=time_zone)
    needed = ["status", *chosen.needed]
    narrow = read(jobs, needed=needed, function="outcomes", grain=chosen.grain)
    counts = chosen.count(narrow, ["status"])
    table = _shares(counts.table, chosen)
    table.attrs = counts.attrs(chosen.zone)
    return table


def _shares(counts: pd.DataFrame, by: Groups) -> pd.DataFrame:
    """All groups at once: a row for each in a table of jobs by status, and those without one."""
    keys, group = numbered(counts, by)
    known = counts["status"].dropna().unique()
    statuses = [*wire.STATUSES, *sorted(set(known) - set(wire.STATUSES))]
    place = pd.Index(statuses).get_indexer(counts["status"])  # -1, the last, if it has none
    jobs = np.zeros((len(keys), len(statuses) + 1), dtype="int64")
    np.add.at(jobs, (group, place), counts["jobs"].to_numpy())
    is_shown = jobs > 0
    is_shown[:, : len(wire.STATUSES)] = True
    row, column = np.nonzero(is_shown)
    numbers, totals = jobs[is_shown], jobs.sum(axis=1)[row]
    low, high = wilson_limits(numbers, totals)
    found = {
        "status": np.array([*statuses, None], dtype="object")[column],
        "jobs": numbers,
        "share": numbers / np.where(totals == 0, np.nan, totals),
        "share_low": low,
        "share_high": high,
    }
    table = keys.take(row).reset_index(drop=True).astype(by.kinds)
    return table.assign(
        **{name: pd.Series(found[name], dtype=kind) for name, kind in _KINDS.items()}
    )
