"""Spans of time in which far more jobs failed than usual, or took long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from math import gcd, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics import steps
from docgen_nb.metrics.engine.inputs import read
from docgen_nb.metrics.groups import By, groups, joined, split
from docgen_nb.metrics.intervals import binomial_tail
from docgen_nb.metrics.sentences import percent
from docgen_nb.metrics.steps import Every
from docgen_nb.metrics.survival import CENSORED, COLUMNS, ENDED, curve, spans

_KINDS: dict[str, Any] = {
    "kind": "str",
    "start": None,
    "end": None,
    **dict.fromkeys(("jobs", "affected"), "int64"),
    **dict.fromkeys(
        ("share", "usual_share", "duration_seconds", "usual_duration_seconds"), "float64"
    ),
    "sentence": "str",
}
_CHANCE = 0.01  # of finding anything at all, in a group and of a kind, where nothing is unusual
_FACTOR, _LEAST = 2.0, 3  # over so many times the usual share, and so many jobs
_MOST = {"failures": 0.0, "waiting": 0.5}  # over this share
_LONG = 0.95
_NORMAL_90 = 1.2815515655446004  # the 90 % point of the normal distribution
_MICROSECONDS, _MILLISECONDS = 1_000_000, 1000


def find_incidents(
    jobs: Any,
    *,
    every: Every = "1h",
    time_zone: str | tzinfo = "UTC",
    by: By = None,
) -> pd.DataFrame:
    """Return the spans of time in which far more jobs failed than usual, or far more took long.

    One row per span and kind, failures first, in the order of time; with `by`, for each group,
    which is compared with itself alone.

    Parameters
    ----------
    jobs : table or ledger
        One row per job, as from `add_output_times`. Uses ``status`` and ``template_id`` (str),
        ``duration_seconds`` (float64), ``created_at`` and ``read_at`` (UTC; NaT where unknown),
        and what `by` names.
    every : str or offset
        The length of the steps that are looked at, as of `throughput`.
    time_zone : str or tzinfo
        Where days and hours begin, such as ``"Europe/Berlin"``.
    by : str or sequence of str, optional
        As of `outcomes`.

    Returns
    -------
    DataFrame
        The columns of `by`, then:

        - ``kind`` : str, ``failures`` or ``waiting``
        - ``start, end`` : datetime64[us, `time_zone`]; jobs created from start on, before end
        - ``jobs`` : int64, those that could show it: finished ones, for failures; for waiting,
          those whose duration is known, and open ones that have been so for long
        - ``affected`` : int64, how many of them failed, or took long
        - ``share`` : float64, 0 to 1, affected of jobs
        - ``usual_share`` : float64, the same of all steps that are in no span of this kind
        - ``duration_seconds, usual_duration_seconds`` : float64, the time within which 95 % of
          jobs ended (of Kaplan and Meier), in the span, and in the steps that are in none
        - ``sentence`` : str, the row in plain words

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    ValueError
        If `every` is no step of whole seconds, or makes more than a million of them, if `by` or
        `time_zone` is none, or if the times of a weighted table are too coarse for the steps.
    EngineCannot
        If the engine of the table lacks an operation.

    Notes
    -----
    A job takes *long* if it takes longer than 95 % of all jobs of its template do (of the group,
    by Kaplan and Meier). A step is unusual if three things hold. Its share is over twice the
    usual one, and for waiting also over one half, since in one large batch some jobs always wait
    for others. At least three jobs are affected. And were the share the usual one, so many or
    more would be affected with a chance under 0.01 divided by the number of steps (Bonferroni),
    by the exact tail of the binomial distribution. Jobs of one batch fare alike, so that numbers
    vary more than chance alone makes them: number and total are first divided by how much more,
    if they do, as told by the tenth of the steps with the highest numbers for their size. The
    usual share is that of all other steps; unusual ones are taken out, and the others looked at
    again, until no more is found.

    Unusual steps with no other step between them that has jobs are one span. What holds for most
    of the time is usual: something that is always bad is not found, and a change for good is
    better seen by `compare_jobs`.

    Examples
    --------
    >>> hours = pd.date_range("2026-03-02", periods=24, freq="h", tz="UTC").repeat(20)
    >>> jobs = pd.DataFrame({"created_at": hours, "status": "completed", "duration_seconds": 4.0})
    >>> bad = jobs["created_at"].dt.hour.isin([10, 11]) & (jobs.index % 4 > 0)
    >>> jobs.loc[bad, "status"] = "failed"
    >>> jobs["template_id"] = "7"
    >>> jobs["read_at"] = pd.Timestamp("2026-03-03T09:00Z")
    >>> found = find_incidents(jobs)
    >>> found[["kind", "jobs", "affected", "share", "usual_share"]]
           kind  jobs  affected  share  usual_share
    0  failures    40        30   0.75          0.0
    >>> print(found["sentence"][0])
    Of the 40 finished jobs created from 2026-03-02 10:00 to 2026-03-02 12:00 (UTC) 30 failed,
    which is 75.0 %; usual is 0.0 %.
    """
    step, chosen = steps.step_of(every), groups(by, time_zone=time_zone)
    length = steps.grain(step, chosen.zone)
    narrow = read(
        jobs,
        needed=[*COLUMNS, "template_id", *chosen.needed],
        function="find_incidents",
        grain=gcd(length, chosen.grain),
    )
    counts = spans(
        narrow.with_columns(place=lambda col, where: col("created") // (length * _MICROSECONDS)),
        chosen,
        keys=("place", "status", *({"template_id"} - {*chosen.columns})),
    )
    events = counts.table[counts.table["place"] >= 0]
    moments = events["place"].to_numpy() * (length * _MICROSECONDS)
    edges = steps.edges(_span(moments), step, chosen.zone)
    events = events.assign(step=edges.asi8.searchsorted(moments, side="right") - 1)
    parts = [(key, _found(rows, edges)) for key, rows in split(events, chosen)]
    times = dict.fromkeys(("start", "end"), pd.DatetimeTZDtype("us", chosen.zone))
    table = joined(parts, chosen, _KINDS | times)
    table.attrs = counts.attrs(chosen.zone, every=steps.name(step))
    return table


def _span(moments: npt.NDArray[Any]) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    if not len(moments):
        return None
    first, last = pd.to_datetime([moments.min(), moments.max()], unit="us", utc=True)
    return first, last


def _found(events: pd.DataFrame, edges: pd.DatetimeIndex) -> Mapping[str, Any]:
    """The light half: the spans of one group."""
    rows = []
    for kind, tally in (("failures", _failures(events)), ("waiting", _waiting(events))):
        runs = tally.runs(over=_MOST[kind])
        within = np.zeros(len(edges), dtype=bool)
        for first, last in runs:
            within[tally.steps[first] : tally.steps[last] + 1] = True
        usual = _Stretch(tally, ~within[tally.steps], events[~within[events["step"]]])
        for first, last in runs:
            start, end = tally.steps[first], tally.steps[last] + 1
            places = slice(first, last + 1)
            stretch = _Stretch(tally, places, events[events["step"].between(start, end - 1)])
            rows.append(_row(kind, edges[[start, end]], stretch, usual))
    return {name: [row[place] for row in rows] for place, name in enumerate(_KINDS)}


def _failures(events: pd.DataFrame) -> "Tally":
    """Finished jobs, and those of them that failed."""
    return _tally(events, events["status"].isin(wire.FINISHED), events["status"] == "failed")


def _waiting(events: pd.DataFrame) -> "Tally":
    """Jobs of which it is known whether they took long, and those that did."""
    by_template = events.groupby("template_id", dropna=False, sort=False)
    limits = [(rows.index, curve(rows).quantile(_LONG)) for _, rows in by_template]
    long = pd.Series(nan, index=events.index)
    for index, limit in limits:
        long[index] = limit * _MILLISECONDS
    is_long = events["time"] > long
    counts = (events["kind"] == ENDED) | ((events["kind"] == CENSORED) & is_long)
    return _tally(events, counts, is_long)


@dataclass(frozen=True)
class _Stretch:
    """Some of the steps, and what happened in them."""

    tally: "Tally"
    places: Any
    events: pd.DataFrame

    @property
    def jobs(self) -> int:
        return int(self.tally.jobs[self.places].sum())

    @property
    def affected(self) -> int:
        return int(self.tally.affected[self.places].sum())

    @property
    def share(self) -> float:
        return self.affected / self.jobs if self.jobs else nan

    @property
    def long(self) -> float:
        return curve(self.events).quantile(_LONG)


def _row(kind: str, edges: pd.DatetimeIndex, here: "_Stretch", usual: "_Stretch") -> list[Any]:
    start, end = edges
    when = f"created from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({start.tz})"
    shares = f"{percent(here.share)}; usual is {percent(usual.share)}"
    if kind == "failures":
        sentence = (
            f"Of the {here.jobs} finished jobs {when} {here.affected} failed, which is {shares}."
        )
    else:
        sentence = (
            f"Of the {here.jobs} jobs {when} {here.affected} took longer than 95 % of the jobs of "
            f"their template do, which is {shares}."
        )
    numbers = here.jobs, here.affected, here.share, usual.share, here.long, usual.long
    return [kind, *edges.asi8, *numbers, sentence]


Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many jobs of each step could be affected, and how many are; no step has none."""

    steps: Whole
    jobs: Whole
    affected: Whole

    def runs(self, *, over: float) -> list[tuple[int, int]]:
        """The first and the last of unusual steps next to each other, as places."""
        places = np.flatnonzero(_unusual(self.jobs, self.affected, over))
        breaks = np.flatnonzero(np.diff(places) > 1)
        starts = places[np.concatenate([[0], breaks + 1])] if len(places) else places
        ends = places[np.concatenate([breaks, [-1]])] if len(places) else places
        return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _tally(events: pd.DataFrame, counts: "pd.Series[Any]", affected: "pd.Series[Any]") -> Tally:
    """Of the jobs of each event that count, and of those the affected ones."""
    jobs = events["jobs"].where(counts, 0)
    sums = pd.DataFrame({"jobs": jobs, "affected": jobs.where(affected, 0)})
    found = sums.groupby(events["step"]).sum()
    found = found[found["jobs"] > 0]
    return Tally(*(column.to_numpy() for column in (found.index, found["jobs"], found["affected"])))


