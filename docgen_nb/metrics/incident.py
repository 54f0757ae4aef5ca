"""Incidents: spans of time in which far more jobs than usual failed or took long."""

from collections.abc import Mapping
from datetime import tzinfo
from math import gcd, nan
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics import steps
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import By, concat_groups, parse_by, split
from docgen_nb.metrics.intervals import binomial_tail
from docgen_nb.metrics.steps import Every
from docgen_nb.metrics.survival import CENSORED, ENDED, NEEDED, count_durations, curve

_DTYPES: dict[str, Any] = {
    "kind": "str",
    "start": None,
    "end": None,
    **dict.fromkeys(("jobs", "affected"), "int64"),
    **dict.fromkeys(
        ("share", "usual_share", "duration_seconds", "usual_duration_seconds"), "float64"
    ),
    "sentence": "str",
}
_ALPHA = 0.01  # the probability of a false alarm in each group and kind
_FACTOR, _LEAST_JOBS = 2.0, 3  # more than this many times the usual share, and at least these jobs
_LEAST_SHARES = {"failures": 0.0, "waiting": 0.5}
_LONG = 0.95
_NORMAL_90 = 1.2815515655446004  # the 90% quantile of the standard normal distribution
_MICROSECONDS, _MILLISECONDS = 1_000_000, 1000
Integers = npt.NDArray[np.int64]
Mask: TypeAlias = "pd.Series[bool]"


def find_incidents(
    jobs: Any,
    *,
    every: Every = "1h",
    time_zone: str | tzinfo = "UTC",
    by: By = None,
) -> pd.DataFrame:
    """Return the spans of time in which far more jobs than usual failed or took long.

    One row per span and kind, failures first, in chronological order. With `by`, the same for each
    group, which is compared only with itself.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` and ``template_id`` (str),
        ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown),
        and the columns for `by`.
    every : str or offset
        The length of the steps to examine, as in `throughput`.
    time_zone : str or tzinfo
        The time zone in which days and hours start, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        The groups, as in `outcomes`.

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
        - ``usual_share`` : float64, the same in all steps outside the spans of this kind
        - ``duration_seconds, usual_duration_seconds`` : float64, the time within which 95% of
          jobs ended (the Kaplan-Meier quantile), in the span and in the steps outside
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
    A job takes *long* if it takes longer than 95% of all jobs of its template, in the same group
    (the Kaplan-Meier quantile). A step is unusual if three conditions hold. Its share is more than
    twice the usual share and, for waiting, also more than one half, because some jobs of a large
    batch always wait for others. At least three jobs are affected. And with the usual share, as
    many affected jobs or more would have a probability below 0.01 divided by the number of steps
    (Bonferroni), by the exact tail of the binomial distribution.

    Jobs of one batch tend to share their outcome, so the numbers vary more than the binomial
    distribution allows. Numbers and totals are therefore first divided by the overdispersion, as
    estimated from the tenth of the steps with the highest numbers for their size. The usual share
    is that of all other steps. Unusual steps are removed and the rest is examined again, until no
    further step is unusual.

    Unusual steps are joined into one span if no other step with jobs lies between them. A problem
    that lasts most of the time counts as usual and is not reported. For a lasting change, use
    `compare_jobs`.

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
    grain = steps.grain(step, grouping.zone)
    length = grain * _MICROSECONDS
    encoded = encode_jobs(
        jobs,
        needed=[*NEEDED, "template_id", *grouping.needed],
        function="find_incidents",
        grain=gcd(grain, grouping.grain),
    )
    counts = count_durations(
        encoded.with_columns(place=lambda col, where: col("created") // length),
        grouping,
        keys=("place", "status", *({"template_id"} - {*grouping.columns})),
    )
    events = counts.table[counts.table["place"] >= 0]
    times = events["place"].to_numpy() * length
    edges = steps.edges(times, step, grouping.zone)
    events = events.assign(step=edges.asi8.searchsorted(times, side="right") - 1)
    parts = [(key, _incidents(rows, edges)) for key, rows in split(events, grouping)]
    starts = dict.fromkeys(("start", "end"), pd.DatetimeTZDtype("us", grouping.zone))
    table = concat_groups(parts, grouping, _DTYPES | starts)
    table.attrs = counts.attrs(grouping.zone, every=steps.name(step))
    return table


def _incidents(events: pd.DataFrame, edges: pd.DatetimeIndex) -> Mapping[str, Any]:
    """Return the columns of one group."""
    rows = []
    step, jobs = events["step"].to_numpy(), events["jobs"].to_numpy()
    for kind, masks in (("failures", _failures(events)), ("waiting", _waiting(events))):
        counted, affected = (jobs * mask.to_numpy() for mask in masks)
        spans = _unusual_spans(step, counted, affected, least_share=_LEAST_SHARES[kind])
        if not spans:
            continue
        inside = [(start <= step) & (step < end) for start, end in spans]
        usual = _measure(events, counted, affected, ~np.any(inside, axis=0))
        for (start, end), within in zip(spans, inside, strict=True):
            span = _measure(events, counted, affected, within)
            rows.append(_row(kind, edges[[start, end]], span, usual))
    return {name: [row[place] for row in rows] for place, name in enumerate(_DTYPES)}


def _failures(events: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return which jobs are finished, and which of them failed."""
    return events["status"].isin(wire.FINISHED), events["status"] == "failed"


