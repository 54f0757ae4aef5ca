"""How long jobs take: each of them, their quantiles, and the curve of Kaplan and Meier."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.metrics.engine.counting import count
from docgen_nb.metrics.engine.encoded_table import FINISHED, MISSING, OPEN
from docgen_nb.metrics.engine.inputs import read, read_rows
from docgen_nb.metrics.groups import By, groups, joined, split
from docgen_nb.metrics.survival import COLUMNS, Curve, curve, spans

_EACH = ("job_id", "status", "finished_source", "duration_seconds", "created_at", "read_at")
_MICROSECONDS = 1_000_000
_QUANTILE_KINDS = dict.fromkeys(
    ("quantile", "duration_seconds", "duration_low_seconds", "duration_high_seconds"), "float64"
) | dict.fromkeys(("ended", "censored", "unknown"), "int64")
_CURVE_KINDS = (
    {"duration_seconds": "float64"}
    | dict.fromkeys(("at_risk", "ended", "censored"), "int64")
    | dict.fromkeys(
        ("unfinished_share", "unfinished_share_low", "unfinished_share_high"), "float64"
    )
)


def durations(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return how long each job took, or has been open so far.

    One row per job, in the order of `jobs`.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``job_id``, ``status`` and
        ``finished_source`` (str), ``duration_seconds`` (float64), ``created_at`` and ``read_at``
        (UTC; NaT where unknown), and what `by` names. A weighted table has no rows of jobs.
    by : str or sequence of str, optional
        As of `outcomes`: what to put beside each job. A job whose creation is not known has no
        weekday and no hour, and is left out by those.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``job_id`` : str
        - ``duration_seconds`` : float64, >= 0; from creation to the end, or to the reading where
          the job was open then; NaN where the end, or the creation, is not known
        - ``ended`` : bool; False means that the duration is a lower bound
        - ``finished_source`` : str, where the end comes from; missing where it is not known

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
    Box tells when a job was created, but not when it ended. An end from ``output_file`` is the
    time at which the output file was created, good to one second. A job that failed has no
    output file, so its duration is NaN, never 0. Leave open jobs out of a mean and the mean is
    too short: use the rows with ``ended`` False as censored. A job with a status that is not
    known counts as ended only if its end is known.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2", "3"],
    ...     "status": ["completed", "pending", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 3),
    ...     "duration_seconds": [4.0, None, None],
    ...     "finished_source": ["output_file", None, None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 3),
    ... })
    >>> durations(jobs)
      job_id  duration_seconds  ended finished_source
    0      1               4.0   True     output_file
    1      2              60.0  False             NaN
    2      3               NaN   True             NaN
    """
    chosen = groups(by, time_zone=time_zone)
    rows = read_rows(
        jobs, needed=[*_EACH, *chosen.needed], function="durations", grain=chosen.grain
    )
    narrow = read(rows, needed=["status", "created_at", "read_at"], function="durations")
    columns: Any = narrow.frame
    is_dated = (columns["created"] > MISSING) & (columns["read"] > MISSING)
    so_far = (columns["read"] - columns["created"]).clip(min=0) / _MICROSECONDS
    seconds = rows["duration_seconds"].astype("float64")
    is_open = (columns["state"] == OPEN) & seconds.isna()
    table = pd.DataFrame(
        {
            **chosen.beside(rows),
            "job_id": rows["job_id"],
            "duration_seconds": np.where(is_open & is_dated, so_far, seconds),
            "ended": (columns["state"] == FINISHED) | seconds.notna(),
            "finished_source": rows["finished_source"],
        }
    )
    table = table[columns["created"] > MISSING] if chosen.parts else table
    table = table.astype({"job_id": "str", "finished_source": "str"} | chosen.kinds)
    table.attrs = count(narrow, ["state"]).attrs(chosen.zone)
    return table.reset_index(drop=True)


