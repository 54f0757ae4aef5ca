"""How long jobs take: the duration of each job, quantiles, and the Kaplan-Meier curve."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.metrics.clusters import Design, JobsOfCurve
from docgen_nb.metrics.engine.batch_counts import limits_name
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.encoded_table import FINISHED, MISSING, OPEN
from docgen_nb.metrics.engine.inputs import encode_jobs, select_rows
from docgen_nb.metrics.groups import By, concat_groups, parse_by
from docgen_nb.metrics.intervals import Estimate
from docgen_nb.metrics.notes import duration_notes, limit_notes, too_long
from docgen_nb.metrics.survival import (
    ENDED,
    NEEDED,
    Curve,
    Floats,
    Group,
    add_kinds,
    count_durations,
    curves,
)

_COLUMNS = (*NEEDED, "job_id", "finished_source")
_MICROSECONDS, _MILLISECONDS = 1_000_000, 1000
_QUANTILE_DTYPES = (
    dict.fromkeys(
        ("quantile", "duration_seconds", "duration_low_seconds", "duration_high_seconds"), "float64"
    )
    | dict.fromkeys(("ended", "censored", "unknown"), "int64")
    | {"warning": "str"}
)
_CURVE_DTYPES = (
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
        (UTC; NaT where unknown), and the columns for `by`; where present, ``finished_after`` and
        ``finished_before``. A weighted table has no row per job and is refused.
    by : str or sequence of str, optional
        The columns to add for each job, as in `outcomes`. Adding the weekday or hour leaves out
        jobs whose creation time is unknown.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``job_id`` : str
        - ``duration_seconds`` : float64, >= 0; from creation to end, or to the reading if the
          job was still open; NaN if the end or the creation is unknown, or if the end would be
          before the creation
        - ``ended`` : bool; False means that the duration is a lower bound
        - ``finished_source`` : str, the source of the end time; missing if it is unknown

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
    Box reports when a job was created, but not when it ended. An end time from ``output_file`` is
    the creation time of the output file, accurate to 1 s. A failed job has no output file, so its
    duration is NaN, never 0, unless a ledger observed its end: if the readings before and after it
    are at most 5 s apart, the duration is to the middle between them, else it is NaN. An end before
    the creation of its job counts as unknown. The numbers of these are in ``attrs["notes"]``. A
    mean that leaves out open jobs is too short: treat the rows where ``ended`` is False as
    censored. A job with an unknown status counts as ended only if its end time is known.

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
    grouping = parse_by(by, time_zone=time_zone)
    needed = [*_COLUMNS, *grouping.needed]
    rows = select_rows(jobs, needed=needed, function="durations", grain=grouping.grain)
    encoded = add_kinds(encode_jobs(rows, needed=NEEDED, function="durations"))
    columns: Any = encoded.frame
    is_dated = (columns["created"] > MISSING) & (columns["read"] > MISSING)
    so_far = (columns["read"] - columns["created"]).clip(min=0) / _MICROSECONDS
    seconds = rows["duration_seconds"].astype("float64").where(columns["kind"] == ENDED)
    if "within" in columns:
        is_exact = ~((columns["kind"] == ENDED) & (columns["within"] > 0))
        seconds = seconds.where(is_exact, columns["time"] / _MILLISECONDS)
    is_open = (columns["state"] == OPEN) & seconds.isna()
    table = pd.DataFrame(
        {
            **grouping.columns_of(rows),
            "job_id": rows["job_id"],
            "duration_seconds": np.where(is_open & is_dated, so_far, seconds),
            "ended": (columns["state"] == FINISHED) | seconds.notna(),
            "finished_source": rows["finished_source"],
        }
    )
    table = table[columns["created"] > MISSING] if grouping.time_parts else table
    table = table.astype({"job_id": "str", "finished_source": "str"} | grouping.dtypes)
    counts = count_durations(encoded, parse_by(None, time_zone=time_zone))
    table.attrs = counts.attrs(grouping.zone, notes=duration_notes(counts.table))
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
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and the columns for
        `by`; where present, ``batch_id`` (str), ``finished_source``, ``finished_after`` and
        ``finished_before``.
    quantiles : sequence of float
        Each between 0 and 1; 0.95 gives the time within which 95% of jobs ended.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``quantile`` : float64
        - ``duration_seconds`` : float64; NaN if too few jobs have ended to estimate it
        - ``duration_low_seconds, duration_high_seconds`` : float64, its 95% confidence limits;
          NaN if a limit cannot be known, or if there are too few batches
        - ``ended`` : int64, jobs in the group whose duration is known
        - ``censored`` : int64, jobs that were still open when they were read
        - ``unknown`` : int64, jobs left out: those that ended at an unknown time, like most
          failed jobs, or before they were created by a wrong clock, or have been open since an
          unknown time; ``attrs["notes"]`` says more
        - ``warning`` : str, says that the quantile may be too long because jobs failed while many
          others are open, or why there are no limits; missing if neither

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If a quantile is not between 0 and 1, if `by` or `time_zone` is not valid, or if the times
        of a weighted table are too coarse.
    TypeError
        If `quantiles` is one number.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The quantiles are those of the Kaplan-Meier estimate (1958), in which an open job is censored:
    it takes longer than it has so far. A plain quantile of ended jobs is too short while long
    jobs are still open. The quantile q is the first time after which less than 1 - q of the jobs
    have not ended, as in statsmodels and SAS: of 1, 2, 3 and 4 seconds the median is 3. The
    limits are exact for ended jobs (the order statistics whose ranks are limits of the binomial
    distribution, Conover 1999), and for open ones follow from the beta product confidence procedure
    (Fay, Brittain and Proschan 2013). If the share drops past both limits at once, as it does where
    many jobs take the same whole second, both limits are that time.

    Of n jobs, none takes longer than the quantile q with a probability of q^n. There is therefore
    no upper limit unless that is 2.5% or less, which takes 6 jobs for the median, 72 for the 95%
    quantile and 368 for the 99% quantile, and more if jobs are open; and no lower limit unless
    (1 - q)^n is. In simulations of 10 to 5,000 jobs, up to 30% of them open, at most 4% of the
    tables had a limit on the wrong side of the true quantile, of either kind, and the limits
    contained it in at least 92% of cases. If so many jobs are open that few such tables have an
    upper limit at all, it is more often too low where there is one.

    Jobs of one batch are alike. With ``batch_id``, the limits count batches as in `compare_jobs`:
    the variance is multiplied by the design effect of the share of jobs that take longer (Woodruff
    1952), and Student's t has the degrees of freedom of batches of equal size. There are none if
    jobs are worth fewer than 60 independent ones, or are of fewer than four batches of equal size;
    to be sure of that, and for the limits, the design effect is taken to be one standard error
    higher than estimated. In simulations of batches of 12 jobs on average, whose speed varies by a
    factor of up to 1.5, they contained the true quantile in at least 92% of cases from 400 jobs on;
    of 200 jobs, in 86% of the few tables with limits. Without ``batch_id``, and above 200,000 jobs,
    the limits are plain: they assume independent jobs and are too narrow if jobs are not.
    ``attrs["limits"]`` is ``"batches"`` or ``"independent jobs"``.

    Durations are precise to the millisecond, and those that a ledger counts in bins are within 1%
    from 100 s on, as a note says. An end that was only observed, like that of a failed job in a
    ledger, counts if the readings before and after it are at most 5 s apart, and is taken to be in
    the middle; with readings further apart it is an interval, not a duration, and ``unknown``. In
    simulations with 30% of jobs failing, read every second to every day, the limits contained the
    true quantile in at least 92% of cases. The estimate assumes that censoring is independent:
    jobs that were still open when read take as long as others. A failed job has no output file
    and usually counts as ``unknown``, so the quantiles describe jobs that produced a document. If
    jobs are open, those that will fail are among them and make the quantiles too long, far too long
    if failing takes long: failure is a competing risk (Putter et al. 2007). ``warning`` is given
    where this may move a quantile by more than half its standard error, supposing that failing
    takes up to ten times as long. Read again when these jobs have finished. For
    the accuracy of a ledger by weekday or hour, see `slow_hours`.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed"] * 3 + ["pending", "failed"],
    ...     "duration_seconds": [2.0, 4.0, 7.0, None, None],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 5),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 5),
    ... })
    >>> table = duration_quantiles(jobs, quantiles=[0.5, 0.95])
    >>> table[["quantile", "duration_seconds", "ended", "censored", "unknown"]]
       quantile  duration_seconds  ended  censored  unknown
    0      0.50               7.0      3         1        1
    1      0.95               NaN      3         1        1
    """
    wanted = validate_quantiles(quantiles)
    grouping = parse_by(by, time_zone=time_zone)
    counts, groups = curves(jobs, grouping, function="duration_quantiles")
    measured = [_measured(group, wanted) for group in groups]
    pairs = zip(groups, measured, strict=True)
    parts = [(group.key, _quantiles(group.curve, wanted, each)) for group, each in pairs]
    table = concat_groups(parts, grouping, _QUANTILE_DTYPES)
    designs = [design for each in measured for _, design in each]
    notes = _notes(counts, groups) + limit_notes(designs, rows="quantiles")
    limits = limits_name(counts.table)
    table.attrs = counts.attrs(grouping.zone, limits=limits, notes=notes)
    return table


