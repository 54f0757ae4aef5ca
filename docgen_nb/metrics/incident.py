"""Incidents: spans of time in which far more jobs than usual failed or took long."""

from collections.abc import Mapping
from datetime import tzinfo
from math import gcd
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics import steps
from docgen_nb.metrics.engine.batch_counts import BATCH, batch_keys
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, Grouping, Key, concat_groups, parse_by, split
from docgen_nb.metrics.notes import duration_notes
from docgen_nb.metrics.sentences import describe_incident
from docgen_nb.metrics.spans.affected_jobs import AffectedJobs, Measures
from docgen_nb.metrics.spans.scan import unusual_steps
from docgen_nb.metrics.steps import Every
from docgen_nb.metrics.survival import CENSORED, ENDED, NEEDED, count_durations, curve, curve_of

_DTYPES: dict[str, Any] = {
    "kind": "str",
    "start": None,
    "end": None,
    **dict.fromkeys(("jobs", "affected"), "int64"),
    **dict.fromkeys(
        ("share", "usual_share", "duration_seconds", "usual_duration_seconds"), "float64"
    ),
    "batches": "int64",
    "largest_batch_share": "float64",
    "sentence": "str",
}
_LEAST_SHARES = {"failures": 0.0, "waiting": 0.5}
_LONG = 0.95
_LEAST_QUIET = 2 / 3
_MICROSECONDS, _MILLISECONDS = 1_000_000, 1000
Mask: TypeAlias = npt.NDArray[np.bool_]
Limits = dict[str | None, float]