def duration_quantiles(
    jobs: Any,
    *,
    quantiles: Sequence[float] = (0.5, 0.95, 0.99),
    by: By = None,
    time_zone: str | tzinfo = "UTC",
) -> pd.DataFrame:
    """Return the times within which given shares of jobs ended.

    One row per quantile, in the order of `quantiles`; with `by`, the same for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``duration_seconds``
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and what `by` names.
    quantiles : sequence of float
        Each above 0 and below 1; 0.95 asks for the time within which 95 % of jobs ended.
    by : str or sequence of str, optional
        As of `outcomes`.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``quantile`` : float64
        - ``duration_seconds`` : float64; NaN where too few jobs have ended to tell
        - ``duration_low_seconds, duration_high_seconds`` : float64, its 95 % limits; NaN where
          a limit is not reached
        - ``ended`` : int64, jobs in the group whose duration is known
        - ``censored`` : int64, jobs still open when they were read, which took longer than that
        - ``unknown`` : int64, jobs left out: over, but nobody knows when, as most failed ones;
          and open ones of which it is not known since when

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If a quantile is not between 0 and 1, if `by` or `time_zone` is none, or if the times of
        a weighted table are too coarse for `by`.
    TypeError
        If `quantiles` is one number.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The estimate is the product limit of Kaplan and Meier (1958), in which an open job counts as
    one that takes longer than it has so far; a plain quantile of the jobs that have ended is too
    short while long ones are still open. The quantile q is the first time after which less than
    1 - q of the jobs are not over, as in statsmodels and SAS: of 1, 2, 3 and 4 seconds the
    median is 3. The limits are the times at which the share that is not over is within its own
    limits, on the scale log(-log), with the variance of Greenwood (Brookmeyer and Crowley 1982);
    where it falls past both at once, as whole seconds of many jobs do, both limits are that time.
    If no job took longer than that, the upper one is told only if enough jobs took that long.

    Durations count to the millisecond. It is assumed that jobs take as long whether or not they
    were still open at the reading. A failed job leaves no output file and is mostly ``unknown``:
    the quantiles speak of jobs that gave a document. By weekday or hour a ledger answers as told
    in `slow_hours`.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed"] * 3 + ["pending", "failed"],
    ...     "duration_seconds": [2.0, 4.0, 7.0, None, None],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 5),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 5),
    ... })
    >>> found = duration_quantiles(jobs, quantiles=[0.5, 0.95])
    >>> found[["quantile", "duration_seconds", "ended", "censored", "unknown"]]
       quantile  duration_seconds  ended  censored  unknown
    0      0.50               7.0      3         1        1
    1      0.95               NaN      3         1        1
    """
    wanted = checked_quantiles(quantiles)
    chosen = groups(by, time_zone=time_zone)
    narrow = read(
        jobs,
        needed=[*COLUMNS, *chosen.needed],
        function="duration_quantiles",
        grain=chosen.grain,
    )
    counts = spans(narrow, chosen)
    parts = [(key, _quantiles(curve(rows), wanted)) for key, rows in split(counts.table, chosen)]
    table = joined(parts, chosen, _QUANTILE_KINDS)
    table.attrs = counts.attrs(chosen.zone)
    return table


def checked_quantiles(quantiles: Sequence[float]) -> list[float]:
    """The quantiles, if they are some."""
    if isinstance(quantiles, (int, float)):
        raise TypeError(f"quantiles= takes a list, such as [{quantiles:g}], not one number.")
    wanted = [float(quantile) for quantile in quantiles]
    for quantile in wanted:
        if not 0 < quantile < 1:
            raise ValueError(f"quantiles= holds {quantile:g}, which is not between 0 and 1.")
    return wanted


def _quantiles(found: Curve, wanted: list[float]) -> Mapping[str, Any]:
    limits = [found.quantile_limits(quantile) for quantile in wanted]
    return {
        "quantile": wanted,
        "duration_seconds": [found.quantile(quantile) for quantile in wanted],
        "duration_low_seconds": [low for low, high in limits],
        "duration_high_seconds": [high for low, high in limits],
        "ended": [int(found.ended.sum())] * len(wanted),
        "censored": [int(found.censored.sum())] * len(wanted),
        "unknown": [found.unknown] * len(wanted),
    }


def kaplan_meier(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return the share of jobs that were not over after each length of time.

    One row per distinct time at which a job ended, or up to which one was seen open; in order.
    With `by`, the same for each group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``duration_seconds``
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and what `by` names.
    by : str or sequence of str, optional
        As of `outcomes`.
    time_zone : str or tzinfo
        Whose weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``duration_seconds`` : float64, the time since creation
        - ``at_risk`` : int64, jobs known to have taken this long or longer
        - ``ended`` : int64, jobs that ended at this time
        - ``censored`` : int64, jobs that were open for this time when they were read
        - ``unfinished_share`` : float64, 1 to 0, the share that was not over after this time
        - ``unfinished_share_low, unfinished_share_high`` : float64, its 95 % limits; NaN where
          the share is 0 or 1

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `by` or `time_zone` is none, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The product limit of Kaplan and Meier (1958); the limits are those of the variance of
    Greenwood (1926) on the scale log(-log), for each time by itself and not for the whole curve.
    Jobs of which no duration is known, as most failed ones, are left out: ``attrs["unknown"]``
    counts them.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed"] * 3 + ["pending"],
    ...     "duration_seconds": [2.0, 2.0, 90.0, None],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 4),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 4),
    ... })
    >>> kaplan_meier(jobs)[["duration_seconds", "at_risk", "ended", "censored", "unfinished_share"]]
       duration_seconds  at_risk  ended  censored  unfinished_share
    0               2.0        4      2         0               0.5
    1              60.0        2      0         1               0.5
    2              90.0        1      1         0               0.0
    """
    chosen = groups(by, time_zone=time_zone)
    narrow = read(
        jobs, needed=[*COLUMNS, *chosen.needed], function="kaplan_meier", grain=chosen.grain
    )
    counts = spans(narrow, chosen)
    curves = [(key, curve(rows)) for key, rows in split(counts.table, chosen)]
    table = joined([(key, _curve(one)) for key, one in curves], chosen, _CURVE_KINDS)
    table.attrs = counts.attrs(chosen.zone, unknown=sum(one.unknown for _, one in curves))
    return table


def _curve(found: Curve) -> Mapping[str, Any]:
    low, high = found.limits()
    return {
        "duration_seconds": found.seconds,
        "at_risk": found.at_risk,
        "ended": found.ended,
        "censored": found.censored,
        "unfinished_share": found.unfinished,
        "unfinished_share_low": low,
        "unfinished_share_high": high,
    }
