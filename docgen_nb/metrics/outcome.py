"""How many jobs have each status."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.groups import By, groups, joined, split
from docgen_nb.metrics.intervals import wilson
from docgen_nb.metrics.reading import read

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
    parts = [(key, _shares(rows)) for key, rows in split(counts.table, chosen)]
    table = joined(parts, chosen, _KINDS)
    table.attrs = counts.attrs(chosen.zone)
    return table


def _shares(counts: pd.DataFrame) -> Mapping[str, Any]:
    known = counts["status"].notna()
    found = dict(zip(counts["status"][known], counts["jobs"][known], strict=True))
    statuses: list[Any] = [*wire.STATUSES, *sorted(set(found) - set(wire.STATUSES))]
    numbers = [int(found.get(status, 0)) for status in statuses]
    total = int(counts["jobs"].sum())
    if sum(numbers) < total:
        statuses.append(None)
        numbers.append(total - sum(numbers))
    limits = np.array([wilson(number, total) for number in numbers])
    return {
        "status": np.array(statuses, dtype="object"),
        "jobs": numbers,
        "share": np.array(numbers) / total if total else np.full(len(numbers), np.nan),
        "share_low": limits[:, 0],
        "share_high": limits[:, 1],
    }
