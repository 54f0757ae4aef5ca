"""The jobs of one period or template: counts, shares and times, and changes between two of them."""

from collections.abc import Callable
from functools import cached_property
from math import isnan, nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.clusters import (
    Design,
    JobsOfCurve,
    clustered_share,
    like,
    share_design,
    with_numbers,
)
from docgen_nb.metrics.engine.batch_counts import batch_keys
from docgen_nb.metrics.engine.inputs import encode_jobs
from docgen_nb.metrics.groups import parse_by
from docgen_nb.metrics.intervals import Estimate, mover
from docgen_nb.metrics.survival import CENSORED, EARLY, ENDED, NEEDED, Curve, count_durations, curve

YARDSTICK = 15  # seconds within which Box wants 95% of documents ready
LATE = 0.95
_GONE = "gone"
Measured = tuple[Estimate, Design]


def count_history(jobs: pd.DataFrame, *, zone: str, cut: pd.Timestamp) -> pd.DataFrame:
    """Count jobs by day, template, version, status, batch and duration.

    ``cut`` is 1 for jobs created from a moment on, which a shorter period leaves out.
    """
    encoded = encode_jobs(
        jobs,
        needed=[*NEEDED, "template_id", "template_version_id"],
        function="report",
        optional=["batch_id"],
    )
    moment = int(cut.timestamp() * 1_000_000)
    encoded = encoded.with_columns(
        cut=lambda col, where: where(col("created") >= moment, 1, 0),
    )
    grouping = parse_by(["day", "template", "version"], time_zone=zone)
    keys = ("cut", "status", *batch_keys(encoded))
    return _compact(count_durations(encoded, grouping, keys=keys).table)


def _compact(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts with days as numbers such as 20251027, and other texts as categories."""
    texts = ["template_id", "template_version_id"]
    counts = with_numbers(counts.astype(dict.fromkeys(texts, "category")))
    places, days = pd.factorize(counts["day"])
    numbers = np.array([int(day.replace("-", "")) for day in days], dtype="int64")
    counts["day"] = numbers[places]
    return counts


class Sample:
    """Some jobs, from their rows of `count_history`."""

    def __init__(self, counts: pd.DataFrame) -> None:
        self.counts = counts
        jobs, status = counts["jobs"].to_numpy(), counts["status"].cat
        sums = np.bincount(status.codes.to_numpy() + 1, jobs, len(status.categories) + 1)
        by_status = dict(zip(status.categories, sums[1:], strict=True))
        self.jobs = int(jobs.sum())
        self.failed, self.gaps, self.completed, self.gone = (
            int(by_status.get(status, 0))
            for status in ("failed", "completed_with_error", "completed", _GONE)
        )
        self._known: dict[str | float, Measured] = {}
        self.finished = self.failed + self.gaps + self.completed
        self.still_open = self.jobs - self.finished - self.gone

    def where(self, mask: "pd.Series[bool]") -> "Sample":
        """Return the jobs of the rows chosen."""
        return Sample(self.counts[mask])

    @cached_property
    def curve(self) -> Curve:
        """The share of jobs that have not ended, by time."""
        return curve(self.counts)

    @property
    def timed(self) -> int:
        """The number of jobs whose end is known."""
        return int(self.curve.ended.sum())

    @property
    def backwards(self) -> int:
        """The number of jobs that seem to end before they begin."""
        return int(self.counts.loc[self.counts["kind"] == EARLY, "jobs"].sum())

    @property
    def batches(self) -> int:
        """The number of batches; 0 if unknown."""
        return int(self.counts["batch_id"].nunique()) if "batch_id" in self.counts else 0

    def share(self, status: str) -> Measured:
        """Return the share of the finished jobs that have a status."""
        return self._once(status, lambda: self._share(status))

    def _share(self, status: str) -> Measured:
        counts = self.counts
        finished, has = counts["status"].isin(wire.FINISHED), counts["status"] == status
        design = share_design(counts, finished, has)
        return clustered_share(int(counts.loc[has, "jobs"].sum()), design), design

    def within(self, limit: float = YARDSTICK) -> Measured:
        """Return the share of jobs that ended within a number of seconds."""
        counts, milliseconds = self.counts, limit * 1000
        ended, late = counts["kind"] == ENDED, counts["time"] > milliseconds
        known = ended | ((counts["kind"] == CENSORED) & late)
        design = share_design(counts, known, ended & ~late)
        return clustered_share(int(counts.loc[ended & ~late, "jobs"].sum()), design), design

    def time(self, quantile: float = LATE) -> Measured:
        """Return the time within which a share of the jobs ended."""
        return self._once(quantile, lambda: JobsOfCurve(self.counts, self.curve).quantile(quantile))

    def _once(self, what: str | float, measure: Callable[[], Measured]) -> Measured:
        if what not in self._known:
            self._known[what] = measure()
        return self._known[what]


class Change(NamedTuple):
    """A number before and after, and the limits of the difference; NaN where not known."""

    before: Estimate
    after: Estimate
    low: float = nan
    high: float = nan
    few: bool = False

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after[0] - self.before[0]

    @property
    def sign(self) -> int:
        """1 if clearly more, -1 if clearly less, else 0."""
        return (self.low > 0) - (self.high < 0)


def change_of_share(status: str, before: Sample, after: Sample) -> Change:
    """Return the change of the share of a status."""
    (old, was), (new, now) = before.share(status), after.share(status)
    varies = [0 < one[0] < 1 for one in (old, new)]
    if varies == [True, False]:
        now = like(now, was)
        new = clustered_share(round(new[0] * now.jobs), now) if now.jobs else new
    elif varies == [False, True]:
        was = like(was, now)
        old = clustered_share(round(old[0] * was.jobs), was) if was.jobs else old
    return _change(old, new, was, now)


def change_of_time(before: Sample, after: Sample) -> Change:
    """Return the change of the time within which 95% of the jobs ended."""
    (old, was), (new, now) = before.time(), after.time()
    return _change(old, new, was, now)


def _change(old: Estimate, new: Estimate, was: Design, now: Design) -> Change:
    if not was.jobs or not now.jobs or isnan(old[0]) or isnan(new[0]):
        return Change(old, new)
    if not (was.has_enough and now.has_enough):
        return Change(old, new, few=True)
    return Change(old, new, *mover(old, new))


def stands_clear(first: Estimate, others: Estimate) -> bool:
    """Return whether an interval lies above that of all others together."""
    return bool(np.isfinite(first[1]) and np.isfinite(others[2]) and first[1] > others[2])