def _notes(counts: Counts, groups: list[Group]) -> list[str]:
    return duration_notes(counts.table, [group.curve for group in groups])


def _measured(group: Group, wanted: list[float]) -> list[tuple[Estimate, Design]]:
    jobs = JobsOfCurve(group.counts, group.curve)
    return [jobs.quantile(quantile) for quantile in wanted]


def validate_quantiles(quantiles: Sequence[float]) -> list[float]:
    """Return the quantiles as a list, or raise if one is not between 0 and 1."""
    if isinstance(quantiles, (int, float)):
        raise TypeError(f"quantiles= takes a list, such as [{quantiles:g}], not one number.")
    wanted = [float(quantile) for quantile in quantiles]
    for quantile in wanted:
        if not 0 < quantile < 1:
            raise ValueError(f"The quantile {quantile:g} is not between 0 and 1.")
    return wanted


def _quantiles(
    curve: Curve, wanted: list[float], measured: list[tuple[Estimate, Design]]
) -> Mapping[str, Any]:
    values, low, high = (list(one) for one in zip(*(one for one, _ in measured), strict=True))
    warnings = [
        _warning(curve, quantile, design)
        for quantile, (_, design) in zip(wanted, measured, strict=True)
    ]
    return {
        "quantile": wanted,
        "duration_seconds": values,
        "duration_low_seconds": low,
        "duration_high_seconds": high,
        "ended": [int(curve.ended.sum())] * len(wanted),
        "censored": [int(curve.censored.sum())] * len(wanted),
        "unknown": [curve.unknown] * len(wanted),
        "warning": np.array(warnings, dtype="object"),
    }


