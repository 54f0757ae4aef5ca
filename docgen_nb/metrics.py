"""A table of jobs becomes a small table: outcomes, throughput, durations.

Each metric first groups and counts, which any table engine can do, then finishes the small
result in pandas. The tables carry in ``attrs`` what a chart needs for its title: ``created_from``,
``created_to``, ``read_at`` (ISO 8601, or None where no job tells), ``time_zone`` and, for
`throughput`, ``every``.
"""

import math
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from docgen_nb import wire
from docgen_nb.errors import MissingColumn

_NORMAL_975 = 1.959963984540054  # the 97.5 % point of the normal distribution
_MOST_STEPS = 1_000_000
_UTC = pd.DatetimeTZDtype("us", "UTC")


def outcomes(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return how many jobs have each status, and what share that is.

    One row per status, in the order of `wire.STATUSES`, also where no job has it; then statuses
    that are not known, by name; then jobs without a status, if there are any.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `load_jobs`. Uses ``status`` (str).

    Returns
    -------
    DataFrame
        - ``status`` : str
        - ``jobs`` : int64, their sum is the number of rows of `jobs`
        - ``share`` : float64, 0 to 1, of all jobs in the table, open ones included; NaN if the
          table is empty
        - ``share_low, share_high`` : float64, the 95 % Wilson interval of that share

    Raises
    ------
    MissingColumn
        If `jobs` lacks ``status``.

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
    MissingColumn.check(jobs.columns, needed=["status"], function="outcomes")
    found: dict[Any, int] = jobs.groupby("status").size().to_dict()
    statuses: list[Any] = [*wire.STATUSES, *sorted(set(found) - set(wire.STATUSES))]
    numbers = [int(found.get(status, 0)) for status in statuses]
    if sum(numbers) < len(jobs):
        statuses.append(None)
        numbers.append(len(jobs) - sum(numbers))
    intervals = [_wilson(number, len(jobs)) for number in numbers]
    table = pd.DataFrame({"status": pd.Series(statuses, dtype="str"), "jobs": numbers})
    table["share"] = [number / len(jobs) if len(jobs) else math.nan for number in numbers]
    table["share_low"] = [low for low, high in intervals]
    table["share_high"] = [high for low, high in intervals]
    table.attrs = _window(jobs, "UTC")
    return table


def _wilson(number: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    if total == 0:
        return math.nan, math.nan
    share, square = number / total, _NORMAL_975**2 / total
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    low = middle - half if number > 0 else 0.0
    high = middle + half if number < total else 1.0
    return low, high


def _window(jobs: pd.DataFrame, time_zone: str | tzinfo) -> dict[Any, Any]:
    """Between which times these jobs were created, and when they were read."""
    created = jobs["created_at"] if "created_at" in jobs else pd.Series(dtype=_UTC)
    read = jobs["read_at"] if "read_at" in jobs else pd.Series(dtype=_UTC)
    moments = {"created_from": created.min(), "created_to": created.max(), "read_at": read.max()}
    window = {
        name: None if pd.isna(moment) else moment.tz_convert(time_zone).isoformat()
        for name, moment in moments.items()
    }
    return {**window, "time_zone": str(time_zone)}


def throughput(
    jobs: pd.DataFrame,
    *,
    every: str | pd.Timedelta | pd.DateOffset = "1min",
    time_zone: str | tzinfo = "UTC",
) -> pd.DataFrame:
    """Return how many jobs were created and finished in each step of time, and how many were open.

    One row per step, without gaps, from the first event to the last; where jobs are still open,
    to the step in which they were read.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown).
    every : str or offset
        The length of a step: ``"15s"``, ``"1min"``, ``"6h"``, ``"1D"``, ``"W-MON"``, ``"MS"``.
        Steps of up to one hour all last equally long; longer ones follow the clock on the wall,
        so that a day has 23 or 25 hours when the clock is changed.
    time_zone : str or tzinfo
        Where days and hours begin, such as ``"Europe/Berlin"``.

    Returns
    -------
    DataFrame
        - ``step_start, step_end`` : datetime64[us, `time_zone`]; the start is in the step
        - ``created`` : int64, jobs created in the step
        - ``finished`` : int64, jobs whose known end lies in the step
        - ``open`` : int64, jobs that were open at the end of the step
        - ``ends_unknown`` : int64, jobs created in the step that are not open and whose end
          nobody knows, such as failed ones; they are in no count of ``open``
        - ``running`` : bool, True for the step that was not over when the jobs were read

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is no step of whole seconds, or makes more than a million of them, or if
        `time_zone` is none.

    Notes
    -----
    ``created`` sums to the jobs whose ``created_at`` is known, and ``finished`` to those whose
    ``finished_at`` is. A job without ``created_at`` is not in ``open``. Where the end comes from,
    and how exact it is, stands in ``finished_source`` of `jobs`.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "status": ["completed", "failed", "pending"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00:10Z"] * 3),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:01:10Z", None, None]),
    ...     "read_at": pd.to_datetime(["2026-03-02T09:02:30Z"] * 3),
    ... })
    >>> throughput(jobs).drop(columns=["step_start", "step_end"])
       created  finished  open  ends_unknown  running
    0        3         0     2             1    False
    1        0         1     1             0    False
    2        0         0     1             0     True
    """
    MissingColumn.check(
        jobs.columns,
        needed=["status", "created_at", "finished_at", "read_at"],
        function="throughput",
    )
    step, zone = _step(every), _zone(time_zone)
    counts = _events(jobs, seconds=_grain(step))
    read_at = jobs["read_at"].max()
    edges = _edges(_first_and_last(counts, read_at), step, zone)
    table = _per_step(counts, edges)
    table["running"] = (table["step_start"] <= read_at) & (read_at < table["step_end"])
    table.attrs = {**_window(jobs, zone), "every": _name(step)}
    return table


def _step(every: str | pd.Timedelta | pd.DateOffset) -> pd.offsets.BaseOffset:
    hint = "give a pandas offset such as '15s', '1min', '6h', '1D' or 'W-MON'"
    try:
        step = to_offset(every)
    except (ValueError, TypeError) as error:
        raise ValueError(f"every={every!r} is no step of time: {hint}.") from error
    if step is None or step.n < 1:
        raise ValueError(f"every={every!r} is no step of time: {hint}.")
    length = _seconds(step)
    if length is not None and length % 1:
        raise ValueError(f"every={every!r} is no step: the times of jobs are whole seconds.")
    if length is None and not isinstance(step, pd.offsets.Day) and step.n > 1:
        raise ValueError(f"every={every!r} is no step: only one week, month or year at a time.")
    return step


def _seconds(step: pd.offsets.BaseOffset) -> float | None:
    """How long the step is, or None if that depends on the calendar."""
    if isinstance(step, pd.offsets.Tick):
        return pd.Timedelta(step).total_seconds()
    return None


def _zone(time_zone: str | tzinfo) -> str | tzinfo:
    hint = "give a name such as 'UTC' or 'Europe/Berlin'"
    if not isinstance(time_zone, str | tzinfo):
        raise ValueError(f"time_zone={time_zone!r} is no time zone: {hint}.")
    try:
        pd.DatetimeTZDtype("us", time_zone)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise ValueError(f"time_zone={time_zone!r} is no time zone: {hint}.") from error
    return time_zone


def _grain(step: pd.offsets.BaseOffset) -> int:
    """The coarsest grain, in seconds, that still tells the steps apart."""
    return 1 if (_seconds(step) or 0) % 60 else 60


def _events(jobs: pd.DataFrame, *, seconds: int) -> pd.DataFrame:
    """The heavy half: group by time, and count. One row per time at which something happened.

    ``entered`` and ``left`` are the changes of the number of open jobs.
    """
    is_open = jobs["status"].isin(wire.OPEN)
    no_end = jobs["finished_at"].isna()
    flags = pd.DataFrame(
        {
            "created_at": jobs["created_at"].dt.floor(f"{seconds}s"),
            "finished_at": jobs["finished_at"].dt.floor(f"{seconds}s"),
            "created": 1,
            "finished": 1,
            "ends_unknown": (no_end & ~is_open).astype("int64"),
            "entered": (is_open | ~no_end).astype("int64"),
            "left": jobs["created_at"].notna().astype("int64"),
        }
    )
    begun = flags.groupby("created_at")[["created", "ends_unknown", "entered"]].sum()
    ended = flags.groupby("finished_at")[["finished", "left"]].sum()
    return begun.join(ended, how="outer").fillna(0).astype("int64")


def _first_and_last(
    counts: pd.DataFrame, read_at: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    if counts.empty:
        return None
    first, last = counts.index[0], counts.index[-1]
    still_open = counts["entered"].sum() > counts["left"].sum()
    return first, max(last, read_at) if still_open and pd.notna(read_at) else last


def _edges(
    span: tuple[pd.Timestamp, pd.Timestamp] | None,
    step: pd.offsets.BaseOffset,
    zone: str | tzinfo,
) -> pd.DatetimeIndex:
    """The starts of all steps that hold the span, and the end of the last one."""
    if span is None:
        return pd.DatetimeIndex([], dtype=pd.DatetimeTZDtype("us", zone))
    first, last = (moment.tz_convert(zone) for moment in span)
    length = _seconds(step)
    if length is not None and (last - first).total_seconds() / length > _MOST_STEPS:
        raise ValueError(
            f"every={_name(step)!r} makes more than a million steps from {first} to {last}: "
            "take a longer one."
        )
    wall = first.tz_localize(None)
    if length is not None and length <= 3600:
        start = first - (wall - wall.floor(step.freqstr))
        return pd.date_range(start, last + step, freq=step, unit="us")
    by_length = length is not None or isinstance(step, pd.offsets.Day)
    start = wall.floor(step.freqstr) if by_length else step.rollback(wall.normalize())
    walls = pd.date_range(start, last.tz_localize(None) + 2 * step, freq=step, unit="us")
    is_summer = np.ones(len(walls), dtype=bool)
    edges = walls.tz_localize(zone, ambiguous=is_summer, nonexistent="shift_forward")
    return edges[: edges.searchsorted(last, side="right") + 1]


def _name(step: pd.offsets.BaseOffset) -> str:
    has_number = step.n > 1 or not isinstance(step, pd.offsets.Tick | pd.offsets.Day)
    return step.freqstr if has_number else f"1{step.freqstr}"


def _per_step(counts: pd.DataFrame, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """The light half: counts per time become counts per step, steps without any are zeros."""
    place = edges.searchsorted(counts.index, side="right") - 1
    steps = counts.groupby(place).sum().reindex(range(max(len(edges) - 1, 0)), fill_value=0)
    return pd.DataFrame(
        {
            "step_start": edges[:-1],
            "step_end": edges[1:],
            "created": steps["created"],
            "finished": steps["finished"],
            "open": (steps["entered"] - steps["left"]).cumsum(),
            "ends_unknown": steps["ends_unknown"],
        }
    ).reset_index(drop=True)


def durations(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return how long each job took, or has been open so far.

    One row per job, in the order of `jobs`.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `add_output_times`. Uses ``job_id``, ``status`` and
        ``finished_source`` (str), ``duration_seconds`` (float64), ``created_at`` and ``read_at``
        (UTC; NaT where unknown).

    Returns
    -------
    DataFrame
        - ``job_id`` : str
        - ``duration_seconds`` : float64, >= 0; from creation to the end, or to the reading where
          the job was open then; NaN where the end, or the creation, is not known
        - ``ended`` : bool; False means that the duration is a lower bound
        - ``finished_source`` : str, where the end comes from; missing where it is not known

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.

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
    MissingColumn.check(
        jobs.columns,
        needed=["job_id", "status", "finished_source", "duration_seconds", "created_at", "read_at"],
        function="durations",
    )
    known = jobs["duration_seconds"].notna()
    is_open = jobs["status"].isin(wire.OPEN) & ~known
    so_far = (jobs["read_at"] - jobs["created_at"]).dt.total_seconds().clip(lower=0)
    table = pd.DataFrame(
        {
            "job_id": jobs["job_id"],
            "duration_seconds": jobs["duration_seconds"].where(~is_open, so_far).astype("float64"),
            "ended": jobs["status"].isin(wire.FINISHED) | known,
            "finished_source": jobs["finished_source"],
        }
    ).reset_index(drop=True)
    table.attrs = _window(jobs, "UTC")
    return table