def _waiting(events: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return which jobs are known to have taken long or not, and which took long."""
    limit = pd.Series(nan, index=events.index)
    for _, rows in events.groupby("template_id", dropna=False, sort=False):
        limit[rows.index] = curve(rows).quantile(_LONG) * _MILLISECONDS
    is_long = events["time"] > limit
    return (events["kind"] == ENDED) | ((events["kind"] == CENSORED) & is_long), is_long


def _unusual_spans(
    step: Integers, counted: Integers, affected: Integers, *, least_share: float
) -> list[tuple[int, int]]:
    """Return the first step of each span of unusual steps, and the step after its last one."""
    jobs, hits = (np.bincount(step, weights).astype("int64") for weights in (counted, affected))
    present = np.flatnonzero(jobs)
    places = np.flatnonzero(_unusual(jobs[present], hits[present], least_share))
    runs = np.split(present[places], np.flatnonzero(np.diff(places) > 1) + 1)
    return [(int(run[0]), int(run[-1]) + 1) for run in runs if len(run)]


class _Measures(NamedTuple):
    jobs: int
    affected: int
    share: float
    duration: float


def _measure(
    events: pd.DataFrame, counted: Integers, affected: Integers, within: npt.NDArray[np.bool_]
) -> _Measures:
    jobs, number = int(counted[within].sum()), int(affected[within].sum())
    share = number / jobs if jobs else nan
    return _Measures(jobs, number, share, curve(events[within]).quantile(_LONG))


def _row(kind: str, edges: pd.DatetimeIndex, span: _Measures, usual: _Measures) -> list[Any]:
    start, end = edges
    when = f"created from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({start.tz})"
    jobs, what = (
        ("finished jobs", "failed")
        if kind == "failures"
        else ("jobs", "took longer than 95% of the jobs of their template")
    )
    sentence = (
        f"{span.affected} of the {span.jobs} {jobs} {when} {what}: {span.share:.1%}, "
        f"usually {usual.share:.1%}."
    )
    shares = span.share, usual.share, span.duration, usual.duration
    return [kind, *edges.asi8, span.jobs, span.affected, *shares, sentence]


def _unusual(jobs: Integers, affected: Integers, least_share: float) -> npt.NDArray[np.bool_]:
    """Return which steps have far more affected jobs than the others."""
    unusual = np.zeros(len(jobs), dtype=bool)
    while True:
        rest = ~unusual
        others = jobs[rest].sum() - jobs * rest
        usual = (affected[rest].sum() - affected * rest) / np.maximum(others, 1)
        dispersion = _dispersion(jobs[rest], affected[rest])
        least = np.maximum(_FACTOR * usual, least_share) * jobs
        more = rest & (others > 0) & (affected >= _LEAST_JOBS) & (affected > least)
        for place in np.flatnonzero(more):
            number, total = int(affected[place] / dispersion), int(jobs[place] / dispersion)
            more[place] = binomial_tail(number, total, usual[place]) < _ALPHA / len(jobs)
        if not more.any():
            return unusual
        unusual |= more


def _dispersion(jobs: Integers, affected: Integers) -> float:
    """Return the overdispersion: observed variance over that of the binomial, at least 1.

    By chance, one step in ten is at least 1.28 standard deviations above the mean. The distance
    of that tenth from the mean gives the dispersion, independent of the few highest numbers.
    """
    share = affected.sum() / max(jobs.sum(), 1)
    deviation = np.sqrt(jobs * share * (1 - share))
    if not deviation.any():
        return 1.0
    high = np.quantile((affected - jobs * share) / deviation, 0.9)
    return max(1.0, float(high / _NORMAL_90) ** 2)