def find_incidents(
    jobs: Any,
    *,
    every: Every = "1h",
    time_zone: str | tzinfo = "UTC",
    by: By = None,
    history: Any = None,
) -> pd.DataFrame:
    """Return the spans of time in which far more jobs than usual failed or took long.

    One row per span and kind, failures first, in chronological order. With `by`, the same for each
    group, which is compared only with itself.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` and ``template_id`` (str),
        ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown),
        the columns for `by`, and ``batch_id`` (str) if it is there.
    every : str or offset
        The length of the steps to examine, as in `throughput`.
    time_zone : str or tzinfo
        The time zone in which days and hours start, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.
    history : table or ledger, optional
        Earlier jobs, none of them in `jobs`, whose quiet part is what is usual. By default it is
        the quiet part of `jobs`, and so depends on the time that they cover.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``kind`` : str, ``failures`` or ``waiting``
        - ``start, end`` : datetime64[us, `time_zone`]; the jobs were created at or after start and
          before end
        - ``jobs`` : int64, the jobs that count: finished jobs for failures; for waiting, jobs
          whose duration is known and jobs that have been open for long
        - ``affected`` : int64, how many of them failed or took long
        - ``share`` : float64, 0 to 1, affected divided by jobs
        - ``usual_share`` : float64, the same in all steps outside the spans of this kind, or in
          those of `history`
        - ``duration_seconds, usual_duration_seconds`` : float64, the time within which 95% of
          jobs ended (the Kaplan-Meier quantile), in the span and in the steps outside
        - ``batches`` : int64, how many batches the affected jobs are of; 0 if the table has no
          ``batch_id``
        - ``largest_batch_share`` : float64, 0 to 1, the share of the affected jobs that are of
          one batch, the one with most of them; NaN if the table has no ``batch_id``
        - ``sentence`` : str, a sentence about the row

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is not a step of whole seconds or makes more than a million steps, if `by` or
        `time_zone` is not valid, or if the times of a weighted table are too coarse.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    A job takes *long* if it takes longer than 95% of the jobs of its template outside of slow
    spans, in the same group (the Kaplan-Meier quantile). A span is unusual if three conditions
    hold. Its share is more than twice the usual share and, for waiting, also more than one half,
    because some jobs of a large batch always wait for others. At least three jobs are affected.
    And chance rarely gives such a span.

    Jobs of one batch share their outcome and their speed, so chance is that of whole batches. The
    scan statistic of Kulldorff (1997) compares each span, from one step to two fifths of all, with
    the rest. It must be higher than that of every span in 99 copies of the table, in each of which
    the batches are shuffled over time, so that chance alone gives a span in one table of 100, for
    each group and kind. A batch counts for its number of jobs divided by its design effect, and
    is shuffled as a whole, at the step of its first job; a job without a batch is one of its own.
    A single batch is never unusual by itself, and neither is an hour that has only one. With
    `history`, its batches are drawn instead. The shuffles are the same for each call.

    In simulations of months with batches of 12 jobs whose chance of failing varies (correlation
    0.2) about 3%, at most one in 50 had a false incident, and an outage of one hour in which 60%
    failed was found in 83% of months of 50,000 jobs (6 batches an hour), 95% of 75,000 and all 60
    of 100,000. No test finds more than about 93% in 50,000 jobs with as few false alarms: some
    hours have one or two batches.

    A table without ``batch_id`` is examined by steps: spans of several steps in the same way, with
    steps shuffled; then single steps, by the binomial distribution, with numbers divided by the
    overdispersion of the others and a probability below 0.01 divided by the number of steps
    (Bonferroni). ``attrs["limits"]`` is ``"batches"`` or ``"time steps"``. Both assume that batches
    or steps are independent; load that varies by the hour is not. ``attrs["notes"]`` says which
    durations are left out or may be too long.

    Unusual steps are joined into one span if no other step with jobs lies between them. A problem
    that lasts for more than two fifths of the steps is a lasting change and not reported: the time
    before and after it are examined apart. For such a change, use `compare_jobs` or `history`.

    Examples
    --------
    >>> hours = pd.date_range("2026-03-02", periods=24, freq="h", tz="UTC").repeat(20)
    >>> jobs = pd.DataFrame({"created_at": hours, "status": "completed", "duration_seconds": 4.0})
    >>> bad = jobs["created_at"].dt.hour.isin([10, 11]) & (jobs.index % 4 > 0)
    >>> jobs.loc[bad, "status"] = "failed"
    >>> jobs["template_id"] = "7"
    >>> jobs["read_at"] = pd.Timestamp("2026-03-03T09:00Z")
    >>> incidents = find_incidents(jobs)
    >>> incidents[["kind", "jobs", "affected", "share", "usual_share"]]
           kind  jobs  affected  share  usual_share
    0  failures    40        30   0.75          0.0
    >>> print(incidents["sentence"][0])
    30 of the 40 finished jobs created from 2026-03-02 10:00 to 2026-03-02 12:00 (UTC) failed:
    75.0%, usually 0.0%.
    """
    step, grouping = steps.parse_every(every), parse_by(by, time_zone=time_zone)
    now = _count(jobs, step, grouping)
    past = None if history is None else _count(history, step, grouping)
    parts = [
        (key, _incidents(rows, now.edges, past.groups.get(_hashable(key)) if past else None))
        for key, rows in now.groups.items()
    ]
    starts = dict.fromkeys(("start", "end"), pd.DatetimeTZDtype("us", grouping.zone))
    table = concat_groups(parts, grouping, _DTYPES | starts)
    limits = "batches" if BATCH in now.counts.table else "time steps"
    notes = duration_notes(now.counts.table, map(curve, now.groups.values()))
    table.attrs = now.counts.attrs(
        grouping.zone, every=steps.name(step), limits=limits, notes=notes
    )
    return table


class _Counted(NamedTuple):
    """Counts by step, the edges of the steps, and the rows of each group."""

    counts: Counts
    edges: pd.DatetimeIndex
    groups: dict[Key, pd.DataFrame]


