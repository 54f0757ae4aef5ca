"""The outcomes of jobs: the number of jobs with each status."""

from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.clusters import Floats, batch_numbers, design_effects, moments
from docgen_nb.metrics.engine.batch_counts import batch_keys, count_finely, limits_name
from docgen_nb.metrics.engine.encoded_table import EncodedTable
from docgen_nb.metrics.groups import (
    DAY_NUMBER,
    By,
    Grouping,
    largest_day_shares,
    number_groups,
    parse_by,
    to_column,
)
from docgen_nb.metrics.intervals import NORMAL_975, wilson

Integers = npt.NDArray[np.int64]

_DTYPES = {"status": "str", "jobs": "int64"} | dict.fromkeys(
    ("share", "share_low", "share_high"), "float64"
)
_DAY = "largest_day_share"


def outcomes(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return how many jobs have each status, and what share that is.

    One row per status, in the order of `wire.STATUSES`, even if no job has it; then unknown
    statuses by name; then jobs without a status, if any. With `by`, the same for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `load_jobs`. Uses ``status`` (str), the columns for `by`, and
        ``batch_id`` (str) if it is there.
    by : str or sequence of str, optional
        Group by ``template``, ``version``, ``output_type``, ``user``, ``source``, ``folder``, or
        by the time of creation: ``weekday``, ``hour`` (0 to 23), ``day`` (``2026-03-02``), ``week``
        (its Monday) or ``month`` (``2026-03``). Grouping by time leaves out jobs whose creation
        time is unknown.
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
        - ``share_low, share_high`` : float64, the 95% confidence interval of the share; NaN for
          jobs of too few batches
        - ``largest_day_share`` : float64, only by weekday and hour: the share of these jobs
          that were created on one day, the day with most of them; NaN without jobs, and above
          200,000 jobs

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
    its own. The interval is Wilson's score interval (1927) for the share in future jobs of the same
    kind. With ``batch_id`` it counts batches (design effect of Rao and Scott 1992), because the
    jobs of one batch are alike. Without it, and above 200,000 jobs, it assumes independent jobs
    and is too narrow if they are not; ``attrs["limits"]`` says which.

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
    counts = count_finely(
        jobs,
        lambda encoded, finely: grouping.count(
            encoded, ["status", *(_fine_keys(encoded, grouping) if finely else ())]
        ),
        needed=["status", *grouping.needed],
        function="outcomes",
        grain=grouping.grain,
    )
    table = _shares(counts.table, grouping)
    table.attrs = counts.attrs(grouping.zone, limits=limits_name(counts.table))
    return table


def _fine_keys(table: EncodedTable, grouping: Grouping) -> tuple[str, ...]:
    return (*batch_keys(table), *((DAY_NUMBER,) if grouping.is_heat_map else ()))


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
    effect, normal = _designs(counts, group, place, jobs.shape)
    low, high = wilson(numbers / effect[is_shown], totals / effect[is_shown], normal[is_shown])
    dtypes, days = _DTYPES, {}
    if grouping.is_heat_map:
        cell = group * jobs.shape[1] + place % jobs.shape[1]
        largest = largest_day_shares(counts, cell, jobs.size).reshape(jobs.shape)
        dtypes, days = _DTYPES | {_DAY: "float64"}, {_DAY: largest[is_shown]}
    columns = {
        "status": np.array([*statuses, None], dtype="object")[column],
        "jobs": numbers,
        "share": numbers / np.where(totals == 0, np.nan, totals),
        "share_low": low,
        "share_high": high,
        **days,
    }
    of_groups = {
        name: to_column(keys[name].take(row), kind) for name, kind in grouping.dtypes.items()
    }
    return pd.DataFrame(
        of_groups | {name: to_column(columns[name], dtype) for name, dtype in dtypes.items()}
    )


def _designs(
    counts: pd.DataFrame, group: Integers, place: Integers, shape: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Return the design effect of each share, and the quantile for its limits."""
    effect, normal = np.ones(shape), np.full(shape, NORMAL_975)
    batch = batch_numbers(counts)
    if batch is not None:
        jobs = counts["jobs"].to_numpy()
        for status in np.unique(place):
            hits = jobs * (place == status)
            sums = moments(batch, jobs, hits, group=group, groups=shape[0])
            effect[:, status], _, normal[:, status] = design_effects(sums)
        none = np.setdiff1d(np.arange(shape[1]), place)
        sums = moments(batch, jobs, jobs * 0, group=group, groups=shape[0])
        effect[:, none], _, normal[:, none] = (one[:, None] for one in design_effects(sums))
    return effect, normal