def _unusual(jobs: Whole, affected: Whole, over: float) -> npt.NDArray[np.bool_]:
    """Which steps have far more affected jobs than the others."""
    found = np.zeros(len(jobs), dtype=bool)
    while True:
        rest = ~found
        others = jobs[rest].sum() - jobs * rest
        usual = (affected[rest].sum() - affected * rest) / np.maximum(others, 1)
        spread = _spread(jobs[rest], affected[rest])
        least = np.maximum(_FACTOR * usual, over) * jobs
        more = rest & (others > 0) & (affected >= _LEAST) & (affected > least)
        for place in np.flatnonzero(more):
            number, total = int(affected[place] / spread), int(jobs[place] / spread)
            more[place] = binomial_tail(number, total, usual[place]) < _CHANCE / len(jobs)
        if not more.any():
            return found
        found |= more


def _spread(jobs: Whole, affected: Whole) -> float:
    """By how much the numbers of affected jobs vary more than chance alone makes them; at least 1.

    One in ten steps has a number that is 1.28 standard deviations over the mean, or more. How far
    over it that tenth is in truth tells the spread, whatever the few highest numbers are.
    """
    share = affected.sum() / max(jobs.sum(), 1)
    deviation = np.sqrt(jobs * share * (1 - share))
    if not deviation.any():
        return 1.0
    high = np.quantile((affected - jobs * share) / deviation, 0.9)
    return max(1.0, float(high / _NORMAL_90) ** 2)