def _warning(curve: Curve, quantile: float, design: Design) -> str | None:
    warnings = limit_notes([design], rows="quantiles")
    if curve.is_too_long(quantile):
        still_open = int(curve.censored.sum())
        warnings.insert(0, too_long(no_end=curve.no_end, still_open=still_open))
    return ". ".join(warnings) or None


def kaplan_meier(jobs: Any, *, by: By = None, time_zone: str | tzinfo = "UTC") -> pd.DataFrame:
    """Return the share of jobs that had not ended after each duration (Kaplan and Meier).

    One row per distinct duration of an ended or open job, in order. With `by`, the same for each
    group.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``duration_seconds``
        (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown), and the columns for
        `by`; where present, ``batch_id`` (str), ``finished_source``, ``finished_after`` and
        ``finished_before``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.
    time_zone : str or tzinfo
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``duration_seconds`` : float64, the time since creation
        - ``at_risk`` : int64, the risk set: jobs known to have taken this long or longer
        - ``ended`` : int64, jobs that ended at this time
        - ``censored`` : int64, jobs that had been open for this time when they were read
        - ``unfinished_share`` : float64, 1 to 0, the share that had not ended after this time
        - ``unfinished_share_low, unfinished_share_high`` : float64, its 95% confidence limits;
          NaN where the share is 0 or 1, or if there are too few batches

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `by` or `time_zone` is not valid, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    The estimate is the product limit of Kaplan and Meier (1958). Its limits use Greenwood's
    variance (1926) on the log(-log) scale; they hold at each time, not for the whole curve at
    once. With ``batch_id`` they count batches as in `duration_quantiles`, else they assume
    independent jobs; ``attrs["limits"]`` says which. The curve is too high while jobs are open
    that will fail, as described for `duration_quantiles`; a note says so where it matters for the
    95% quantile. Jobs without a known duration, like most failed jobs, are left out;
    ``attrs["unknown"]`` is their number, and ``attrs["notes"]`` says more about them.

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
    grouping = parse_by(by, time_zone=time_zone)
    counts, groups = curves(jobs, grouping, function="kaplan_meier")
    measured = [JobsOfCurve(group.counts, group.curve).limits() for group in groups]
    pairs = zip(groups, measured, strict=True)
    parts = [(group.key, _curve_columns(group.curve, *limits)) for group, (limits, _) in pairs]
    table = concat_groups(parts, grouping, _CURVE_DTYPES)
    unknown = sum(group.curve.unknown for group in groups)
    notes = _notes(counts, groups) + limit_notes([one for _, one in measured], rows="curves")
    limits = limits_name(counts.table)
    table.attrs = counts.attrs(grouping.zone, limits=limits, unknown=unknown, notes=notes)
    return table


def _curve_columns(curve: Curve, low: Floats, high: Floats) -> Mapping[str, Any]:
    return {
        "duration_seconds": curve.seconds,
        "at_risk": curve.at_risk,
        "ended": curve.ended,
        "censored": curve.censored,
        "unfinished_share": curve.unfinished,
        "unfinished_share_low": low,
        "unfinished_share_high": high,
    }