def _count(jobs: Any, step: steps.Step, grouping: Grouping) -> _Counted:
    grain = steps.grain(step, grouping.zone)
    length = grain * _MICROSECONDS
    encoded = encode_jobs(
        jobs,
        needed=[*NEEDED, "template_id", *grouping.needed],
        function="find_incidents",
        grain=gcd(grain, grouping.grain),
        optional=[BATCH],
    )
    more = {"template_id", *batch_keys(encoded)} - {*grouping.columns}
    counts = count_durations(
        encoded.with_columns(place=lambda col, where: col("created") // length),
        grouping,
        keys=("place", "status", *sorted(more)),
    )
    events = counts.table[counts.table["place"] >= 0]
    times = events["place"].to_numpy() * length
    edges = steps.edges(times, step, grouping.zone)
    events = events.assign(step=edges.asi8.searchsorted(times, side="right") - 1)
    return _Counted(counts, edges, {_hashable(key): rows for key, rows in split(events, grouping)})


def _hashable(key: Key) -> Key:
    """Return the key with None, which equals itself, for what is missing."""
    return tuple(None if pd.isna(part) else part for part in key)


def _incidents(
    events: pd.DataFrame, edges: pd.DatetimeIndex, past: pd.DataFrame | None
) -> Mapping[str, Any]:
    """Return the columns of one group, compared with its own quiet part or that of the past."""
    rows = []
    for kind, least_share in _LEAST_SHARES.items():
        jobs, before = _affected_jobs(events, past, kind)
        quiet = None if before is None else before.outside(before.unusual(least_share))
        pool = None if quiet is None else quiet.units
        steps = jobs.unusual(least_share, pool)
        if not len(steps):
            continue
        usual = (quiet or jobs.outside(steps)).measures
        for start, end in jobs.spans(steps):
            span = jobs.within(start, end).measures
            rows.append(_row(kind, edges[[start, end]], span, usual))
    return {name: [row[place] for row in rows] for place, name in enumerate(_DTYPES)}


def _affected_jobs(
    events: pd.DataFrame, past: pd.DataFrame | None, kind: str
) -> tuple[AffectedJobs, AffectedJobs | None]:
    """Return the jobs of one kind, and those of the past."""
    if kind == "failures":
        return _failures(events), None if past is None else _failures(past)
    usual = events if past is None else past
    limits = _long_after(usual, _is_quick(usual))
    return _waiting(events, limits), None if past is None else _waiting(past, limits)


def _failures(events: pd.DataFrame) -> AffectedJobs:
    """Return the finished jobs, and those of them that failed."""
    codes, statuses = pd.factorize(events["status"])
    finished, failed = (
        np.array([*(status in wanted for status in statuses), False])[codes]
        for wanted in (wire.FINISHED, ("failed",))
    )
    return AffectedJobs.of(events, finished, failed)


def _waiting(events: pd.DataFrame, limits: Limits) -> AffectedJobs:
    """Return the jobs that are known to have taken long or not, and those that took long."""
    codes, names = _templates(events)
    kind, time = events["kind"].to_numpy(), events["time"].to_numpy()
    is_long = time > np.array([limits.get(name, np.nan) for name in names])[codes]
    known = (kind == ENDED) | ((kind == CENSORED) & is_long)
    return AffectedJobs.of(events, known, is_long)


def _templates(events: pd.DataFrame) -> tuple[Any, list[str | None]]:
    """Return the code of each template and their names, the last of which is missing."""
    codes, names = pd.factorize(events["template_id"])
    return codes, [*map(str, names), None]


def _is_quick(events: pd.DataFrame) -> Mask:
    """Return which jobs are in no span in which most take longer than others of their template.

    If a third of all jobs are slow, 95% of the others end within the time of 95% of two thirds.
    """
    limits = _long_after(events, np.ones(len(events), dtype=bool), _LONG * _LEAST_QUIET)
    slow = unusual_steps(_waiting(events, limits).units, least_share=_LEAST_SHARES["waiting"])
    return ~np.isin(events["step"].to_numpy(), slow)


def _long_after(events: pd.DataFrame, usual: Mask, quantile: float = _LONG) -> Limits:
    """Return after how many milliseconds a job takes long, by template.

    All jobs count for a template that has no usual ones.
    """
    codes, names = _templates(events)
    columns = [events[name].to_numpy() for name in ("kind", "time", "jobs")]
    order = np.argsort(codes, kind="stable")
    distinct, starts = np.unique(codes[order], return_index=True)
    limits: Limits = {}
    for code, rows in zip(distinct, np.split(order, starts[1:]), strict=False):
        chosen = rows[usual[rows]] if usual[rows].any() else rows
        one = curve_of(*(column[chosen] for column in columns))
        limits[names[code]] = one.quantile(quantile) * _MILLISECONDS
    return limits


def _row(kind: str, edges: pd.DatetimeIndex, span: Measures, usual: Measures) -> list[Any]:
    shares = span.share, usual.share, span.duration, usual.duration
    return [
        *(kind, *edges.asi8, span.jobs, span.affected, *shares),
        *(span.batches, span.largest, describe_incident(kind, edges, span, usual.share)),
    ]
