"""The batches of a table of jobs."""

from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import MissingColumn
from docgen_nb.frames.columns import TIME

_NEEDED = ("batch_id", "template_id", "template_version_id", "output_type", "status", "created_at")
_COUNTS = ("jobs", "open", "completed", "completed_with_error", "failed", "unknown_status")


def batches_frame(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return the batches of a table of jobs.

    One row per batch, in the order of its first job; jobs without a batch are one row with a
    missing ``batch_id``.

    Parameters
    ----------
    jobs : DataFrame
        As from `load_jobs`. Uses ``batch_id, template_id, template_version_id, output_type,
        status`` (str), ``created_at`` (UTC), and ``finished_at`` (UTC) if present.

    Returns
    -------
    DataFrame
        These columns in this order, also when there are no jobs:

        - ``batch_id, template_id, template_version_id, output_type`` : str
        - ``jobs, open, completed, completed_with_error, failed, unknown_status`` : int64, the
          number of jobs in all and by state; the last five add up to ``jobs``
        - ``created_at`` : datetime64[us, UTC], of the first job
        - ``finished_at`` : datetime64[us, UTC], the end of the last job; missing unless all jobs
          are finished and each end is known
        - ``duration_seconds`` : float64, from ``created_at`` to ``finished_at``; NaN where either
          is missing

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.

    Notes
    -----
    Box has no list of batches. A batch without a job in the table is not in the result, and a
    batch with some of its jobs in the table is counted by these. Failed jobs have no output file,
    so a batch with a failed job has an end only if a ledger or a webhook reported it.

    Examples
    --------
    >>> from docgen_nb.frames import jobs_frame
    >>> jobs = jobs_frame([
    ...     {"id": "7", "batch": {"id": "3"}, "status": "completed"},
    ...     {"id": "8", "batch": {"id": "3"}, "status": "pending"},
    ...     {"id": "9", "batch": {"id": "4"}, "status": "failed"},
    ... ])
    >>> batches_frame(jobs)[["batch_id", "jobs", "open", "completed", "failed"]]
      batch_id  jobs  open  completed  failed
    0        3     2     1          1       0
    1        4     1     0          0       1
    """
    MissingColumn.check(jobs.columns, needed=_NEEDED, function="batches_frame")
    counted = jobs.assign(jobs=1, **_flags(jobs["status"]), _end=_ends(jobs))
    grouped = counted.groupby("batch_id", sort=False, dropna=False)
    first = ("template_id", "template_version_id", "output_type")
    batches = grouped.agg(
        **{name: (name, "first") for name in first},
        **{name: (name, "sum") for name in _COUNTS},
        created_at=("created_at", "min"),
        finished_at=("_end", "max"),
        ends=("_end", "count"),
    ).reset_index()
    is_finished = batches.pop("ends") == batches["jobs"]
    batches["finished_at"] = batches["finished_at"].where(is_finished).astype(TIME)
    seconds = (batches["finished_at"] - batches["created_at"]).dt.total_seconds()
    batches = batches.assign(duration_seconds=seconds.astype("float64"))
    batches.attrs = dict(jobs.attrs)
    return batches.astype(
        dict.fromkeys(("batch_id", *first), "str") | dict.fromkeys(_COUNTS, "int64")
    )


def _flags(status: "pd.Series[Any]") -> dict[str, "pd.Series[Any]"]:
    names = {"open": wire.OPEN, **{name: (name,) for name in wire.FINISHED}}
    flags = {name: status.isin(statuses).astype("int64") for name, statuses in names.items()}
    return flags | {"unknown_status": (~status.isin(wire.STATUSES)).astype("int64")}


def _ends(jobs: pd.DataFrame) -> "pd.Series[Any]":
    """Return the end of each finished job; missing for open jobs, even if the table has one."""
    if "finished_at" not in jobs:
        return pd.Series(pd.NaT, index=jobs.index, dtype=TIME)
    return jobs["finished_at"].where(jobs["status"].isin(wire.FINISHED))
